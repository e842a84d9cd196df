#include "random/chacha20.hpp"

#include <string>

#include "base/error.hpp"
#include "base/wipe.hpp"

namespace ciphernet {
namespace {

std::uint32_t load_le32(const std::uint8_t* bytes) {
    return static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8 |
           static_cast<std::uint32_t>(bytes[2]) << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

void store_le32(std::uint8_t* bytes, std::uint32_t x) {
    bytes[0] = static_cast<std::uint8_t>(x);
    bytes[1] = static_cast<std::uint8_t>(x >> 8);
    bytes[2] = static_cast<std::uint8_t>(x >> 16);
    bytes[3] = static_cast<std::uint8_t>(x >> 24);
}

/// One word of the state of four consecutive blocks: a 128-bit vector, which is in the baseline of every 64-bit target.
/// (The vector extension of GCC and Clang: plain loops over lanes ran half as fast.)
constexpr std::size_t kLanes = 4;
using Lanes = std::uint32_t __attribute__((vector_size(4 * kLanes)));

template <int Bits>
inline Lanes rotate_left(Lanes x) {
    return (x << Bits) | (x >> (32 - Bits));
}

/// RFC 8439 section 2.1.
inline void quarter_round(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
    a += b;
    d = rotate_left<16>(d ^ a);
    c += d;
    b = rotate_left<12>(b ^ c);
    a += b;
    d = rotate_left<8>(d ^ a);
    c += d;
    b = rotate_left<7>(b ^ c);
}

/// Blocks counter … counter + 3; counters are taken modulo 2^32, and the caller uses only those below.
void block_group(std::uint8_t* out, const std::array<std::uint32_t, 16>& state, std::uint32_t counter) {
    Lanes initial[16];
    for (std::size_t w = 0; w < 16; ++w) initial[w] = Lanes{} + state[w];
    initial[12] = Lanes{0, 1, 2, 3} + counter;

    Lanes x[16];
    for (std::size_t w = 0; w < 16; ++w) x[w] = initial[w];
    for (int round = 0; round < 20; round += 2) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (std::size_t w = 0; w < 16; ++w) x[w] += initial[w];
    for (std::size_t l = 0; l < kLanes; ++l) {
        for (std::size_t w = 0; w < 16; ++w) store_le32(out + 64 * l + 4 * w, x[w][l]);
    }
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
    while (blocks >= kLanes) {
        block_group(out, state_, static_cast<std::uint32_t>(counter_));
        counter_ += kLanes;
        out += kLanes * kBlockBytes;
        blocks -= kLanes;
    }
    if (blocks > 0) {
        std::uint8_t group[kLanes * kBlockBytes];
        block_group(group, state_, static_cast<std::uint32_t>(counter_));
        counter_ += blocks;
        for (std::size_t i = 0; i < blocks * kBlockBytes; ++i) out[i] = group[i];
        secure_wipe(group, sizeof(group));
    }
}

}  // namespace ciphernet
