#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciphernet {

using Sha256Digest = std::array<std::uint8_t, 32>;

/// SHA-256 (FIPS 180-4) of bytes that come in pieces: fingerprints of parameter sets. Public data only.
class Sha256 {
public:
    /// Messages below 2^61 bytes.
    void update(std::span<const std::uint8_t> bytes);
    /// The digest of everything so far; update may go on afterwards.
    Sha256Digest digest() const;

private:
    void compress(const std::uint8_t* block);

    std::array<std::uint32_t, 8> state_{0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    std::array<std::uint8_t, 64> buffer_{};
    std::uint64_t length_ = 0;  ///< bytes so far; the last length_ % 64 of them wait in buffer_
};

/// SHA-256 of one message.
Sha256Digest sha256(std::span<const std::uint8_t> bytes);

}  // namespace ciphernet
