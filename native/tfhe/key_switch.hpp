#pragma once

#include <cstddef>
#include <vector>

#include "base/execution.hpp"
#include "tfhe/ciphertext.hpp"
#include "tfhe/keys.hpp"

namespace ciphernet::tfhe {

/// LWE ciphertexts under the small key modulo 2^32, `stride` words each: n of mask, the body, then padding.
struct SmallLweBatch {
    std::size_t stride;
    AlignedArray<u32> words;

    u32* at(std::size_t i) { return words.data() + i * stride; }
    const u32* at(std::size_t i) const { return words.data() + i * stride; }
};

/// Switches ciphertexts to the small key: a product of the matrix of all their digits with the key, modulo 2^32, block by
/// block of its columns. What rounding a mask to its digits takes away, times the unknown bit, has the mean of half of it;
/// that is put back (as in switch_modulus), so that half of its variance is left.
SmallLweBatch switch_keys(const EvaluationKeys& keys, const LweBatch& ciphertexts, const Execution& execution);

/// r, n + 1 of them: mask and body rounded to multiples of 1 / 2N of the torus, as numbers below 2N. Centred: the roundings
/// d_i of the mask add sum d_i s_i to the phase, which for uniform bits s_i has the mean sum d_i / 2; that is public
/// and taken off the body before it is rounded, which halves the variance. (The drift of the phase that Bernard, Joye,
/// Smart and Walter, "Drifting towards better error probabilities in fully homomorphic encryption schemes", 2024/1718,
/// mitigate by added zeros; the mean is what tfhe-rs 1.x takes off.)
void switch_modulus(u32* r, const u32* ciphertext, std::size_t dimension, int log_n);

}  // namespace ciphernet::tfhe
