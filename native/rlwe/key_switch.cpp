#include "rlwe/key_switch.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "kernels/kernels.hpp"
#include "ring/division.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {

namespace {

/// So many digits of a group of limbs are made before the key is multiplied in: their limbs stay in the cache.
constexpr int kDigitsAtOnce = 2;

/// The digits of a polynomial before they are carried over to other primes: the rows of BaseConverter, digit after
/// digit in one block.
class ScaledDigits {
public:
    ScaledDigits(const Parameters& parameters, const EvaluationPolynomial& a, int level, const Execution& execution)
        : parameters_(parameters),
          a_(a),
          level_(level),
          count_(parameters.digit_count(level)),
          rows_(static_cast<std::size_t>(parameters.limb_count(level) + count_) * a.n()) {
        const std::size_t n = a.n();
        for_each_limb(execution, n, parameters.limb_count(level), [&](int i) {
            const int j = i / parameters.digit_width();
            const int own = i - parameters.digit_limbs(level, j).first;
            u64* row = rows_.data() + offset(j) + static_cast<std::size_t>(own) * n;
            std::copy_n(a.limb(i), n, row);
            converter(j).to_digits(row, own);
        });
        if (parameters.digit_width() == 1) return;
        for_each_stretch(execution, n, count_, parameters.digit_width(),
                         [&](int j, std::size_t first, std::size_t words) {
                             converter(j).count_wraps(rows_.data() + offset(j), n, first, words);
                         });
    }

    int count() const { return count_; }

    /// Digit j modulo the primes of limbs first … end-1 of the key basis, as coefficients: limb i in to[i - first], but for
    /// the limbs that the digit is made of. Block after block for all limbs together, so that a digit is read from
    /// memory once.
    void convert(int j, int first, int end, u64* const* to) const {
        const std::size_t n = parameters_.ring().n();
        const std::size_t block = std::min(n, kBlockWords);
        if (converter(j).is_single()) return;
        for (std::size_t k = 0; k < n; k += block)
            for (int i = first; i < end; ++i)
                if (!is_own(j, i))
                    converter(j).convert(to[i - first] + k, rows_.data() + offset(j) + k, n, block, prime(i));
    }

    /// Limb i of digit j at the evaluation points: what convert() left in `limb`, transformed there; made there out of a
    /// digit of one prime; or the polynomial's own limb.
    const u64* evaluate(int j, int i, u64* limb) const {
        if (is_own(j, i)) return a_.limb(i);
        if (converter(j).is_single())
            converter(j).to_evaluation(limb, rows_.data() + offset(j), prime(i));
        else
            parameters_.ring().ntt(prime(i)).forward(limb);
        return limb;
    }

private:
    /// Every digit before j has its limbs and one row of wraps.
    std::size_t offset(int j) const {
        return static_cast<std::size_t>(parameters_.digit_limbs(level_, j).first + j) * a_.n();
    }
    const BaseConverter& converter(int j) const { return parameters_.digit_converter(level_, j); }
    int prime(int i) const { return parameters_.ring().prime_of_limb(parameters_.key_basis(level_), i); }
    bool is_own(int j, int i) const {
        const auto [first, end] = parameters_.digit_limbs(level_, j);
        return first <= i && i < end;
    }

