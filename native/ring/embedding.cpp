#include "ring/embedding.hpp"

#include <type_traits>

#include "base/assert.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

/// The stages of half-length below this run before the bit reversal, with the reversed tables; so do the kernels.
constexpr std::size_t split(int log_slots) { return std::size_t{1} << (log_slots / 2); }

constexpr int kMaxLogSlots = 16;

double rounded(DoubleDouble x, double) { return x.hi; }
DoubleDouble rounded(DoubleDouble x, DoubleDouble) { return x; }

/// i with its bits reversed.
std::size_t reversed(std::size_t i, std::size_t n) {
    std::size_t r = 0;
    for (; n > 1; n /= 2, i /= 2) r = 2 * r + i % 2;
    return r;
}

/// A double-double is its two parts, one after the other.
const double* parts(const double* x) { return x; }
const double* parts(const DoubleDouble* x) { return reinterpret_cast<const double*>(x); }
double* parts(double* x) { return x; }
double* parts(DoubleDouble* x) { return reinterpret_cast<double*>(x); }
static_assert(std::is_standard_layout_v<DoubleDouble> && sizeof(DoubleDouble) == 2 * sizeof(double));

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
        for (std::size_t j = 0; j < h; ++j) {
            reversed_cos_[h + j] = cos_[h + reversed(j, h)];
            reversed_sin_[h + j] = sin_[h + reversed(j, h)];
        }
    }
}

template <class Real>
EmbeddingTable Embedding<Real>::table() const {
    return {.cos = parts(cos_.data()),
            .sin = parts(sin_.data()),
            .reversed_cos = parts(reversed_cos_.data()),
            .reversed_sin = parts(reversed_sin_.data())};
}

template <class Real>
void Embedding<Real>::to_slots(Real* re, Real* im, int log_slots) const {
    CIPHERNET_ASSERT(log_slots >= 0 && log_slots <= log_slots_);
    const auto transform = std::is_same_v<Real, double> ? kernels().to_slots : kernels().to_slots_wide;
    const EmbeddingTable tables = table();
    transform(parts(re), parts(im), &tables, static_cast<std::size_t>(log_slots));
}

template <class Real>
void Embedding<Real>::from_slots(Real* re, Real* im, int log_slots) const {
    CIPHERNET_ASSERT(log_slots >= 0 && log_slots <= log_slots_);
    const auto transform = std::is_same_v<Real, double> ? kernels().from_slots : kernels().from_slots_wide;
    const EmbeddingTable tables = table();
    transform(parts(re), parts(im), &tables, static_cast<std::size_t>(log_slots));
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
