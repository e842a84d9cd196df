#pragma once

#include <cstdint>

#include "base/execution.hpp"
#include "base/secret_array.hpp"
#include "random/seed.hpp"

namespace ciphernet::rlwe {

/// The coefficients of a fresh error of width sigma = 3.19, number `object` of the seed. Constant time.
void sample_error(SecretArray<std::int8_t>& r, const SecretSeed& seed, u64 object, const Execution& execution);

/// The coefficients of a fresh uniform ternary polynomial, number `object` of the seed (the one-time secret of a
/// public-key encryption). Constant time.
void sample_ephemeral(SecretArray<std::int8_t>& r, const SecretSeed& seed, u64 object);

}  // namespace ciphernet::rlwe
