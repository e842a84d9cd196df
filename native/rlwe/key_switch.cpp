#include "rlwe/key_switch.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <span>
#include <utility>

#include "base/row_stride.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet::rlwe {

namespace {

/// So many digits of a group of limbs are made before the key is multiplied in: their limbs stay in the cache.
constexpr int kDigitsAtOnce = 4;

/// A sum of products goes through so many digits at once: a digit and its two rows of key all begin at the same place of a
/// page, so that more of them fight for one set of the first-level cache.
constexpr std::size_t kStreams = 4;

/// Several keys are handled together as long as the limbs that they drop, which are read again and again, stay in a
/// third-level cache.
constexpr std::size_t kDroppedBytes = std::size_t{16} << 20;

/// Where limb i of the key basis at `level` lies in a key.
int limb_of_key(const Parameters& parameters, const KeySwitchKey& key, int level, int i) {
    const int limbs = parameters.limb_count(level);
    return i < limbs ? i : parameters.limb_count(key.level) + i - limbs;
}

/// Limb i of both sums of digits times key, the digits being those from first_digit on; added to the sums unless they
/// are the first. At most kStreams at a time.
void multiply_limb(u64* b_sum, u64* a_sum, std::span<const u64* const> digits, std::size_t first_digit,
                   const Parameters& parameters, const KeySwitchKey& key, int level, int i) {
    const int limb = limb_of_key(parameters, key, level, i);
    const Modulus& q = parameters.ring().modulus(parameters.key_basis(level), i);
    for (std::size_t from = 0; from < digits.size(); from += kStreams) {
        const std::size_t count = std::min(kStreams, digits.size() - from);
        std::array<const std::uint8_t*, kStreams> b{}, a{};
        for (std::size_t j = 0; j < count; ++j) {
            b[j] = key.b[first_digit + from + j].limb(limb);
            a[j] = key.a[first_digit + from + j].limb(limb);
        }
        kernels().dot_pair(b_sum, a_sum, digits.data() + from, b.data(), a.data(), count, first_digit + from != 0,
                           parameters.ring().n(), &q.constants());
    }
}

/// The digits of a group of limbs at the evaluation points, those from `from` on: limb k of digit j in
/// values[j - from][k].
class DigitLimbs {
public:
    DigitLimbs(const Digits& digits, int most, int group)
        : digits_(digits),
          group_(group),
          limbs_(static_cast<std::size_t>(most * group)),
          scratch_(limbs_.size() * row_stride(digits.n())) {
        for (std::size_t k = 0; k < limbs_.size(); ++k) limbs_[k] = scratch_.data() + k * row_stride(digits.n());
    }

    /// Makes digits from … from + count - 1 of limbs first … first + group - 1; evaluate() must follow.
    void convert(int from, int count, int first) {
        from_ = from;
        first_ = first;
        for (int j = 0; j < count; ++j) digits_.convert(from + j, first, first + group_, limbs_.data() + j * group_);
    }

