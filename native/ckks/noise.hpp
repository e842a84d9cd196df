#pragma once

#include <cstddef>

#include "ckks/parameters.hpp"

namespace ciphernet::ckks {

/// What is known beforehand about a ciphertext's slots, without the secret key and without their values.
/// In units of the message, so that rescaling changes neither.
struct NoiseEstimate {
    double deviation = 0;  ///< at most this root mean square error |decrypted - exact| of a slot, over all randomness
    double magnitude = 0;  ///< no |slot| of the exact result is larger

    /// The error that no slot of any one ciphertext exceeds but with probability 2^-40. Errors are products of the
    /// secret's value and a Gaussian at a slot, hence the heavy tail: P(|XY| > t) ~ sqrt(pi t) exp(-2t).
    double error_bound(std::size_t slots) const;
    /// -log2 of error_bound.
    double precision_bits(std::size_t slots) const;
};

// Errors that operations add, as deviations of a slot in units of the message, for a uniform ternary secret (variance
// 2/3 a coefficient). A polynomial with independent coefficients of variance v has slots of variance N v.

// `scale` is the one the result has.

// For a ring of degree n, before there are parameters.

/// Rounding the encoded coefficients to integers: variance 1/12.
double encoding_deviation(std::size_t n, double scale);
/// A fresh encryption under the secret key, encoding included: sigma^2 + 1/12.
double fresh_secret_key_deviation(std::size_t n, double scale);
/// Under the public key: sigma^2 (1 + 4N/3) + 1/12.
double fresh_public_key_deviation(std::size_t n, double scale);
/// Division with rounding of every part: (1 + 2N/3) / 12, and 8N^2/9 more for a third part, which s^2 multiplies; that
/// term is taken 16-fold, since at a slot s^2 has the tail of a Gaussian's square.
double rounding_deviation(std::size_t n, double scale, int degree = 1);
/// The gadget's errors of a key switch whose digits D_j come to `digits` = sum_j (D_j / P)^2, divided by P:
/// N sigma^2 digits / 12. The rounding of the division comes on top.
double key_switch_deviation(std::size_t n, double scale, double digits);
/// A number for all slots, rounded to a multiple of 1/scale: at most half of one.
double scalar_deviation(double scale);
/// The factor from a deviation to NoiseEstimate::error_bound(), or to a bound that fails with probability 2^-bits.
double tail_factor(std::size_t slots, double bits = 40);

// For parameters.

/// Rounding the encoded coefficients, and the transform's own floating-point error.
double encoding_deviation(const Parameters& parameters, int level, double magnitude);
/// A fresh encryption under the secret key: variance sigma^2.
double secret_key_deviation(const Parameters& parameters, int level);
/// Under the public key: sigma^2 (1 + 4N/3).
double public_key_deviation(const Parameters& parameters, int level);
/// rounding_deviation() in their ring.
double rounding_deviation(const Parameters& parameters, double scale, int degree = 1);
/// Of a key switch at `level`, divided by 2^log2_divisor afterwards.
double key_switch_deviation(const Parameters& parameters, int level, double scale, double log2_divisor = 0);

NoiseEstimate sum(const NoiseEstimate& a, const NoiseEstimate& b);
NoiseEstimate product(const NoiseEstimate& a, const NoiseEstimate& b);

}  // namespace ciphernet::ckks
