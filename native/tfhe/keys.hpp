#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/execution.hpp"
#include "random/seed.hpp"
#include "tfhe/parameters.hpp"

namespace ciphernet::tfhe {

/// What a server needs for look-ups, with seeds in the place of what is uniform: the form that is stored and sent.
struct SeededEvaluationKeys {
    std::shared_ptr<const Parameters> parameters;
    PublicSeed key_switch_seed;
    /// The bodies of LWE encryptions under the small key, modulo 2^32, of s_i / B^(l+1) for bit i of the big key and level l;
    /// row i · levels + l, with the stream of that number for its mask.
    std::vector<u32> key_switch_bodies;
    PublicSeed bootstrap_seed;
    /// The bodies of GLWE encryptions under the big key: of bit i of the small key times 1 / B^(l+1), times -S_j for j < k. GGSW
    /// ciphertext i has rows j · levels + l of N words; mask polynomial m of row r is limb m of stream i · rows + r.
    AlignedBuffer bootstrap_bodies;
    bool insecure = false;

    std::size_t byte_count() const;
};

/// The same as look-ups use it. Holds no secret.
class EvaluationKeys {
public:
    EvaluationKeys(const SeededEvaluationKeys& seeded, const Execution& execution);

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    bool insecure() const { return insecure_; }

    /// Blocks of kLweColumns columns, n + 1 of these with the body, in all.
    std::size_t key_switch_blocks() const;
    /// Block `block`, as Kernels::lwe_key_switch reads it, from row `row` (even) on.
    const std::int16_t* key_switch_block(std::size_t block, std::size_t row) const;
    /// GGSW ciphertext i at the points of the transform, as Kernels::fft_external_product reads it.
    const double* ggsw(std::size_t i) const { return ggsw_.data() + i * ggsw_doubles(); }

    std::size_t byte_count() const;

private:
    std::size_t ggsw_doubles() const;
    void expand_key_switch(const SeededEvaluationKeys& seeded, const Execution& execution);
    void expand_ggsw(const SeededEvaluationKeys& seeded, std::size_t i);

    std::shared_ptr<const Parameters> parameters_;
    AlignedArray<std::int16_t> key_switch_;
    AlignedArray<double> ggsw_;
    bool insecure_;
};

/// `count` uniform words modulo 2^32, row `row` of a seed.
void expand_uniform_32(u32* r, std::size_t count, const PublicSeed& seed, u64 row);

}  // namespace ciphernet::tfhe
