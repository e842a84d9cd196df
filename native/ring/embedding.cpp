#include "ring/embedding.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"

namespace ciphernet {
namespace {

/// The stages of half-length below this run before the bit reversal of to_slots (after that of from_slots). There, block
/// by block, all butterflies of a block share one twiddle and lie side by side; in the other stages they lie side by
/// side with their twiddles. Splitting in the middle keeps every inner loop at sqrt(n) or longer, so that all vectorise.
constexpr std::size_t split(int log_slots) { return std::size_t{1} << (log_slots / 2); }

constexpr int kMaxLogSlots = 16;

double rounded(DoubleDouble x, double) { return x.hi; }
DoubleDouble rounded(DoubleDouble x, DoubleDouble) { return x; }

/// x * power, for a power of two: exact.
double times_power(double x, double power) { return x * power; }
DoubleDouble times_power(DoubleDouble x, double power) { return {x.hi * power, x.lo * power}; }

template <class Real>
void bit_reverse(Real* re, Real* im, std::size_t n) {
    for (std::size_t i = 1, j = 0; i < n; ++i) {
        std::size_t bit = n >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j |= bit;
        if (i < j) {
            std::swap(re[i], re[j]);
            std::swap(im[i], im[j]);
        }
    }
}

// The butterflies: (u, v) -> (u + v t, u - v t) towards the slots, (u, v) -> (u + v, (u - v) t*) back.

/// `count` butterflies with one twiddle.
template <class Real>
void forward_shared(Real* __restrict ur, Real* __restrict ui, Real* __restrict vr, Real* __restrict vi, Real c, Real s,
                    std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Real tr = vr[i] * c - vi[i] * s;
        const Real ti = vr[i] * s + vi[i] * c;
        vr[i] = ur[i] - tr;
        vi[i] = ui[i] - ti;
        ur[i] = ur[i] + tr;
        ui[i] = ui[i] + ti;
    }
}

/// `count` butterflies with a twiddle each.
template <class Real>
void forward(Real* __restrict ur, Real* __restrict ui, Real* __restrict vr, Real* __restrict vi,
             const Real* __restrict c, const Real* __restrict s, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Real tr = vr[i] * c[i] - vi[i] * s[i];
        const Real ti = vr[i] * s[i] + vi[i] * c[i];
        vr[i] = ur[i] - tr;
        vi[i] = ui[i] - ti;
        ur[i] = ur[i] + tr;
        ui[i] = ui[i] + ti;
    }
}

template <class Real>
void inverse_shared(Real* __restrict ur, Real* __restrict ui, Real* __restrict vr, Real* __restrict vi, Real c, Real s,
                    std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Real dr = ur[i] - vr[i];
        const Real di = ui[i] - vi[i];
        ur[i] = ur[i] + vr[i];
        ui[i] = ui[i] + vi[i];
        vr[i] = dr * c + di * s;
        vi[i] = di * c - dr * s;
    }
}

template <class Real>
void inverse(Real* __restrict ur, Real* __restrict ui, Real* __restrict vr, Real* __restrict vi,
             const Real* __restrict c, const Real* __restrict s, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        const Real dr = ur[i] - vr[i];
        const Real di = ui[i] - vi[i];
        ur[i] = ur[i] + vr[i];
        ui[i] = ui[i] + vi[i];
        vr[i] = dr * c[i] + di * s[i];
        vi[i] = di * c[i] - dr * s[i];
    }
}

}  // namespace

