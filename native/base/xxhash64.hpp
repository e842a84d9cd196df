#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciphernet {

/// XXH64 (the xxHash fast digest algorithm, specification 0.1.1) of bytes that come in pieces: finds bytes that were
/// damaged by accident. Not a security measure: whoever alters a file can alter the checksum too. Public data only.
class XxHash64 {
public:
    explicit XxHash64(std::uint64_t seed = 0);
    void update(std::span<const std::uint8_t> bytes);
    /// The hash of everything so far; update may go on afterwards.
    std::uint64_t digest() const;

private:
    std::uint64_t seed_;
    std::array<std::uint64_t, 4> lanes_;
    std::array<std::uint8_t, 32> buffer_{};
    std::uint64_t length_ = 0;  ///< bytes so far; the last length_ % 32 of them wait in buffer_
};

/// XXH64 of one message.
std::uint64_t xxhash64(std::span<const std::uint8_t> bytes, std::uint64_t seed = 0);

}  // namespace ciphernet
