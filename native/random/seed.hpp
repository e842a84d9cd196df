#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ciphernet {

inline constexpr std::size_t kSeedBytes = 32;

/// Fills `out` from the operating system's generator (getrandom, getentropy, BCryptGenRandom).
/// Throws ErrorCode::system when it refuses.
void fill_from_system(std::span<std::uint8_t> out);

/// The seed of a uniform polynomial that everybody may know: it stands in keys and ciphertexts in the polynomial's
/// place. Copyable and readable; public data only.
class PublicSeed {
public:
    static PublicSeed from_system();
    static PublicSeed from_bytes(std::span<const std::uint8_t, kSeedBytes> bytes);

    std::span<const std::uint8_t, kSeedBytes> bytes() const { return bytes_; }
    friend bool operator==(const PublicSeed&, const PublicSeed&) = default;

private:
    PublicSeed() = default;
    std::array<std::uint8_t, kSeedBytes> bytes_{};
};

/// The seed of secrets and errors. Move-only, wiped when moved from and when destroyed, and no conversion to or from
/// PublicSeed, so that it cannot land in something that is sent.
class SecretSeed {
public:
    static SecretSeed from_system();
    /// Copies; wiping the source is the caller's task.
    static SecretSeed from_bytes(std::span<const std::uint8_t, kSeedBytes> bytes);

    SecretSeed(SecretSeed&& other) noexcept;
    SecretSeed& operator=(SecretSeed&& other) noexcept;
    SecretSeed(const SecretSeed&) = delete;
    SecretSeed& operator=(const SecretSeed&) = delete;
    ~SecretSeed();

    std::span<const std::uint8_t, kSeedBytes> bytes() const { return bytes_; }

private:
    SecretSeed() = default;
    std::array<std::uint8_t, kSeedBytes> bytes_{};
};

}  // namespace ciphernet
