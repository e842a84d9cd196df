#pragma once

#include "tfhe/parameters.hpp"

namespace ciphernet::tfhe {

// Variances of the noise in a phase, as fractions of the torus squared (1 is a whole turn). E[d^2] of a digit of base B is (B^2 +
// 2) / 12, that of a rounding to 1 / B^levels is B^(-2 levels) / 12, bits of keys have the mean 1/2 and the variance 1/4.

/// Of a fresh ciphertext: TUniform(glwe_noise).
double fresh_variance(const Parameters& parameters);

/// What a linear map with this sum of squared weights makes of independent noises.
inline double linear_variance(double squared_norm, double variance) { return squared_norm * variance; }

/// What the key switch adds: k N levels E[d^2] times the key's, k N / 4 centred roundings of the mask, and the rounding of
/// the body to 32 bits.
double key_switch_variance(const Parameters& parameters);

/// What the centred modulus switch adds: n / 4 + 1 roundings to 1 / 2N.
double modulus_switch_variance(const Parameters& parameters);

/// Of what a bootstrap gives, whatever went in: n external products, each with (k + 1) N levels E[d^2] times the key's noise, half
/// the time 1 + k N / 2 roundings, and the error of the transform.
double bootstrap_variance(const Parameters& parameters);

/// log2 of the probability that a look-up takes the wrong entry, when its input is a linear map with this sum of squared
/// weights of outputs of bootstraps: the phase after the modulus switch is normal and fails half a message away.
double log2_failure_probability(const Parameters& parameters, double squared_norm);

}  // namespace ciphernet::tfhe
