#pragma once

#include <cstdint>
#include <memory>

#include "random/seed.hpp"

namespace ciphernet {

/// What a key generator or an encryptor holds: it hands out a fresh seed for every object that is made. Passed in
/// explicitly, never global. Move-only; all members may be called from any thread.
///
/// Each seed erases the state that gave it (ChaCha20 with fast key erasure, as in D. J. Bernstein, "Fast-key-erasure
/// random-number generators", 2017), so a later look into memory does not reveal earlier seeds. After a fork the child
/// notices its new process id and starts again from the system, so that parent and child never hand out the same seed.
/// Constant time in the state.
class RandomSource {
public:
    /// Seeded from the operating system. Throws ErrorCode::system when that fails.
    static RandomSource system();
    /// For tests only: the same seed gives the same objects on every machine, also after a fork. What is made from it
    /// is marked as insecure.
    static RandomSource insecure_deterministic(std::uint64_t seed);

    RandomSource(RandomSource&&) noexcept;
    RandomSource& operator=(RandomSource&&) noexcept;
    ~RandomSource();

    /// Whether the seeds can be predicted.
    bool insecure() const;

    /// A fresh seed for a uniform polynomial (or several, numbered by the stream's object).
    PublicSeed next_public_seed();
    /// A fresh seed for secrets and errors of one object.
    SecretSeed next_secret_seed();

private:
    struct State;
    explicit RandomSource(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace ciphernet
