#include "random/stream.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/assert.hpp"
#include "base/wipe.hpp"

namespace ciphernet {
namespace {

std::array<std::uint8_t, ChaCha20::kNonceBytes> make_nonce(Domain domain, std::uint64_t object, std::uint32_t limb) {
    CIPHERNET_ASSERT(limb < Stream::kMaxLimbs);
    std::array<std::uint8_t, ChaCha20::kNonceBytes> nonce{};
    for (std::size_t i = 0; i < 3; ++i) nonce[i] = static_cast<std::uint8_t>(limb >> (8 * i));
    nonce[3] = static_cast<std::uint8_t>(domain);
    for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] = static_cast<std::uint8_t>(object >> (8 * i));
    return nonce;
}

std::uint64_t load_le64(const std::uint8_t* bytes) {
    std::uint64_t x = 0;
    for (int i = 7; i >= 0; --i) x = x << 8 | bytes[i];
    return x;
}

}  // namespace

Stream::Stream(std::span<const std::uint8_t, kSeedBytes> seed, Domain domain, std::uint64_t object, std::uint32_t limb,
               std::uint32_t block)
    : chacha_(seed, make_nonce(domain, object, limb), block) {}

Stream::Stream(const PublicSeed& seed, std::uint64_t object, std::uint32_t limb)
    : Stream(seed.bytes(), Domain::public_uniform, object, limb, 0) {}

Stream::Stream(const SecretSeed& seed, Domain domain, std::uint64_t object, std::uint32_t limb, std::uint32_t block)
    : Stream(seed.bytes(), domain, object, limb, block) {
    CIPHERNET_ASSERT(domain != Domain::public_uniform);
}

Stream::~Stream() { secure_wipe(buffer_.data(), buffer_.size()); }

void Stream::fill(std::span<std::uint8_t> out) {
    const std::size_t buffered = std::min(out.size(), kBufferBytes - used_);
    std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(used_), buffered, out.begin());
    used_ += buffered;
    out = out.subspan(buffered);
    if (out.empty()) return;

    // The buffer is used up: whole blocks go straight to their place, the rest through the buffer.
    const std::size_t blocks = out.size() / kBufferBytes * (kBufferBytes / ChaCha20::kBlockBytes);
    chacha_.keystream(out.data(), blocks);
    out = out.subspan(blocks * ChaCha20::kBlockBytes);
    if (out.empty()) return;
    chacha_.keystream(buffer_.data(), kBufferBytes / ChaCha20::kBlockBytes);
    std::copy_n(buffer_.begin(), out.size(), out.begin());
    used_ = out.size();
}

void Stream::fill_u64(std::span<std::uint64_t> out) {
    std::uint8_t* bytes = reinterpret_cast<std::uint8_t*>(out.data());
    fill({bytes, out.size_bytes()});
    if constexpr (std::endian::native == std::endian::big) {
        for (auto& x : out) x = load_le64(reinterpret_cast<const std::uint8_t*>(&x));
    }
}

std::uint64_t Stream::next_u64() {
    std::uint8_t bytes[8];
    if (kBufferBytes - used_ >= 8) {
        std::memcpy(bytes, buffer_.data() + used_, 8);
        used_ += 8;
    } else {
        fill(bytes);
    }
    return load_le64(bytes);
}

}  // namespace ciphernet
