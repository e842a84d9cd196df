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

std::vector<EvaluationPolynomial> divide_and_round(std::span<const EvaluationPolynomial> a, int dropped,
                                                   const BaseConverter& converter, const Execution& execution) {
    const Ring& ring = a[0].ring();
    const std::size_t n = ring.n();
    const auto count = static_cast<std::size_t>(dropped);
    const auto polynomials = static_cast<int>(a.size());
    const std::size_t stride = (count + 1) * n;
    std::vector<EvaluationPolynomial> results;
    for (const EvaluationPolynomial& part : a) {
        CIPHERNET_ASSERT(converter.source_count() == dropped && dropped < part.limb_count());
        results.emplace_back(ring, without_tail(part.basis(), dropped));
    }
    const int limbs = results[0].limb_count();

    AlignedBuffer digits(a.size() * stride);
    for_each_limb(execution, n, polynomials * dropped, [&](int task) {
        const EvaluationPolynomial& part = a[static_cast<std::size_t>(task / dropped)];
        const int j = task % dropped;
        CIPHERNET_ASSERT(part.prime(limbs + j) == converter.source()[static_cast<std::size_t>(j)]);
        u64* digit =
            digits.data() + static_cast<std::size_t>(task / dropped) * stride + static_cast<std::size_t>(j) * n;
        std::copy_n(part.limb(limbs + j), n, digit);
        ring.ntt(part.prime(limbs + j)).inverse(digit);
    });
    for_each_limb(execution, n * count, polynomials, [&](int part) {
        u64* digit = digits.data() + static_cast<std::size_t>(part) * stride;
        std::array<const u64*, kMostSources> rows{};
        for (std::size_t j = 0; j < count; ++j) rows[j] = digit + j * n;
        converter.prepare(digit, rows.data(), n, execution);
    });

    // Limbs in groups, block after block, so that the digits are read from memory once a group.
    const std::size_t block = std::min(n, kBlockWords);
    for_each_group(execution, n, polynomials * limbs, kGroup, [&](int first, int end) {
        const auto part_of = [&](int task) { return static_cast<std::size_t>(task / limbs); };
        const auto limb_of = [&](int task) { return results[part_of(task)].limb(task % limbs); };
        for (std::size_t k = 0; k < n; k += block)
            for (int task = first; task < end; ++task)
                converter.convert(limb_of(task) + k, digits.data() + part_of(task) * stride + k, n, block,
                                  results[part_of(task)].prime(task % limbs));
        for (int task = first; task < end; ++task) {
            const int prime = results[part_of(task)].prime(task % limbs);
            const Modulus& q = ring.modulus(prime);
            u64* limb = limb_of(task);
            ring.ntt(prime).forward(limb);
            kernels().subtract_multiply_scalar(limb, a[part_of(task)].limb(task % limbs), limb,
                                               q.shoup(converter.product_inverse(prime)), n, &q.constants());
        }
    });
    return results;
}

EvaluationPolynomial divide_and_round(const EvaluationPolynomial& a, int dropped, const BaseConverter& converter,
                                      const Execution& execution) {
    return std::move(divide_and_round(std::span(&a, 1), dropped, converter, execution)[0]);
}

}  // namespace ciphernet
