#include "tfhe/blind_rotation.hpp"

#include <algorithm>
#include <array>

#include "base/assert.hpp"

namespace ciphernet::tfhe {
namespace {

/// Ciphertexts whose external products are computed at once, from digits that are still in the cache.
constexpr std::size_t kTogether = 2;
/// Multiplexers between two looks at whether the caller wants to stop.
constexpr std::size_t kStepsUnchecked = 16;

/// r = X^-turn a, turn < 2n; r does not overlap a.
void turn_back(u64* r, const u64* a, std::size_t turn, std::size_t n) {
    const bool negated = turn >= n;
    const std::size_t k = negated ? turn - n : turn;
    for (std::size_t i = 0; i < n - k; ++i) r[i] = negated ? 0 - a[i + k] : a[i + k];
    for (std::size_t i = n - k; i < n; ++i) r[i] = negated ? a[i + k - n] : 0 - a[i + k - n];
}

}  // namespace

void make_test_polynomial(u64* r, const Parameters& parameters, std::span<const u32> table) {
    CIPHERNET_ASSERT(table.size() == parameters.message_count());
    const std::size_t box = parameters.n() / table.size();
    for (std::size_t i = 0; i < parameters.n(); ++i) {
        const std::size_t m = (i + box / 2) / box;
        r[i] = m < table.size() ? table[m] * parameters.delta() : 0 - table[0] * parameters.delta();
    }
}

BlindRotation::BlindRotation(const EvaluationKeys& keys, std::size_t tile)
    : keys_(keys),
      parameters_(*keys.parameters()),
      glwe_words_((parameters_.glwe_dimension() + 1) * parameters_.n()),
      accumulators_(tile * glwe_words_),
      turned_(parameters_.n()),
      digits_(kTogether * parameters_.ggsw_rows() * parameters_.n()),
      products_(kTogether * glwe_words_) {}

void BlindRotation::start(std::size_t t, const u64* polynomial, u32 phase) {
    const std::size_t masks = glwe_words_ - parameters_.n();
    std::fill_n(accumulator(t), masks, u64{0});
    turn_back(accumulator(t) + masks, polynomial, phase, parameters_.n());
}

void BlindRotation::decompose(double* r, std::size_t t, u32 turn) {
    const std::size_t n = parameters_.n();
    const GadgetLiteral& gadget = parameters_.literal().bootstrap;
    for (std::size_t j = 0; j <= parameters_.glwe_dimension(); ++j) {
        kernels().turn_subtract(turned_.data(), accumulator(t) + j * n, turn, n);
        for (int level = 0; level < gadget.levels; ++level, r += n)
            parameters_.fft().forward_digits(r, turned_.data(), gadget_digit(gadget, level));
    }
}

void BlindRotation::run(const u32* const* phases, const u64* const* polynomials, std::size_t count,
                        const Execution& execution) {
    const std::size_t n = parameters_.n();
    const std::size_t rows = parameters_.ggsw_rows();
    const std::size_t columns = parameters_.glwe_dimension() + 1;
    const std::size_t dimension = parameters_.lwe_dimension();
    for (std::size_t t = 0; t < count; ++t) start(t, polynomials[t], phases[t][dimension]);

    std::array<double*, kTogether> products{};
    std::array<const double*, kTogether> digits{};
    for (std::size_t together = 0; together < kTogether; ++together) {
        products[together] = products_.data() + together * glwe_words_;
        digits[together] = digits_.data() + together * rows * n;
    }
    for (std::size_t i = 0; i < dimension; ++i) {
        if (i % kStepsUnchecked == 0) execution.check();
        for (std::size_t t = 0; t < count; t += kTogether) {
            const std::size_t now = std::min(kTogether, count - t);
            for (std::size_t u = 0; u < now; ++u) decompose(digits_.data() + u * rows * n, t + u, phases[t + u][i]);
            kernels().fft_external_product(products.data(), digits.data(), keys_.ggsw(i), now, rows, columns, n / 2);
            for (std::size_t u = 0; u < now; ++u)
                for (std::size_t j = 0; j < columns; ++j)
                    parameters_.fft().inverse_add(accumulator(t + u) + j * n, products[u] + j * n);
        }
    }
}

void BlindRotation::extract(u64* r, std::size_t t) const {
    const std::size_t n = parameters_.n();
    for (std::size_t j = 0; j < parameters_.glwe_dimension(); ++j) {
        const u64* mask = accumulator(t) + j * n;
        r[j * n] = mask[0];
        for (std::size_t i = 1; i < n; ++i) r[j * n + i] = 0 - mask[n - i];
    }
    r[parameters_.big_dimension()] = accumulator(t)[parameters_.big_dimension()];
}

}  // namespace ciphernet::tfhe
