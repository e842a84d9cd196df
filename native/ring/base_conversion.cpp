#include "ring/base_conversion.hpp"

#include <array>
#include <utility>

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {
namespace {

constexpr std::size_t kMostSources = BaseConverter::kMostSources;

/// The basis without its last `dropped` limbs.
Basis without_tail(Basis basis, int dropped) {
    const int p = basis.p - std::min(dropped, basis.p);
    return {.q = basis.q - (dropped - (basis.p - p)), .p = p};
}

}  // namespace

BaseConverter::BaseConverter(const Ring& ring, std::vector<int> source) : ring_(&ring), source_(std::move(source)) {
    CIPHERNET_ASSERT(!source_.empty() && source_.size() <= kMostSources);
    for (const int j : source_) {
        const Modulus& s = ring.modulus(j);
        u64 hat = 1;
        for (const int other : source_)
            if (other != j) hat = s.multiply(hat, s.reduce(ring.modulus(other).value()));
        hat_inverse_.push_back(s.shoup(s.inverse(hat)));
        inverse_.push_back(s.constants().inverse);
    }
    for (int t = 0; t < ring.prime_count(); ++t) {
        const Modulus& q = ring.modulus(t);
        u64 product = 1;
        for (const int j : source_) product = q.multiply(product, q.reduce(ring.modulus(j).value()));
        for (const int j : source_) {
            u64 hat = 1;
            for (const int other : source_)
                if (other != j) hat = q.multiply(hat, q.reduce(ring.modulus(other).value()));
            table_.push_back(hat);
        }
        table_.push_back(q.negate(product));
        table_.push_back(product);
        table_.push_back(product == 0 ? 0 : q.inverse(product));
    }
}

void BaseConverter::prepare(u64* digits, const u64* const* residues, std::size_t n, const Execution& execution) const {
    const std::size_t count = source_.size();
    std::array<const u64*, kMostSources> y{};
    for (std::size_t j = 0; j < count; ++j) y[j] = digits + j * n;
    for_each_limb(execution, n, source_count(), [&](int j) {
        const auto k = static_cast<std::size_t>(j);
        kernels().multiply_scalar(digits + k * n, residues[k], hat_inverse_[k], n,
                                  &ring_->modulus(source_[k]).constants());
    });
    kernels().round_weighted_sum(digits + count * n, y.data(), inverse_.data(), count, n);
}

void BaseConverter::convert(u64* r, const u64* digits, std::size_t n, std::size_t count, int prime) const {
    std::array<const u64*, kMostSources + 1> rows{};
    for (std::size_t j = 0; j <= source_.size(); ++j) rows[j] = digits + j * n;
    kernels().dot_scalar(r, rows.data(), row(prime).data(), source_.size() + 1, count,
                         &ring_->modulus(prime).constants());
}

EvaluationPolynomial divide_and_round(const EvaluationPolynomial& a, int dropped, const BaseConverter& converter,
                                      const Execution& execution) {
    CIPHERNET_ASSERT(converter.source_count() == dropped && dropped < a.limb_count());
    const Ring& ring = a.ring();
    const std::size_t n = a.n();
    const auto count = static_cast<std::size_t>(dropped);
    EvaluationPolynomial r(ring, without_tail(a.basis(), dropped));

    AlignedBuffer digits((count + 1) * n);
    std::array<const u64*, kMostSources> rows{};
    for_each_limb(execution, n, dropped, [&](int j) {
        const int limb = r.limb_count() + j;
        CIPHERNET_ASSERT(a.prime(limb) == converter.source()[static_cast<std::size_t>(j)]);
        u64* digit = digits.data() + static_cast<std::size_t>(j) * n;
        std::copy_n(a.limb(limb), n, digit);
        ring.ntt(a.prime(limb)).inverse(digit);
    });
    for (std::size_t j = 0; j < count; ++j) rows[j] = digits.data() + j * n;
    converter.prepare(digits.data(), rows.data(), n, execution);

    // Limbs in groups, block after block, so that the digits are read from memory once a group.
    const std::size_t block = std::min(n, kBlockWords);
    const int limbs = r.limb_count();
    for_each_limb(execution, n * kGroup, (limbs + kGroup - 1) / kGroup, [&](int group) {
        const int first = group * kGroup;
        const int end = std::min(first + kGroup, limbs);
        for (std::size_t k = 0; k < n; k += block)
            for (int i = first; i < end; ++i) converter.convert(r.limb(i) + k, digits.data() + k, n, block, r.prime(i));
        for (int i = first; i < end; ++i) {
            const Modulus& q = r.modulus(i);
            u64* limb = r.limb(i);
            ring.ntt(r.prime(i)).forward(limb);
            kernels().subtract_multiply_scalar(limb, a.limb(i), limb, q.shoup(converter.product_inverse(r.prime(i))), n,
                                               &q.constants());
        }
    });
    return r;
}

}  // namespace ciphernet
