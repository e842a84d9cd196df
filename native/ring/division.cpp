#include "ring/division.hpp"

#include <algorithm>
#include <utility>

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {
namespace {

/// The dropped limbs as digits of the converter's base: part after part of set after set, each with a row of wraps behind
/// its digits.
class DroppedDigits {
public:
    DroppedDigits(const LimbSource& source, int dropped, const BaseConverter& converter, const Execution& execution)
        : n_(source.ring.n()),
          parts_(source.parts),
          stride_((static_cast<std::size_t>(dropped) + 1) * n_),
          words_(static_cast<std::size_t>(source.sets * source.parts) * stride_) {
        const int kept = source.basis.size() - dropped;
        for_each_group(execution, n_ * static_cast<std::size_t>(source.sets * source.parts), dropped, kGroup,
                       [&](int first, int end) {
                           const LimbSource::Make make = source.open(kept + first, kept + end);
                           for (int set = 0; set < source.sets; ++set) fill(make, set, first, end, converter);
                       });
        if (converter.is_single()) return;
        for_each_stretch(execution, n_, source.sets * parts_, dropped,
                         [&](int part, std::size_t first, std::size_t words) {
                             converter.count_wraps(row(0, part, 0), n_, first, words);
                         });
    }

    u64* row(int set, int part, int j) {
        return words_.data() + static_cast<std::size_t>(set * parts_ + part) * stride_ +
               static_cast<std::size_t>(j) * n_;
    }

private:
    void fill(const LimbSource::Make& make, int set, int first, int end, const BaseConverter& converter) {
        std::vector<u64*> to;
        for (int part = 0; part < parts_; ++part)
            for (int j = first; j < end; ++j) to.push_back(row(set, part, j));
        std::vector<const u64*> limbs(to.size());
        make(set, to.data(), limbs.data());
        for (std::size_t t = 0; t < to.size(); ++t) {
            if (limbs[t] != to[t]) std::copy_n(limbs[t], n_, to[t]);
            converter.to_digits(to[t], first + static_cast<int>(t) % (end - first));
        }
    }

    std::size_t n_;
    int parts_;
    std::size_t stride_;
    AlignedBuffer words_;
};

}  // namespace

Basis without_tail(Basis basis, int dropped) {
    const int p = basis.p - std::min(dropped, basis.p);
    return {.q = basis.q - (dropped - (basis.p - p)), .p = p};
}

void divide_limbs(const LimbSource& source, int dropped, const BaseConverter& converter, const Execution& execution,
                  const std::function<void(const QuotientLimb&)>& finish) {
    const Ring& ring = source.ring;
    const std::size_t n = ring.n();
    const int kept = source.basis.size() - dropped;
    CIPHERNET_ASSERT(converter.source_count() == dropped && 0 < kept);
    for (int j = 0; j < dropped; ++j)
        CIPHERNET_ASSERT(ring.prime_of_limb(source.basis, kept + j) == converter.source()[static_cast<std::size_t>(j)]);
    DroppedDigits digits(source, dropped, converter, execution);

    const std::size_t block = std::min(n, kBlockWords);
    for_each_group(
        execution, n * static_cast<std::size_t>(source.sets * source.parts), kept, source.group,
        [&](int first, int end) {
            const int group = end - first;
            const auto count = static_cast<std::size_t>(source.parts * group);
            AlignedBuffer scratch(2 * count * n);
            std::vector<u64*> to, roundings;
            for (std::size_t t = 0; t < count; ++t) {
                to.push_back(scratch.data() + t * n);
                roundings.push_back(scratch.data() + (count + t) * n);
            }
            std::vector<const u64*> dividends(count);
            const auto part_of = [&](std::size_t t) { return static_cast<int>(t) / group; };
            const auto limb_of = [&](std::size_t t) { return first + static_cast<int>(t) % group; };
            const auto prime_of = [&](std::size_t t) { return ring.prime_of_limb(source.basis, limb_of(t)); };
            const LimbSource::Make make = source.open(first, end);
            for (int set = 0; set < source.sets; ++set) {
                make(set, to.data(), dividends.data());
                // Block after block for all limbs, so that the digits are read from memory once a group.
                for (std::size_t k = 0; k < n && !converter.is_single(); k += block)
                    for (std::size_t t = 0; t < count; ++t)
                        converter.convert(roundings[t] + k, digits.row(set, part_of(t), 0) + k, n, block, prime_of(t));
                for (std::size_t t = 0; t < count; ++t) {
                    if (converter.is_single())
                        converter.to_evaluation(roundings[t], digits.row(set, part_of(t), 0), prime_of(t));
                    else
                        ring.ntt(prime_of(t)).forward(roundings[t]);
                    const Modulus& q = ring.modulus(prime_of(t));
                    finish({.set = set,
                            .part = part_of(t),
                            .i = limb_of(t),
                            .dividend = dividends[t],
                            .rounding = roundings[t],
                            .inverse = q.shoup(converter.product_inverse(prime_of(t)))});
                }
            }
        });
}

std::vector<EvaluationPolynomial> divide_and_round(std::span<const EvaluationPolynomial> a, int dropped,
                                                   const BaseConverter& converter, const Execution& execution) {
    const Ring& ring = a[0].ring();
    const Basis basis = a[0].basis();
    std::vector<EvaluationPolynomial> results;
    for (const EvaluationPolynomial& part : a) {
        CIPHERNET_ASSERT(part.basis() == basis);
        results.emplace_back(ring, without_tail(basis, dropped));
    }
    const LimbSource source{.ring = ring,
                            .basis = basis,
                            .sets = 1,
                            .parts = static_cast<int>(a.size()),
                            .group = kGroup,
                            .open = [&](int first, int end) {
                                return [&, first, end](int, u64* const*, const u64** limbs) {
                                    for (const EvaluationPolynomial& part : a)
                                        for (int i = first; i < end; ++i) *limbs++ = part.limb(i);
                                };
                            }};
    divide_limbs(source, dropped, converter, execution, [&](const QuotientLimb& q) {
        EvaluationPolynomial& r = results[static_cast<std::size_t>(q.part)];
        kernels().subtract_multiply_scalar(r.limb(q.i), q.dividend, q.rounding, q.inverse, ring.n(),
                                           &r.modulus(q.i).constants());
    });
    return results;
}

EvaluationPolynomial divide_and_round(const EvaluationPolynomial& a, int dropped, const BaseConverter& converter,
                                      const Execution& execution) {
    return std::move(divide_and_round(std::span(&a, 1), dropped, converter, execution)[0]);
}

}  // namespace ciphernet