    const Parameters& parameters_;
    const EvaluationPolynomial& a_;
    int level_;
    int count_;
    AlignedBuffer rows_;
};

/// Where limb i of the key basis at `level` lies in a key.
int limb_of_key(const Parameters& parameters, const KeySwitchKey& key, int level, int i) {
    const int limbs = parameters.limb_count(level);
    return i < limbs ? i : parameters.limb_count(key.level) + i - limbs;
}

/// Limb i of both sums of digits times key, the digits being those from first_digit on; added to the sums unless they
/// are the first.
void multiply_limb(u64* b_sum, u64* a_sum, std::span<const u64* const> digits, int first_digit,
                   const Parameters& parameters, const KeySwitchKey& key, int level, int i) {
    const int limb = limb_of_key(parameters, key, level, i);
    const Modulus& q = parameters.ring().modulus(parameters.key_basis(level), i);
    std::vector<const std::uint8_t*> b, a;
    for (std::size_t j = 0; j < digits.size(); ++j) {
        b.push_back(key.b[static_cast<std::size_t>(first_digit) + j].limb(limb));
        a.push_back(key.a[static_cast<std::size_t>(first_digit) + j].limb(limb));
    }
    kernels().dot_pair(b_sum, a_sum, digits.data(), b.data(), a.data(), digits.size(), first_digit != 0,
                       parameters.ring().n(), &q.constants());
}

/// Limbs first … end-1 of both sums: the b-sums into to[0 …], the a-sums behind them.
using Sums = std::function<void(int first, int end, u64* const* to)>;

Sums sums_of(const Parameters& parameters, const ScaledDigits& scaled, const KeySwitchKey& key, int level) {
    return [&, level](int first, int end, u64* const* to) {
        const std::size_t n = parameters.ring().n();
        const int group = end - first;
        const int most = std::min(scaled.count(), kDigitsAtOnce);
        AlignedBuffer scratch(static_cast<std::size_t>(most * group) * n);
        std::array<std::array<u64*, kGroup>, kDigitsAtOnce> limbs{};
        for (int k = 0; k < most * group; ++k)
            limbs[static_cast<std::size_t>(k / group)][static_cast<std::size_t>(k % group)] =
                scratch.data() + static_cast<std::size_t>(k) * n;
        std::array<const u64*, kDigitsAtOnce> digits{};
        for (int from = 0; from < scaled.count(); from += most) {
            const auto count = static_cast<std::size_t>(std::min(most, scaled.count() - from));
            for (std::size_t j = 0; j < count; ++j)
                scaled.convert(from + static_cast<int>(j), first, end, limbs[j].data());
            for (std::size_t k = 0; k < static_cast<std::size_t>(group); ++k) {
                const int i = first + static_cast<int>(k);
                for (std::size_t j = 0; j < count; ++j)
                    digits[j] = scaled.evaluate(from + static_cast<int>(j), i, limbs[j][k]);
                multiply_limb(to[k], to[static_cast<std::size_t>(group) + k], std::span(digits).first(count), from,
                              parameters, key, level, i);
            }
        }
    };
}

Sums sums_of(const Parameters& parameters, const Decomposition& a, const KeySwitchKey& key) {
    return [&](int first, int end, u64* const* to) {
        const auto group = static_cast<std::size_t>(end - first);
        std::vector<const u64*> digits(a.digits.size());
        for (std::size_t k = 0; k < group; ++k) {
            const int i = first + static_cast<int>(k);
            for (std::size_t j = 0; j < digits.size(); ++j) digits[j] = a.digits[j].limb(i);
            multiply_limb(to[k], to[group + k], digits, 0, parameters, key, a.level, i);
        }
    };
}

u64 special_modulo(const Ring& ring, const Modulus& q) {
    u64 p = 1;
    for (int k = 0; k < ring.p_count(); ++k) p = q.multiply(p, q.reduce(ring.modulus(ring.q_count() + k).value()));
    return p;
}

/// sum += P a
void add_times_special(u64* sum, const u64* a, const Ring& ring, const Modulus& q) {
    AlignedBuffer scaled(ring.n());
    kernels().multiply_scalar(scaled.data(), a, q.shoup(special_modulo(ring, q)), ring.n(), &q.constants());
    kernels().add(sum, sum, scaled.data(), ring.n(), &q.constants());
}

std::array<EvaluationPolynomial, 2> divide(const Parameters& parameters, int level, const Sums& sums,
                                           const SwitchOptions& options, const Execution& execution) {
    const Ring& ring = parameters.ring();
    const std::size_t n = ring.n();
    const Basis basis = parameters.key_basis(level);
    const int dropped = ring.p_count() + (options.rescale ? parameters.level_width(level) : 0);
    const BaseConverter& converter =
        options.rescale ? parameters.special_rescale_converter(level) : parameters.special_converter();
    const Basis kept = without_tail(basis, dropped);
    std::array<EvaluationPolynomial, 2> r{EvaluationPolynomial(ring, kept), EvaluationPolynomial(ring, kept)};
    const LimbSource source{
        .ring = ring,
        .basis = basis,
        .parts = 2,
        // Digits of one prime are not converted, so that nothing is gained by several limbs at once.
        .group = parameters.digit_width() == 1 ? 1 : kGroup,
        .make = [&](int first, int end, u64* const* to, const u64** limbs) {
            sums(first, end, to);
            std::copy_n(to, 2 * (end - first), limbs);
            // Limbs that stay take the addend after the division, those of P not at all: there the product vanishes.
            if (!options.add || first < kept.q) return;
            AlignedBuffer scratch(n);
            for (int part = 0; part < 2; ++part)
                for (int i = first; i < std::min(end, basis.q); ++i)
                    if (const u64* addend = options.add(part, i, scratch.data()))
                        add_times_special(to[(end - first) * part + i - first], addend, ring, ring.modulus(i));
        }};
    divide_limbs(source, dropped, converter, execution, [&](const QuotientLimb& limb) {
        const Modulus& q = ring.modulus(limb.i);
        u64* result = r[static_cast<std::size_t>(limb.part)].limb(limb.i);
        u64* unturned = options.automorphism ? limb.rounding : result;
        AlignedBuffer scratch(options.add ? n : 0);
        if (const u64* addend = options.add ? options.add(limb.part, limb.i, scratch.data()) : nullptr) {
            const u64 factor = q.multiply(special_modulo(ring, q), limb.inverse.w);
            kernels().subtract_multiply_accumulate(unturned, limb.dividend, limb.rounding, limb.inverse, addend,
                                                   q.shoup(factor), n, &q.constants());
        } else {
            kernels().subtract_multiply_scalar(unturned, limb.dividend, limb.rounding, limb.inverse, n, &q.constants());
        }
        if (options.automorphism) kernels().permute(result, unturned, options.automorphism->index().data(), n);
    });
    return r;
}

}  // namespace

