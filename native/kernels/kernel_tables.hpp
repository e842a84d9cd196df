#pragma once

#include "kernels/kernels.hpp"

namespace ciphernet {

/// The table of each instruction set, defined in the file of that name; kernels/cpu.cpp says which of them may run.
extern const Kernels kKernelsScalar;
extern const Kernels kKernelsAvx2;
extern const Kernels kKernelsAvx512Ifma;
extern const Kernels kKernelsNeon;

// Transforms that stand in a file of their own, beside the table that names them.
void ntt_forward_avx2(std::uint64_t* a, const NttTable* table);
void ntt_inverse_avx2(std::uint64_t* a, const NttTable* table);
void ntt_forward_neon(std::uint64_t* a, const NttTable* table);
void ntt_inverse_neon(std::uint64_t* a, const NttTable* table);

}  // namespace ciphernet
