#pragma once

#include <memory>

#include "ckks/noise.hpp"
#include "ckks/parameters.hpp"
#include "rlwe/ciphertext.hpp"

namespace ciphernet::ckks {

/// Encoded slots at a level's scale.
struct Plaintext {
    std::shared_ptr<const Parameters> parameters;
    int level;
    EvaluationPolynomial value;
    NoiseEstimate noise;  ///< of the encoding alone
};

/// Encrypted slots. Its scale is its level's Delta, or Delta^2 between a product and its rescaling.
struct Ciphertext {
    std::shared_ptr<const Parameters> parameters;
    rlwe::Ciphertext body;
    int scale_degree = 1;  ///< 1: Delta; 2: Delta^2, a rescale is due
    NoiseEstimate noise;
    bool insecure = false;  ///< made under parameters or randomness below 128 bits

    int level() const { return body.level; }
    /// Parts minus one: 1, or 2 before relinearization.
    int degree() const { return body.degree(); }
    Ciphertext copy() const;
    std::size_t byte_count() const;
};

}  // namespace ciphernet::ckks
