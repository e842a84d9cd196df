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
void ntt_forward_centred_avx2(std::uint64_t* r, const std::uint64_t* a, std::uint64_t s, const NttTable* table);
void ntt_inverse_avx2(std::uint64_t* a, const NttTable* table);
void ntt_forward_neon(std::uint64_t* a, const NttTable* table);
void ntt_forward_centred_neon(std::uint64_t* r, const std::uint64_t* a, std::uint64_t s, const NttTable* table);
void ntt_inverse_neon(std::uint64_t* a, const NttTable* table);

#define CIPHERNET_DECLARE_RANDOM(path)                                                                           \
    void chacha20_##path(std::uint8_t* out, const std::uint32_t* state, std::size_t blocks);                     \
    std::size_t select_below_##path(std::uint64_t* r, std::size_t n, std::uint64_t mask, std::uint64_t bound);   \
    void gaussian_##path(std::int32_t* r, const std::uint64_t* words, std::size_t n, const std::uint64_t* table, \
                         std::size_t entries);
#define CIPHERNET_DECLARE_EMBEDDING(path)                                                              \
    void to_slots_##path(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);      \
    void from_slots_##path(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);    \
    void to_slots_wide_##path(double* re, double* im, const EmbeddingTable* table, std::size_t log_n); \
    void from_slots_wide_##path(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);
#define CIPHERNET_DECLARE_LWE(path)                                                                                 \
    void lwe_key_switch_##path(std::uint32_t* const* r, const std::int16_t* const* digits, const std::int16_t* key, \
                               std::size_t count, std::size_t rows);
#define CIPHERNET_DECLARE_FFT(path)                                                                                \
    void fft_forward_torus_##path(double* r, const std::uint64_t* a, const FftTable* table);                       \
    void fft_forward_digits_##path(double* r, const std::uint64_t* a, GadgetDigit digit, const FftTable* table);   \
    void fft_inverse_add_##path(std::uint64_t* r, double* a, const FftTable* table);                               \
    void fft_external_product_##path(double* const* r, const double* const* a, const double* b, std::size_t count, \
                                     std::size_t rows, std::size_t columns, std::size_t points);                   \
    void turn_subtract_##path(std::uint64_t* r, const std::uint64_t* a, std::size_t shift, std::size_t n);
CIPHERNET_DECLARE_RANDOM(scalar)
CIPHERNET_DECLARE_RANDOM(avx2)
CIPHERNET_DECLARE_RANDOM(avx512ifma)
CIPHERNET_DECLARE_RANDOM(neon)
#undef CIPHERNET_DECLARE_RANDOM
CIPHERNET_DECLARE_EMBEDDING(scalar)
CIPHERNET_DECLARE_EMBEDDING(avx2)
CIPHERNET_DECLARE_EMBEDDING(avx512ifma)
CIPHERNET_DECLARE_EMBEDDING(neon)
#undef CIPHERNET_DECLARE_EMBEDDING
CIPHERNET_DECLARE_FFT(scalar)
CIPHERNET_DECLARE_FFT(avx2)
CIPHERNET_DECLARE_FFT(avx512ifma)
CIPHERNET_DECLARE_FFT(neon)
#undef CIPHERNET_DECLARE_FFT
CIPHERNET_DECLARE_LWE(scalar)
CIPHERNET_DECLARE_LWE(avx2)
CIPHERNET_DECLARE_LWE(avx512ifma)
CIPHERNET_DECLARE_LWE(neon)
#undef CIPHERNET_DECLARE_LWE

}  // namespace ciphernet
