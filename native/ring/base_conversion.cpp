#include "ring/base_conversion.hpp"

#include <array>
#include <utility>

#include "base/assert.hpp"

namespace ciphernet {

BaseConverter::BaseConverter(const Ring& ring, std::vector<int> source) : ring_(&ring), source_(std::move(source)) {
    CIPHERNET_ASSERT(!source_.empty() && source_.size() <= kMostSources);
    for (const int j : source_) {
        const Modulus& s = ring.modulus(j);
        u64 hat = 1;
        for (const int other : source_)
            if (other != j) hat = s.multiply(hat, s.reduce(ring.modulus(other).value()));
        const u64 factor = s.inverse(hat);
        NttTable& table = inverse_tables_.emplace_back(ring.ntt(j).table());
        table.n_inverse = s.shoup(s.multiply(table.n_inverse.w, factor));
        table.n_inverse_root = s.shoup(s.multiply(table.n_inverse_root.w, factor));
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

void BaseConverter::count_wraps(u64* digits, std::size_t stride, std::size_t first, std::size_t count) const {
    const std::size_t k = source_.size();
    std::array<const u64*, kMostSources> y{};
    for (std::size_t j = 0; j < k; ++j) y[j] = digits + j * stride + first;
    kernels().round_weighted_sum(digits + k * stride + first, y.data(), inverse_.data(), k, count);
}

void BaseConverter::convert(std::span<u64* const> r, const u64* digits, std::size_t stride, std::size_t count,
                            std::span<const int> primes) const {
    CIPHERNET_ASSERT(r.size() == primes.size() && r.size() <= kGroup);
    std::array<const u64*, kMostSources + 1> rows{};
    for (std::size_t j = 0; j <= source_.size(); ++j) rows[j] = digits + j * stride;
    std::array<const u64*, kGroup> factors{};
    std::array<const ModulusConstants*, kGroup> moduli{};
    for (std::size_t t = 0; t < primes.size(); ++t) {
        factors[t] = row(primes[t]).data();
        moduli[t] = &ring_->modulus(primes[t]).constants();
    }
    kernels().dot_scalar_rows(r.data(), rows.data(), factors.data(), r.size(), source_.size() + 1, count,
                              moduli.data());
}

}  // namespace ciphernet
