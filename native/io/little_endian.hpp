#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ciphernet::io {

/// The `size` <= 8 bytes of x, the lowest first.
inline void store_le(std::uint8_t* out, std::uint64_t x, std::size_t size = 8) {
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(out, &x, size);
    } else {
        for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(x >> (8 * i));
    }
}

inline std::uint64_t load_le(const std::uint8_t* in, std::size_t size = 8) {
    std::uint64_t x = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&x, in, size);
    } else {
        for (std::size_t i = 0; i < size; ++i) x |= static_cast<std::uint64_t>(in[i]) << (8 * i);
    }
    return x;
}

}  // namespace ciphernet::io
