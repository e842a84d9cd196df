#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "tfhe/ciphertext.hpp"
#include "tfhe/keys.hpp"

namespace ciphernet::tfhe {

/// A table of 2^message_bits entries, each below 2^(message_bits + 1).
using LookUpTable = std::vector<u32>;

/// r_i = sum over j of weights[i · columns + j] x_j + constants[i]: whole numbers, modulo 2^(message_bits + 1) on messages.
struct LinearMap {
    std::size_t rows;
    std::size_t columns;
    std::span<const std::int32_t> weights;
    std::span<const std::int32_t> constants;  ///< empty for none
};

/// Operations on batches. Results do not depend on threads, nor on how a batch is cut into tiles or calls.
class Evaluator {
public:
    /// Ciphertexts that pass through the bootstrapping key together, at most: their accumulators and a GGSW ciphertext fill
    /// about half of a second-level cache at N = 2048.
    static constexpr std::size_t kTile = 8;

    explicit Evaluator(std::shared_ptr<const EvaluationKeys> keys) : keys_(std::move(keys)) {}

    const std::shared_ptr<const EvaluationKeys>& keys() const { return keys_; }

    /// Ciphertext i becomes tables[choice[i]] of its message, with the noise of a bootstrap; an empty choice takes the one
    /// table for all. Key switch, modulus switch, blind rotation, sample extraction. Messages whose padding bit is taken
    /// give the negated entry of what is below it. Tells of every ciphertext.
    LweBatch apply_lut(const LweBatch& x, std::span<const LookUpTable> tables, std::span<const u32> choice,
                       const Execution& execution, std::size_t tile = kTile) const;

private:
    std::shared_ptr<const EvaluationKeys> keys_;
};

/// x + y and x - y, ciphertext by ciphertext.
LweBatch add(const LweBatch& x, const LweBatch& y, const Execution& execution);
LweBatch subtract(const LweBatch& x, const LweBatch& y, const Execution& execution);
LweBatch apply_linear_map(const LinearMap& map, const LweBatch& x, const Execution& execution);

}  // namespace ciphernet::tfhe
