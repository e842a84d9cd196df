#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciphernet {

/// The ChaCha20 keystream of RFC 8439: 256-bit key, 96-bit nonce, 32-bit block counter.
/// Constant time in key and keystream: additions, exclusive ors and fixed rotations only.
class ChaCha20 {
public:
    static constexpr std::size_t kKeyBytes = 32;
    static constexpr std::size_t kNonceBytes = 12;
    static constexpr std::size_t kBlockBytes = 64;
    /// A key and nonce give this many blocks and no more: the counter never wraps.
    static constexpr std::uint64_t kMaxBlocks = std::uint64_t{1} << 32;

    /// The keystream from block `counter` on.
    ChaCha20(std::span<const std::uint8_t, kKeyBytes> key, std::span<const std::uint8_t, kNonceBytes> nonce,
             std::uint32_t counter = 0);
    ~ChaCha20();
    ChaCha20(const ChaCha20&) = delete;
    ChaCha20& operator=(const ChaCha20&) = delete;

    /// Writes the next `blocks` blocks, 64 bytes each. Throws ErrorCode::internal, having written nothing, if the
    /// counter would pass 2^32.
    void keystream(std::uint8_t* out, std::size_t blocks);

    /// Index of the block that comes next; 2^32 when the keystream is used up.
    std::uint64_t position() const { return counter_; }

private:
    std::array<std::uint32_t, 16> state_;  ///< constants, key, counter, nonce; RFC 8439 section 2.3
    std::uint64_t counter_;
};

}  // namespace ciphernet
