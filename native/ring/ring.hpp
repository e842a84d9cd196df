#pragma once

#include <cstddef>
#include <vector>

#include "arith/modulus.hpp"
#include "ring/ntt.hpp"

namespace ciphernet {

/// The limbs of a polynomial: the first `q` ciphertext primes, then the first `p` key-switching primes.
struct Basis {
    int q;
    int p = 0;

    int size() const { return q + p; }
    friend bool operator==(const Basis&, const Basis&) = default;
};

/// Z[X]/(X^N + 1) together with the primes q_0 … q_L (ciphertexts) and p_0 … p_{k-1} (key switching), their
/// reductions and transforms. Primes are numbered through: q_i is prime i, p_i is prime q_count() + i.
class Ring {
public:
    /// 3 <= log_n <= 17; distinct primes, all 1 mod 2N and below 2^50. Throws Error{parameters_invalid}.
    Ring(int log_n, const std::vector<u64>& q, const std::vector<u64>& p);

    int log_n() const { return log_n_; }
    std::size_t n() const { return std::size_t{1} << log_n_; }
    int q_count() const { return q_count_; }
    int p_count() const { return static_cast<int>(transforms_.size()) - q_count_; }
    int prime_count() const { return static_cast<int>(transforms_.size()); }

    const Modulus& modulus(int prime) const { return moduli_[static_cast<std::size_t>(prime)]; }
    const Ntt& ntt(int prime) const { return transforms_[static_cast<std::size_t>(prime)]; }

    /// The number of the prime that limb `limb` of a polynomial over `basis` is reduced by.
    int prime_of_limb(Basis basis, int limb) const { return limb < basis.q ? limb : q_count_ + limb - basis.q; }
    const Modulus& modulus(Basis basis, int limb) const { return modulus(prime_of_limb(basis, limb)); }

private:
    int log_n_;
    int q_count_;
    std::vector<Modulus> moduli_;
    std::vector<Ntt> transforms_;
};

}  // namespace ciphernet
