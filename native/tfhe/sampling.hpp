#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/aligned_buffer.hpp"
#include "random/stream.hpp"

namespace ciphernet::tfhe {

/// r[i] from TUniform(b): x with |x| < 2^b has probability 2^-(b+1), -2^b and 2^b half of that, as a word modulo 2^64.
/// 0 <= b <= 60. One word of the stream a sample: its low b + 2 bits are (v + 1) / 2 - 2^b. Constant time.
void sample_tuniform(std::span<u64> r, int b, Stream& stream);

/// r[i] uniform in {0, 1}. Bits of the stream's bytes, lowest first. Constant time.
void sample_binary(std::span<std::uint8_t> r, Stream& stream);

/// The variance of TUniform(b), in squares of its unit.
double tuniform_variance(int b);

}  // namespace ciphernet::tfhe
