#include "random/random_source.hpp"

#include <array>
#include <mutex>
#include <utility>

#include "base/assert.hpp"
#include "base/wipe.hpp"
#include "random/stream.hpp"

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

namespace ciphernet {
namespace {

long process_id() {
#if defined(_WIN32)
    return _getpid();
#else
    return getpid();
#endif
}

}  // namespace

struct RandomSource::State {
    std::mutex mutex;
    SecretSeed key;
    bool insecure;
    long pid;

    State(SecretSeed first_key, bool is_insecure)
        : key(std::move(first_key)), insecure(is_insecure), pid(process_id()) {}

    /// The next 32 bytes, of a keystream whose key is replaced at once by its own first half.
    void next(std::span<std::uint8_t, kSeedBytes> out, std::uint64_t kind) {
        const std::lock_guard lock(mutex);
        if (!insecure && process_id() != pid) {
            key = SecretSeed::from_system();
            pid = process_id();
        }
        std::array<std::uint8_t, kSeedBytes> fresh;
        {
            Stream stream(key, Domain::child_seed, kind, 0);
            stream.fill(fresh);
            stream.fill(out);
        }
        key = SecretSeed::from_bytes(fresh);
        secure_wipe(fresh.data(), fresh.size());
    }
};

namespace {
// The stream's object tells the two kinds apart: a published seed is never also a secret one.
constexpr std::uint64_t kPublicKind = 0;
constexpr std::uint64_t kSecretKind = 1;
}  // namespace

RandomSource::RandomSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
RandomSource::RandomSource(RandomSource&&) noexcept = default;
RandomSource& RandomSource::operator=(RandomSource&&) noexcept = default;
RandomSource::~RandomSource() = default;

RandomSource RandomSource::system() { return RandomSource(std::make_unique<State>(SecretSeed::from_system(), false)); }

RandomSource RandomSource::insecure_deterministic(std::uint64_t seed) {
    std::array<std::uint8_t, kSeedBytes> bytes{};
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(seed >> (8 * i));
    return RandomSource(std::make_unique<State>(SecretSeed::from_bytes(bytes), true));
}

bool RandomSource::insecure() const {
    CIPHERNET_ASSERT(state_ != nullptr);
    return state_->insecure;
}

PublicSeed RandomSource::next_public_seed() {
    CIPHERNET_ASSERT(state_ != nullptr);
    std::array<std::uint8_t, kSeedBytes> bytes;
    state_->next(bytes, kPublicKind);
    return PublicSeed::from_bytes(bytes);
}

SecretSeed RandomSource::next_secret_seed() {
    CIPHERNET_ASSERT(state_ != nullptr);
    std::array<std::uint8_t, kSeedBytes> bytes;
    state_->next(bytes, kSecretKind);
    SecretSeed seed = SecretSeed::from_bytes(bytes);
    secure_wipe(bytes.data(), bytes.size());
    return seed;
}

}  // namespace ciphernet
