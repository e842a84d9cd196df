#include "ring/division.hpp"

#include <algorithm>
#include <utility>

#include "base/row_stride.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {
namespace {

/// What must be there before any limb of a quotient is: the dropped limbs as digits of the converter's base, part after part of
/// set after set, each with a row of wraps behind its digits. And where the dropped limbs do not divide evenly among the
/// threads, the first limbs that are kept.
class DroppedDigits {
public:
    DroppedDigits(const LimbSource& source, int dropped, const BaseConverter& converter, const Execution& execution)
        : n_(source.ring.n()),
          sets_(source.sets),
          parts_(source.parts),
          stride_((static_cast<std::size_t>(dropped) + 1) * row_stride(n_)),
          early_(std::min(source.basis.size() - dropped,
                          (execution.thread_count() - dropped % execution.thread_count()) % execution.thread_count())),
          words_(static_cast<std::size_t>(source.sets * source.parts) * stride_),
          early_words_(static_cast<std::size_t>(source.sets * source.parts * early_) * n_),
          early_limbs_(static_cast<std::size_t>(source.sets * source.parts * early_)) {
        const int kept = source.basis.size() - dropped;
        for_each_group(execution, n_ * static_cast<std::size_t>(source.sets * source.parts), dropped + early_, kGroup,
                       [&](int first, int end) {
                           if (const int last = std::min(end, dropped); first < last) {
                               const LimbSource::Make make = source.open(kept + first, kept + last);
                               for (int set = 0; set < source.sets; ++set) fill(make, set, first, last, converter);
                           }
                           for (int i = std::max(first, dropped) - dropped; i < end - dropped; ++i) keep(source, i);
                       });
        if (converter.is_single()) return;
        for_each_stretch(execution, n_, source.sets * parts_, dropped,
                         [&](int part, std::size_t first, std::size_t words) {
                             converter.count_wraps(row(0, part, 0), row_stride(n_), first, words);
                         });
    }

    u64* row(int set, int part, int j) {
        return words_.data() + static_cast<std::size_t>(set * parts_ + part) * stride_ +
               static_cast<std::size_t>(j) * row_stride(n_);
    }

    int early() const { return early_; }
    /// Limb i < early() of a dividend.
    const u64* early_limb(int set, int part, int i) const {
        return early_limbs_[static_cast<std::size_t>((i * sets_ + set) * parts_ + part)];
    }

private:
    /// Limb i of every part of every set.
    void keep(const LimbSource& source, int i) {
        const LimbSource::Make make = source.open(i, i + 1);
        for (int set = 0; set < sets_; ++set) {
            std::vector<u64*> to;
            for (int part = 0; part < parts_; ++part)
                to.push_back(early_words_.data() + static_cast<std::size_t>((i * sets_ + set) * parts_ + part) * n_);
            make(set, to.data(), early_limbs_.data() + (i * sets_ + set) * parts_);
        }
    }

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
    int sets_, parts_;
    std::size_t stride_;
    int early_;
    AlignedBuffer words_, early_words_;
    std::vector<const u64*> early_limbs_;
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
    const auto finish_group = [&](int first, int end) {
        const int group = end - first;
        const auto count = static_cast<std::size_t>(source.parts * group);
        AlignedBuffer scratch(2 * count * row_stride(n));
        std::vector<u64*> to, roundings;
        for (std::size_t t = 0; t < count; ++t) {
            to.push_back(scratch.data() + t * row_stride(n));
            roundings.push_back(scratch.data() + (count + t) * row_stride(n));
        }
        std::vector<const u64*> dividends(count);
        const auto part_of = [&](std::size_t t) { return static_cast<int>(t) / group; };
        const auto limb_of = [&](std::size_t t) { return first + static_cast<int>(t) % group; };
        const auto prime_of = [&](std::size_t t) { return ring.prime_of_limb(source.basis, limb_of(t)); };
        std::vector<int> primes;
        for (int i = first; i < end; ++i) primes.push_back(ring.prime_of_limb(source.basis, i));
        std::vector<u64*> blocks(primes.size());
        const bool early = first < digits.early();
        const LimbSource::Make make = early ? nullptr : source.open(first, end);
        for (int set = 0; set < source.sets; ++set) {
            if (early)
                for (std::size_t t = 0; t < count; ++t) dividends[t] = digits.early_limb(set, part_of(t), limb_of(t));
            else
                make(set, to.data(), dividends.data());
            // Block after block for all limbs, so that the digits are read from memory once a group.
            for (std::size_t k = 0; k < n && !converter.is_single(); k += block)
                for (int part = 0; part < source.parts; ++part) {
                    for (int i = 0; i < group; ++i)
                        blocks[static_cast<std::size_t>(i)] = roundings[static_cast<std::size_t>(part * group + i)] + k;
                    converter.convert(blocks, digits.row(set, part, 0) + k, row_stride(n), block, primes);
                }
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
    };
    // Limbs whose dividends are there already have least left to do: they come last.
    std::vector<LimbGroup> groups = limb_groups(execution.thread_count(), digits.early(), kept, source.group);
    for (int i = 0; i < digits.early(); ++i) groups.push_back({i, i + 1});
    for_each_limb(execution, n * static_cast<std::size_t>(source.sets * source.parts), static_cast<int>(groups.size()),
                  [&](int g) {
                      const LimbGroup& group = groups[static_cast<std::size_t>(g)];
                      finish_group(group.first, group.end);
                  });
}

std::vector<EvaluationPolynomial> divide_and_round(std::span<const EvaluationPolynomial> a, int dropped,
                                                   const BaseConverter& converter, const Execution& execution) {
    const Ring& ring = a[0].ring();
    const Basis basis = a[0].basis();
    std::vector<EvaluationPolynomial> results;
    CIPHERNET_ASSERT(std::ranges::all_of(a, [&](const auto& part) { return part.basis() == basis; }));
    for (std::size_t part = 0; part < a.size(); ++part) results.emplace_back(ring, without_tail(basis, dropped));
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
