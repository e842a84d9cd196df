// The loops over residues on AVX2 with FMA.

#include "kernels/doubles_loops.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {

extern const Kernels kKernelsAvx2 = {
    "avx2",
    add,
    subtract,
    negate,
    multiply,
    multiply_add,
    multiply_scalar,
    subtract_multiply_scalar,
    subtract_multiply_accumulate,
    reduce,
    dot,
    dot_pair,
    dot_packed,
    dot_repeated,
    dot_scalar,
    dot_scalar_rows,
    permute,
    substitute,
    from_signed,
    round_weighted_sum,
    ntt_forward_avx2,
    ntt_forward_centred_avx2,
    ntt_inverse_avx2,
    pack,
    unpack,
    chacha20_avx2,
    select_below_avx2,
    gaussian_avx2,
    to_slots_avx2,
    from_slots_avx2,
    to_slots_wide_avx2,
    from_slots_wide_avx2,
    4,
    fft_forward_torus_avx2,
    fft_forward_digits_avx2,
    fft_inverse_add_avx2,
    fft_external_product_avx2,
    turn_subtract_avx2,
    lwe_key_switch_avx2,
};

}  // namespace ciphernet
