#pragma once

#include <cstddef>
#include <cstdint>

#include "base/aligned_buffer.hpp"

namespace ciphernet::io {

// Numbers of `bits` bits each, one after another, the lowest bit first. Public data only.

/// Bytes of `count` numbers; count is a multiple of 8, so that they end with a byte.
constexpr std::size_t packed_bytes(std::size_t count, int bits) { return count / 8 * static_cast<std::size_t>(bits); }

/// 8 <= bits <= 56, every number below 2^bits, count a multiple of 8. Writes packed_bytes() bytes.
void pack(std::uint8_t* out, const u64* numbers, std::size_t count, int bits);

/// Undoes pack(). False when a number is not below `bound` <= 2^bits; all numbers are written nevertheless.
[[nodiscard]] bool unpack(u64* numbers, const std::uint8_t* in, std::size_t count, int bits, u64 bound);

}  // namespace ciphernet::io
