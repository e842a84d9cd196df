#pragma once

#include <optional>
#include <vector>

#include "random/seed.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::rlwe {

/// parts[0] + parts[1] s (+ parts[2] s^2) = message + error, over the primes of levels 0 … level. Two parts, three
/// between a product and its relinearization.
struct Ciphertext {
    int level;
    std::vector<EvaluationPolynomial> parts;
    std::optional<PublicSeed> mask_seed;  ///< set while parts[1] still is the uniform polynomial 0 of this seed

    int degree() const { return static_cast<int>(parts.size()) - 1; }
};

}  // namespace ciphernet::rlwe
