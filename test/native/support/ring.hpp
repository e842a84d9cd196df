#pragma once

#include <vector>

#include "arith/primes.hpp"
#include "ring/mixed_radix.hpp"
#include "ring/operations.hpp"
#include "support/test.hpp"

namespace ciphernet::test {

/// A ring with the largest primes of these sizes.
inline Ring make_ring(int log_n, const std::vector<int>& q_bits, const std::vector<int>& p_bits = {}) {
    std::vector<u64> taken;
    const auto primes = [&](const std::vector<int>& sizes) {
        std::vector<u64> r;
        for (const int bits : sizes) {
            r.push_back(largest_prime(bits, u64{2} << log_n, taken));
            taken.push_back(r.back());
        }
        return r;
    };
    const std::vector<u64> q = primes(q_bits);
    return Ring(log_n, q, primes(p_bits));
}

template <class Polynomial>
Polynomial random_polynomial(const Ring& ring, Basis basis, Rng& rng) {
    Polynomial r(ring, basis);
    for (int i = 0; i < r.limb_count(); ++i)
        for (std::size_t k = 0; k < r.n(); ++k) r.limb(i)[k] = rng.below(r.modulus(i).value());
    return r;
}

template <Form kForm>
bool equal(const Polynomial<kForm>& a, const Polynomial<kForm>& b) {
    if (!(a.basis() == b.basis()) || a.n() != b.n()) return false;
    for (int i = 0; i < a.limb_count(); ++i)
        if (!std::equal(a.limb(i), a.limb(i) + a.n(), b.limb(i))) return false;
    return true;
}

/// The residues of these N integers.
inline CoefficientPolynomial residues(const WideIntegers& integers, const Ring& ring, Basis basis) {
    CHECK_EQ(integers.padded_count(), ring.n());
    CoefficientPolynomial r(ring, basis);
    for (int i = 0; i < r.limb_count(); ++i) integers.reduce(r.limb(i), r.modulus(i));
    return r;
}

}  // namespace ciphernet::test
