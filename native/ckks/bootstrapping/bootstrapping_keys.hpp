#pragma once

#include <functional>

#include "ckks/bootstrapping/bootstrapper.hpp"
#include "random/random_source.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::ckks {

/// Every key of the list and the encapsulation's. Reports how many are made.
rlwe::EvaluationKeys bootstrapping_keys(const Parameters& parameters, const BootstrappingKeyList& list,
                                        const rlwe::SecretKey& secret, RandomSource& random,
                                        const Execution& execution);

}  // namespace ciphernet::ckks
