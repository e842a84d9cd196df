#include "random/chacha20.hpp"

#include <string>

#include "base/error.hpp"
#include "base/wipe.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

std::uint32_t load_le32(const std::uint8_t* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

}  // namespace

ChaCha20::ChaCha20(std::span<const std::uint8_t, kKeyBytes> key, std::span<const std::uint8_t, kNonceBytes> nonce,
                   std::uint32_t counter)
    : state_{0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, counter_(counter) {
    for (std::size_t i = 0; i < 8; ++i) state_[4 + i] = load_le32(key.data() + 4 * i);
    for (std::size_t i = 0; i < 3; ++i) state_[13 + i] = load_le32(nonce.data() + 4 * i);
}

ChaCha20::~ChaCha20() { secure_wipe(state_.data(), sizeof(state_)); }

void ChaCha20::keystream(std::uint8_t* out, std::size_t blocks) {
    if (blocks > kMaxBlocks - counter_) {
        throw Error(ErrorCode::internal, "ChaCha20: " + std::to_string(blocks) + " blocks wanted, but only " +
                                             std::to_string(kMaxBlocks - counter_) + " are left under this nonce");
    }
    state_[12] = static_cast<std::uint32_t>(counter_);
    kernels().chacha20(out, state_.data(), blocks);
    counter_ += blocks;
}

}  // namespace ciphernet
