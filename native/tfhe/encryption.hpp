#pragma once

#include <span>
#include <vector>

#include "base/execution.hpp"
#include "tfhe/ciphertext.hpp"
#include "tfhe/secret_key.hpp"

namespace ciphernet::tfhe {

/// Encrypts messages 0 … 2^(message_bits + 1) - 1, the padding bit included. Throws Error{value_out_of_range} for another.
/// Constant time in key, messages and noise.
SeededLweBatch encrypt(const SecretKey& key, std::span<const u32> messages, RandomSource& random,
                       const Execution& execution);

/// The ciphertexts with their masks.
LweBatch expand(const SeededLweBatch& seeded, const Execution& execution);

/// Messages without noise and mask, which anybody can read: constants of a computation.
LweBatch trivial(std::shared_ptr<const Parameters> parameters, std::span<const u32> messages);

/// The phases b - <a, s>: message and noise. Constant time.
std::vector<u64> phases(const SecretKey& key, const LweBatch& ciphertexts, const Execution& execution);

/// The messages, 0 … 2^(message_bits + 1) - 1: from 2^message_bits on the padding bit is taken.
std::vector<u32> decrypt(const SecretKey& key, const LweBatch& ciphertexts, const Execution& execution);

}  // namespace ciphernet::tfhe
