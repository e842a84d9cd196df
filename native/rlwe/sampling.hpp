#pragma once

#include "random/seed.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::rlwe {

/// A fresh error of width sigma = 3.19, number `object` of the seed. Constant time.
CoefficientPolynomial sample_error(const Ring& ring, Basis basis, const SecretSeed& seed, u64 object);

/// A fresh uniform ternary polynomial, number `object` of the seed (the one-time secret of a public-key encryption).
/// Constant time.
CoefficientPolynomial sample_ephemeral(const Ring& ring, Basis basis, const SecretSeed& seed, u64 object);

}  // namespace ciphernet::rlwe