    /// Limb k of digit from + j; once for each.
    const u64* evaluate(int j, int k) {
        return digits_.evaluate(from_ + j, first_ + k, limbs_[static_cast<std::size_t>(j * group_ + k)]);
    }

private:
    const Digits& digits_;
    int group_;
    int from_ = 0;
    int first_ = 0;
    std::vector<u64*> limbs_;
    AlignedBuffer scratch_;
};

/// The sums for one key: a few digits at a time, so that their limbs stay in the cache.
void sum_for_one(const Parameters& parameters, const Digits& digits, const KeySwitchKey& key, int first, int end,
                 u64* const* to) {
    const int group = end - first;
    const int most = std::min(digits.count(), kDigitsAtOnce);
    DigitLimbs limbs(digits, most, group);
    std::array<const u64*, kDigitsAtOnce> values{};
    for (int from = 0; from < digits.count(); from += most) {
        const int count = std::min(most, digits.count() - from);
        limbs.convert(from, count, first);
        for (int k = 0; k < group; ++k) {
            for (int j = 0; j < count; ++j) values[static_cast<std::size_t>(j)] = limbs.evaluate(j, k);
            multiply_limb(to[k], to[group + k], std::span(values).first(static_cast<std::size_t>(count)),
                          static_cast<std::size_t>(from), parameters, key, digits.level(), first + k);
        }
    }
}

/// The sums for several keys, key after key.
LimbSource::Make sums_for_many(const Parameters& parameters, const Digits& digits, std::span<const SwitchKey> keys,
                               int first, int end) {
    return [products = hoisted_products(parameters, digits, keys, first, end), first, end](int set, u64* const* to,
                                                                                           const u64** made) {
        const int group = end - first;
        std::copy_n(to, 2 * group, made);
        for (int k = 0; k < group; ++k) products(set, first + k, to[k], to[group + k]);
    };
}

/// sum += P a
void add_times_special(u64* sum, const u64* a, const Ring& ring, const Modulus& q) {
    AlignedBuffer scaled(ring.n());
    kernels().multiply_scalar(scaled.data(), a, q.shoup(special_modulo(ring, q)), ring.n(), &q.constants());
    kernels().add(sum, sum, scaled.data(), ring.n(), &q.constants());
}

/// All of the switch for keys that are handled together.
void switch_keys(std::vector<std::array<EvaluationPolynomial, 2>>& results, const Parameters& parameters,
                 const Digits& digits, std::span<const SwitchKey> keys, const SwitchOptions& options,
                 const Execution& execution) {
    const Ring& ring = parameters.ring();
    const std::size_t n = ring.n();
    const int level = digits.level();
    const Basis basis = parameters.key_basis(level);
    const int dropped = ring.p_count() + (options.rescale ? parameters.level_width(level) : 0);
    const BaseConverter& converter =
        options.rescale ? parameters.special_rescale_converter(level) : parameters.special_converter();
    const Basis kept = without_tail(basis, dropped);
    const std::size_t before = results.size();
    for (std::size_t k = 0; k < keys.size(); ++k)
        results.push_back({EvaluationPolynomial(ring, kept), EvaluationPolynomial(ring, kept)});

    // Limbs that stay take the addend after the division, those of P not at all: there the product vanishes.
    const auto add_to_dropped = [&](int first, int end, u64* const* to) {
        AlignedBuffer scratch(n);
        for (int part = 0; part < 2; ++part)
            for (int i = first; i < std::min(end, basis.q); ++i)
                if (const u64* addend = options.add(part, i, scratch.data()))
                    add_times_special(to[(end - first) * part + i - first], addend, ring, ring.modulus(i));
    };
    const LimbSource source{
        .ring = ring,
        .basis = basis,
        .sets = static_cast<int>(keys.size()),
        .parts = 2,
        // Digits of one prime are not converted, so that nothing is gained by several limbs at once.
        .group = parameters.digit_width() == 1 ? 1 : kGroup,
        .open = [&](int first, int end) -> LimbSource::Make {
            const LimbSource::Make sums = key_products(parameters, digits, keys, first, end);
            return [&, sums, first, end](int set, u64* const* to, const u64** limbs) {
                sums(set, to, limbs);
                if (options.add && first >= kept.q) add_to_dropped(first, end, to);
            };
        }};
    divide_limbs(source, dropped, converter, execution, [&](const QuotientLimb& limb) {
        const Modulus& q = ring.modulus(limb.i);
        const Automorphism* automorphism = keys[static_cast<std::size_t>(limb.set)].automorphism;
        u64* result =
            results[before + static_cast<std::size_t>(limb.set)][static_cast<std::size_t>(limb.part)].limb(limb.i);
        u64* unturned = automorphism ? limb.rounding : result;
        AlignedBuffer scratch(options.add ? n : 0);
        if (const u64* addend = options.add ? options.add(limb.part, limb.i, scratch.data()) : nullptr) {
            const u64 factor = q.multiply(special_modulo(ring, q), limb.inverse.w);
            kernels().subtract_multiply_accumulate(unturned, limb.dividend, limb.rounding, limb.inverse, addend,
                                                   q.shoup(factor), n, &q.constants());
        } else {
            kernels().subtract_multiply_scalar(unturned, limb.dividend, limb.rounding, limb.inverse, n, &q.constants());
        }
        if (automorphism) kernels().permute(result, unturned, automorphism->index().data(), n);
    });
}

}  // namespace

u64 special_modulo(const Ring& ring, const Modulus& q) {
    u64 p = 1;
    for (int k = 0; k < ring.p_count(); ++k) p = q.multiply(p, q.reduce(ring.modulus(ring.q_count() + k).value()));
    return p;
}

HoistedProducts hoisted_products(const Parameters& parameters, const Digits& digits, std::span<const SwitchKey> keys,
                                 int first, int end) {
    const int group = end - first;
    const int count = digits.count();
    const auto limbs = std::make_shared<DigitLimbs>(digits, count, group);
    limbs->convert(0, count, first);
    std::vector<const u64*> values;  // limb after limb
    for (int k = 0; k < group; ++k)
        for (int j = 0; j < count; ++j) values.push_back(limbs->evaluate(j, k));
    return [&, keys, limbs, values, first, count](int set, int i, u64* b_sum, u64* a_sum) {
        multiply_limb(
            b_sum, a_sum,
            std::span(values).subspan(static_cast<std::size_t>((i - first) * count), static_cast<std::size_t>(count)),
            0, parameters, *keys[static_cast<std::size_t>(set)].key, digits.level(), i);
    };
}

LimbSource::Make key_products(const Parameters& parameters, const Digits& digits, std::span<const SwitchKey> keys,
                              int first, int end) {
    if (keys.size() != 1) return sums_for_many(parameters, digits, keys, first, end);
    return [&, key = keys[0].key, first, end](int, u64* const* to, const u64** made) {
        sum_for_one(parameters, digits, *key, first, end, to);
        std::copy_n(to, 2 * (end - first), made);
    };
}

std::vector<std::array<EvaluationPolynomial, 2>> key_switch(const Parameters& parameters, const EvaluationPolynomial& a,
                                                            int level, std::span<const SwitchKey> keys,
                                                            const SwitchOptions& options, const Execution& execution) {
    for (const SwitchKey& key : keys) CIPHERNET_ASSERT(key.key->level >= level);
    const Digits digits(parameters, a, level, execution);
    const std::size_t limbs = static_cast<std::size_t>(2 * (parameters.ring().p_count() + 1));
    const std::size_t most = std::max<std::size_t>(1, kDroppedBytes / (limbs * a.n() * sizeof(u64)));
    // As few batches as that allows, of nearly one size.
    const std::size_t batches = (keys.size() + most - 1) / most;
    std::vector<std::array<EvaluationPolynomial, 2>> results;
    for (std::size_t k = 0; k < batches; ++k) {
        const std::size_t first = keys.size() * k / batches;
        const std::size_t end = keys.size() * (k + 1) / batches;
        switch_keys(results, parameters, digits, keys.subspan(first, end - first), options, execution);
        execution.report(end, keys.size());
    }
    return results;
}

std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const SwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution) {
    return std::move(key_switch(parameters, a, level, std::span(&key, 1), options, execution.untold())[0]);
}

}  // namespace ciphernet::rlwe
