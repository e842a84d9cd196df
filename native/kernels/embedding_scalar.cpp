// The canonical embedding on any machine: the reference that every other path must equal bit for bit.

#include <utility>

#include "arith/double_double.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

using std::size_t;

/// The stages of half-length below this run before the bit reversal of to_slots (after that of from_slots). There, block
/// by block, all butterflies of a block share one twiddle and lie side by side; in the other stages they lie side by
/// side with their twiddles. Splitting in the middle keeps every inner loop at sqrt(n) or longer, so that all vectorise.
constexpr size_t split(size_t log_slots) { return size_t{1} << (log_slots / 2); }

/// Numbers in double, and in double-double as (hi, lo).
template <class Real>
const Real* numbers(const double* p) {
    return reinterpret_cast<const Real*>(p);
}
template <class Real>
Real* numbers(double* p) {
    return reinterpret_cast<Real*>(p);
}

/// x * power, for a power of two: exact.
double times_power(double x, double power) { return x * power; }
DoubleDouble times_power(DoubleDouble x, double power) { return {x.hi * power, x.lo * power}; }

template <class Real>
void bit_reverse(Real* re, Real* im, size_t n) {
    for (size_t i = 1, j = 0; i < n; ++i) {
        size_t bit = n >> 1;
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
                    size_t count) {
    for (size_t i = 0; i < count; ++i) {
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
             const Real* __restrict c, const Real* __restrict s, size_t count) {
    for (size_t i = 0; i < count; ++i) {
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
                    size_t count) {
    for (size_t i = 0; i < count; ++i) {
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
             const Real* __restrict c, const Real* __restrict s, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        const Real dr = ur[i] - vr[i];
        const Real di = ui[i] - vi[i];
        ur[i] = ur[i] + vr[i];
        ui[i] = ui[i] + vi[i];
        vr[i] = dr * c[i] + di * s[i];
        vi[i] = di * c[i] - dr * s[i];
    }
}

// In the textbook's order the transform bit-reverses, then joins neighbouring blocks of h into blocks of 2h for
// h = 1, 2, ..., n/2. Element j of block b, at b h + j there, stands at (j reversed) n/h + (b reversed) before the bit
// reversal: a stage that runs first finds its pairs n/2h apart, in blocks of n/h that belong to one j.

template <class Real>
void to_slots(Real* re, Real* im, const EmbeddingTable& table, size_t log_slots) {
    const Real* cos = numbers<Real>(table.cos);
    const Real* sin = numbers<Real>(table.sin);
    const Real* reversed_cos = numbers<Real>(table.reversed_cos);
    const Real* reversed_sin = numbers<Real>(table.reversed_sin);
    const size_t n = size_t{1} << log_slots;
    size_t h = 1;
    for (; h < split(log_slots); h *= 2) {
        const size_t count = n / (2 * h);
        for (size_t j = 0; j < h; ++j) {
            Real* ur = re + 2 * count * j;
            Real* ui = im + 2 * count * j;
            forward_shared(ur, ui, ur + count, ui + count, reversed_cos[h + j], reversed_sin[h + j], count);
        }
    }
    bit_reverse(re, im, n);
    for (; h < n; h *= 2)
        for (size_t i = 0; i < n; i += 2 * h) forward(re + i, im + i, re + i + h, im + i + h, cos + h, sin + h, h);
}

template <class Real>
void from_slots(Real* re, Real* im, const EmbeddingTable& table, size_t log_slots) {
    const Real* cos = numbers<Real>(table.cos);
    const Real* sin = numbers<Real>(table.sin);
    const Real* reversed_cos = numbers<Real>(table.reversed_cos);
    const Real* reversed_sin = numbers<Real>(table.reversed_sin);
    const size_t n = size_t{1} << log_slots;
    size_t h = n / 2;
    for (; h >= split(log_slots); h /= 2)
        for (size_t i = 0; i < n; i += 2 * h) inverse(re + i, im + i, re + i + h, im + i + h, cos + h, sin + h, h);
    bit_reverse(re, im, n);
    for (; h >= 1; h /= 2) {
        const size_t count = n / (2 * h);
        for (size_t j = 0; j < h; ++j) {
            Real* ur = re + 2 * count * j;
            Real* ui = im + 2 * count * j;
            inverse_shared(ur, ui, ur + count, ui + count, reversed_cos[h + j], reversed_sin[h + j], count);
        }
    }
    const double n_inverse = 1.0 / static_cast<double>(n);  // exact
    for (size_t k = 0; k < n; ++k) {
        re[k] = times_power(re[k], n_inverse);
        im[k] = times_power(im[k], n_inverse);
    }
}

}  // namespace

void to_slots_scalar(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    to_slots<double>(re, im, *table, log_n);
}

void from_slots_scalar(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    from_slots<double>(re, im, *table, log_n);
}

void to_slots_wide_scalar(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    to_slots(numbers<DoubleDouble>(re), numbers<DoubleDouble>(im), *table, log_n);
}

void from_slots_wide_scalar(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    from_slots(numbers<DoubleDouble>(re), numbers<DoubleDouble>(im), *table, log_n);
}

}  // namespace ciphernet