template <class Real>
Embedding<Real>::Embedding(int log_slots) : log_slots_(log_slots) {
    CIPHERNET_ASSERT(log_slots >= 0 && log_slots <= kMaxLogSlots);
    const std::size_t n = std::size_t{1} << log_slots;
    cos_.resize(n);
    sin_.resize(n);
    reversed_cos_.resize(split(log_slots));
    reversed_sin_.resize(split(log_slots));
    for (std::size_t h = 1; h < n; h *= 2) {
        u64 power = 1;  // 5^j mod 8h
        for (std::size_t j = 0; j < h; ++j, power = power * 5 % (8 * h)) {
            DoubleDouble c, s;
            root_of_unity(power, 8 * h, c, s);
            cos_[h + j] = rounded(c, Real{});
            sin_[h + j] = rounded(s, Real{});
        }
        if (h >= split(log_slots)) continue;
        std::copy_n(cos_.data() + h, h, reversed_cos_.data() + h);
        std::copy_n(sin_.data() + h, h, reversed_sin_.data() + h);
        bit_reverse(reversed_cos_.data() + h, reversed_sin_.data() + h, h);
    }
}

// In the textbook's order the transform bit-reverses, then joins neighbouring blocks of h into blocks of 2h for
// h = 1, 2, ..., n/2. Element j of block b, at b h + j there, stands at (j reversed) n/h + (b reversed) before the bit
// reversal: a stage that runs first finds its pairs n/2h apart, in blocks of n/h that belong to one j.

template <class Real>
void Embedding<Real>::to_slots(Real* re, Real* im, int log_slots) const {
    CIPHERNET_ASSERT(log_slots >= 0 && log_slots <= log_slots_);
    const std::size_t n = std::size_t{1} << log_slots;
    std::size_t h = 1;
    for (; h < split(log_slots); h *= 2) {
        const std::size_t count = n / (2 * h);
        for (std::size_t j = 0; j < h; ++j) {
            Real* ur = re + 2 * count * j;
            Real* ui = im + 2 * count * j;
            forward_shared(ur, ui, ur + count, ui + count, reversed_cos_[h + j], reversed_sin_[h + j], count);
        }
    }
    bit_reverse(re, im, n);
    for (; h < n; h *= 2)
        for (std::size_t i = 0; i < n; i += 2 * h)
            forward(re + i, im + i, re + i + h, im + i + h, cos_.data() + h, sin_.data() + h, h);
}

template <class Real>
void Embedding<Real>::from_slots(Real* re, Real* im, int log_slots) const {
    CIPHERNET_ASSERT(log_slots >= 0 && log_slots <= log_slots_);
    const std::size_t n = std::size_t{1} << log_slots;
    std::size_t h = n / 2;
    for (; h >= split(log_slots); h /= 2)
        for (std::size_t i = 0; i < n; i += 2 * h)
            inverse(re + i, im + i, re + i + h, im + i + h, cos_.data() + h, sin_.data() + h, h);
    bit_reverse(re, im, n);
    for (; h >= 1; h /= 2) {
        const std::size_t count = n / (2 * h);
        for (std::size_t j = 0; j < h; ++j) {
            Real* ur = re + 2 * count * j;
            Real* ui = im + 2 * count * j;
            inverse_shared(ur, ui, ur + count, ui + count, reversed_cos_[h + j], reversed_sin_[h + j], count);
        }
    }
    const double n_inverse = 1.0 / static_cast<double>(n);  // exact
    for (std::size_t k = 0; k < n; ++k) {
        re[k] = times_power(re[k], n_inverse);
        im[k] = times_power(im[k], n_inverse);
    }
}

template <class Real>
double embedding_error(int log_slots) {
    constexpr bool is_double = std::is_same_v<Real, double>;
    constexpr double u = is_double ? 0x1p-53 : 0x1p-103;   // of one operation
    constexpr double mu = is_double ? 0x1p-53 : 0x1p-100;  // of a root of unity
    constexpr double gamma = 4 * u / (1 - 4 * u);
    constexpr double eta = mu + gamma * (0x1.6a09e667f3bcdp+0 + mu);  // sqrt(2), rounded up
    return log_slots * eta / (1 - log_slots * eta);
}

template class Embedding<double>;
template class Embedding<DoubleDouble>;
template double embedding_error<double>(int);
template double embedding_error<DoubleDouble>(int);

}  // namespace ciphernet
