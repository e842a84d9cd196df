// The loops over residues on NEON (64-bit ARM, where every CPU has it).

#include "kernels/doubles_loops.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {

extern const Kernels kKernelsNeon = {
    "neon",
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
    ntt_forward_neon,
    ntt_forward_centred_neon,
    ntt_inverse_neon,
    pack,
    unpack,
    chacha20_neon,
    select_below_neon,
    gaussian_neon,
    to_slots_neon,
    from_slots_neon,
    to_slots_wide_neon,
    from_slots_wide_neon,
    4,
    fft_forward_torus_neon,
    fft_forward_digits_neon,
    fft_inverse_add_neon,
    fft_external_product_neon,
    turn_subtract_neon,
    lwe_key_switch_neon,
};

}  // namespace ciphernet
