#pragma once

#include <memory>

#include "ckks/ciphertext.hpp"
#include "ckks/encoder.hpp"
#include "rlwe/encryption.hpp"

namespace ciphernet::ckks {

/// Encrypts slots at `level`; `magnitude` as in encode(). The key's parameter set must be `parameters`'.
Ciphertext encrypt(const std::shared_ptr<const Parameters>& parameters, const rlwe::SecretKey& key, SlotView values,
                   int level, double magnitude, RandomSource& random, const Execution& execution);
Ciphertext encrypt(const std::shared_ptr<const Parameters>& parameters, const rlwe::PublicKey& key, SlotView values,
                   int level, double magnitude, RandomSource& random, const Execution& execution);

/// The slots with their error: exact to what the ciphertext holds, nothing added. The owner's alone: whoever sees such
/// values of chosen ciphertexts may learn the key (Li, Micciancio, "On the security of homomorphic encryption on
/// approximate numbers", 2021); see docs/security.md.
SlotVector decrypt(const Ciphertext& ciphertext, const rlwe::SecretKey& key, const Execution& execution);

/// The largest |slot - expected|: the error that is really there. Throws Error{invalid_argument} when `expected` has
/// more values than there are slots; missing ones count as zero.
double measure_error(const Ciphertext& ciphertext, const rlwe::SecretKey& key, SlotView expected,
                     const Execution& execution);

}  // namespace ciphernet::ckks
