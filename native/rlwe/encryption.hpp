#pragma once

#include "base/execution.hpp"
#include "random/random_source.hpp"
#include "rlwe/ciphertext.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/rlwe_sample.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::rlwe {

/// A fresh encryption of `message` (its basis is that of `level`) under the secret key: (message + e - a s, a), `a` from
/// a fresh seed. Half the bytes of the public-key form, and less noise. Constant time in message and secret.
Ciphertext encrypt(const SecretKey& key, const Message& message, int level, RandomSource& random,
                   const Execution& execution);

/// Under the public key: (message + e_0 + v b, e_1 + v a) with a one-time ternary v.
Ciphertext encrypt(const PublicKey& key, const Message& message, int level, RandomSource& random,
                   const Execution& execution);

/// message + error: parts[0] + parts[1] s (+ parts[2] s^2). Constant time in the secret. Together with the ciphertext it
/// gives s away: wipe it (WipeGuard).
CoefficientPolynomial phase(const Ciphertext& ciphertext, const SecretKey& key, const Execution& execution);

}  // namespace ciphernet::rlwe
