#pragma once

#include "ckks/ciphertext.hpp"
#include "ckks/encoder.hpp"
#include "random/random_source.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::ckks {

// Decryption for others than the owner of the key (IND-CPA^D): Gaussian noise, wide beside the error in the ciphertext,
// hides that error and with it the key. Li, Micciancio, Schultz, Sorrell, "Securing approximate homomorphic encryption
// using differential privacy", 2022 (ePrint 2022/816): noise of
//
//     sigma = sqrt(12 tau) 2^(kappa/2) t
//
// on every coefficient, where t bounds the Euclidean norm of the error's coefficients and tau results are ever shared.
// One result then gives away t^2 / (2 sigma^2) of Kullback-Leibler divergence, all of them together 2^-kappa / 24.

/// How many results of one secret key others ever see, and how well they hide it.
struct Sharing {
    double queries;                    ///< tau, from 1 to 2^40: ciphertexts, each counted as often as it is shared
    double statistical_security = 40;  ///< kappa in bits, from 30 to 128
    /// The root mean square error of a slot that was promised beforehand, in units of the message; 0: what the
    /// ciphertext's own estimate says. Never a measured one, which would depend on the key (Guo et al., "Key recovery
    /// attacks on approximate homomorphic encryption with non-worst-case noise flooding countermeasures", 2024).
    double deviation = 0;
    /// No shared slot is off by more than 2^-precision_bits, but with probability 2^-40; else it is refused.
    double precision_bits = 0;
};

/// sigma of a coefficient in units of the message (to be multiplied by the scale). The Euclidean norm of the error's
/// coefficients is the root mean square of the slots' errors, so their largest bounds it: t = deviation *
/// tail_factor(slots, kappa + log2 tau).
double flooding_sigma(const Sharing& sharing, double deviation, std::size_t slots);

/// The error that no shared slot exceeds but with probability 2^-40, in units of the message. A slot of the noise is a
/// complex Gaussian of variance 2 slots sigma^2.
double shared_error_bound(const Sharing& sharing, double deviation, std::size_t slots);

/// What sharing costs: log2 of shared_error_bound() over the error bound without sharing. The noise is in
/// proportion to the error, to which every level adds, so a plan makes its scale larger by so many bits at every level.
/// Throws Error{invalid_argument}.
double sharing_bits(const Sharing& sharing, std::size_t slots);

/// The slots, for the eyes of others: with noise on them that hides the error, drawn anew for every call. The owner counts the calls.
/// Throws Error{sharing_refused} when value and noise do not fit below Q/2 at the ciphertext's level, when too little
/// precision would be left, or when the ciphertext claims a larger error than was promised; Error{invalid_argument}.
/// Constant time in the noise and up to where it is added; then as decrypt().
SlotVector decrypt_for_sharing(const Ciphertext& ciphertext, const rlwe::SecretKey& key, const Sharing& sharing,
                               RandomSource& random, const Execution& execution);

}  // namespace ciphernet::ckks
