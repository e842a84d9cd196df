#pragma once

#include "ckks/bootstrapping/noise_model.hpp"

namespace ciphernet::ckks {

/// log2 of what a second pass (Bootstrapper::bootstrap_twice()) enlarges the error of a first one by, for slots up to
/// `magnitude`: the error that no slot exceeds is to become the set's magnitude. `one`: of a single pass; `literal`: its set,
/// packed if it is packed.
int second_pass_bits(const ParametersLiteral& literal, const BootstrappingNoise& one, double magnitude);

/// The error after two passes: that of a bootstrap of the enlarged difference, made small again, and the roundings where the
/// difference is taken and where it is added. `log_batch` as in bootstrapping_noise().
BootstrappingNoise second_pass_noise(const ParametersLiteral& literal, const BootstrappingNoise& one,
                                     int log_batch = 0);

}  // namespace ciphernet::ckks