Decomposition decompose(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                        const Execution& execution) {
    const Ring& ring = parameters.ring();
    const Basis basis = parameters.key_basis(level);
    const ScaledDigits scaled(parameters, a, level, execution);
    Decomposition result{.level = level, .digits = {}};
    for (int j = 0; j < scaled.count(); ++j) result.digits.emplace_back(ring, basis);
    for_each_group(execution, ring.n(), basis.size(), kGroup, [&](int first, int end) {
        std::array<u64*, kGroup> limbs{};
        for (int j = 0; j < scaled.count(); ++j) {
            for (int i = first; i < end; ++i)
                limbs[static_cast<std::size_t>(i - first)] = result.digits[static_cast<std::size_t>(j)].limb(i);
            scaled.convert(j, first, end, limbs.data());
            for (int i = first; i < end; ++i) {
                u64* limb = limbs[static_cast<std::size_t>(i - first)];
                if (const u64* value = scaled.evaluate(j, i, limb); value != limb) std::copy_n(value, ring.n(), limb);
            }
        }
    });
    return result;
}

std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const KeySwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution) {
    CIPHERNET_ASSERT(key.level >= level);
    const ScaledDigits scaled(parameters, a, level, execution);
    return divide(parameters, level, sums_of(parameters, scaled, key, level), options, execution);
}

std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const Decomposition& a,
                                               const KeySwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution) {
    CIPHERNET_ASSERT(key.level >= a.level);
    return divide(parameters, a.level, sums_of(parameters, a, key), options, execution);
}

}  // namespace ciphernet::rlwe
