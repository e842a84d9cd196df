#pragma once

#include "tfhe/keys.hpp"
#include "tfhe/secret_key.hpp"

namespace ciphernet::tfhe {

/// The keys of a server for one secret key. Constant time in the secrets and the noise; tells of its steps.
SeededEvaluationKeys generate_evaluation_keys(const SecretKey& key, RandomSource& random, const Execution& execution);

}  // namespace ciphernet::tfhe
