#pragma once

#include <cstdint>
#include <functional>

#include "base/execution.hpp"
#include "random/seed.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::rlwe {

/// What is encrypted: a polynomial that is written limb by limb into the place where its error is added, so that a limb
/// goes through memory once.
struct Message {
    const Ring* ring;  ///< outlives what is made from the message
    Basis basis;
    /// Writes the canonical residues of limb `limb` in coefficient form, called from several threads; empty for zero.
    std::function<void(u64* r, int limb)> write;
};

/// (b, a) = (message + e - a s, a).
struct RlweSample {
    EvaluationPolynomial b;
    EvaluationPolynomial a;
};

/// Under the secret s, which is given over all primes of the ring: with the uniform polynomial number `object` of
/// mask_seed for a and the error of that number of error_seed for e. Constant time in secret, error and message.
RlweSample rlwe_sample(const EvaluationPolynomial& secret, const Message& message, const PublicSeed& mask_seed,
                       const SecretSeed& error_seed, u64 object, const Execution& execution);

/// message + error at the evaluation points, for limb i. `workspace` holds n words and is left with the error.
void write_with_error(u64* r, const Message& message, int i, const std::int8_t* error, u64* workspace);

/// Limbs that share a workspace, so that the wiping of that costs little.
inline constexpr int kLimbsPerWorkspace = 4;

}  // namespace ciphernet::rlwe
