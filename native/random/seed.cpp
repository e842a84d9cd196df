#include "random/seed.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "base/wipe.hpp"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
// windows.h first: bcrypt.h needs its types.
#include <bcrypt.h>
#elif defined(__linux__)
#include <sys/random.h>

#include <cerrno>
#else
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>
#endif

namespace ciphernet {

void fill_from_system(std::span<std::uint8_t> out) {
#if defined(_WIN32)
    const auto status =
        BCryptGenRandom(nullptr, out.data(), static_cast<ULONG>(out.size()), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    if (status < 0) throw Error(ErrorCode::system, "BCryptGenRandom failed with status " + std::to_string(status));
#else
    // Both calls give at most 256 bytes at once without a short read.
    constexpr std::size_t kChunk = 256;
    for (std::size_t done = 0; done < out.size();) {
        const std::size_t size = std::min(kChunk, out.size() - done);
#if defined(__linux__)
        const auto got = getrandom(out.data() + done, size, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) throw Error(ErrorCode::system, "getrandom failed with errno " + std::to_string(errno));
        done += static_cast<std::size_t>(got);
#else
        if (getentropy(out.data() + done, size) != 0) {
            throw Error(ErrorCode::system, "getentropy failed with errno " + std::to_string(errno));
        }
        done += size;
#endif
    }
#endif
}

PublicSeed PublicSeed::from_system() {
    PublicSeed seed;
    fill_from_system(seed.bytes_);
    return seed;
}

PublicSeed PublicSeed::from_bytes(std::span<const std::uint8_t, kSeedBytes> bytes) {
    PublicSeed seed;
    std::copy(bytes.begin(), bytes.end(), seed.bytes_.begin());
    return seed;
}

SecretSeed SecretSeed::from_system() {
    SecretSeed seed;
    fill_from_system(seed.bytes_);
    return seed;
}

SecretSeed SecretSeed::from_bytes(std::span<const std::uint8_t, kSeedBytes> bytes) {
    SecretSeed seed;
    std::copy(bytes.begin(), bytes.end(), seed.bytes_.begin());
    return seed;
}

SecretSeed::SecretSeed(SecretSeed&& other) noexcept : bytes_(other.bytes_) {
    secure_wipe(other.bytes_.data(), other.bytes_.size());
}

SecretSeed& SecretSeed::operator=(SecretSeed&& other) noexcept {
    if (this != &other) {
        bytes_ = other.bytes_;
        secure_wipe(other.bytes_.data(), other.bytes_.size());
    }
    return *this;
}

SecretSeed::~SecretSeed() { secure_wipe(bytes_.data(), bytes_.size()); }

}  // namespace ciphernet
