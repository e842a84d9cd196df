#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.hpp"
#include "base/execution.hpp"
#include "tfhe/keys.hpp"

namespace ciphernet::tfhe {

/// r, N words: the test polynomial of a table, whose coefficient at a phase rounded to 1 / 2N is the entry of the message
/// that the phase stands for. Entry m fills the N / 2^message_bits coefficients around m; the half of entry 0 that lies
/// below phase 0 stands at the top with the other sign, since X^N = -1.
void make_test_polynomial(u64* r, const Parameters& parameters, std::span<const u32> table);

/// Accumulators of a tile of ciphertexts that pass through the bootstrapping key together, so that an entry of the key is
/// read from memory once a tile.
class BlindRotation {
public:
    BlindRotation(const EvaluationKeys& keys, std::size_t tile);

    /// acc_t = X^-(b_t - sum a_ti s_i) v_t for every t < count <= tile: by n controlled multiplexers, acc += GGSW(s_i) x ((X^a -
    /// 1) acc) (Chillotti, Gama, Georgieva, Izabachene, "TFHE: fast fully homomorphic encryption over the torus", 2018,
    /// algorithm 9). phases are n + 1 numbers below 2N each, from switch_modulus; polynomials N words. What a ciphertext gives
    /// does not depend on its neighbours.
    void run(const u32* const* phases, const u64* const* polynomials, std::size_t count, const Execution& execution);

    /// The LWE ciphertext of the constant coefficient of acc_t, k N + 1 words (sample extraction).
    void extract(u64* r, std::size_t t) const;

private:
    u64* accumulator(std::size_t t) { return accumulators_.data() + t * glwe_words_; }
    const u64* accumulator(std::size_t t) const { return accumulators_.data() + t * glwe_words_; }
    void start(std::size_t t, const u64* polynomial, u32 phase);
    /// The gadget digits of (X^turn - 1) acc_t at the points of the transform.
    void decompose(double* r, std::size_t t, u32 turn);

    const EvaluationKeys& keys_;
    const Parameters& parameters_;
    std::size_t glwe_words_;
    AlignedBuffer accumulators_;
    AlignedBuffer turned_;
    AlignedArray<double> digits_;    ///< of kTogether ciphertexts
    AlignedArray<double> products_;  ///< likewise
};

}  // namespace ciphernet::tfhe
