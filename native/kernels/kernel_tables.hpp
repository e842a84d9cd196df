#pragma once

#include "kernels/kernels.hpp"

namespace ciphernet {

/// The table of each instruction set, defined in the file of that name; kernels/cpu.cpp says which of them may run.
extern const Kernels kKernelsScalar;
extern const Kernels kKernelsAvx512Ifma;

}  // namespace ciphernet
