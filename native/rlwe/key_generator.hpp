#pragma once

#include <memory>

#include "base/execution.hpp"
#include "random/random_source.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::rlwe {

/// Makes the public material that belongs to one secret key. Constant time in the secret.
class KeyGenerator {
public:
    KeyGenerator(const SecretKey& secret, RandomSource& random, Execution execution)
        : secret_(secret), random_(random), execution_(std::move(execution)) {}

    PublicKey public_key() const;
    /// s^2 -> s for products at `level` and below. Throws Error{parameters_invalid} when the set has no P.
    KeySwitchKey relinearization_key(int level) const;
    /// For X -> X^element at `level` and below.
    GaloisKey galois_key(u32 element, int level) const;
    /// Draws a secret of `weight` nonzero coefficients, which nobody keeps. `sparse` has the primes of level 0 and some of P.
    EncapsulationKey encapsulation_key(const std::shared_ptr<const Parameters>& sparse, int weight) const;

private:
    /// source -> target, both secrets at the evaluation points.
    KeySwitchKey key_switch_key(const EvaluationPolynomial& source, const EvaluationPolynomial& target,
                                int level) const;
    void check_level(int level) const;

    const SecretKey& secret_;
    RandomSource& random_;
    Execution execution_;
};

}  // namespace ciphernet::rlwe
