#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "random/chacha20.hpp"
#include "random/seed.hpp"

namespace ciphernet {

/// What a stream is for. The tag is part of the nonce, so two purposes never share keystream under one seed.
/// The values are part of the file format (public_uniform) and never change their meaning.
enum class Domain : std::uint8_t {
    public_uniform = 1,  ///< uniform polynomials of keys and ciphertexts; the only one of public seeds
    secret = 2,          ///< secret keys
    error = 3,           ///< errors of keys and ciphertexts
    ephemeral = 4,       ///< the one-time secret of a public-key encryption
    flood = 5,           ///< noise added before a decryption is shared
    child_seed = 6,      ///< seeds handed out by a RandomSource
};

/// The ChaCha20 keystream (RFC 8439) whose key is a seed and whose nonce names the object:
///
///     nonce bytes 0 … 2   limb, little endian, below 2^24
///     nonce byte  3       domain
///     nonce bytes 4 … 11  object, little endian
///
/// The block counter starts at 0. Streams are derived by (object, limb), never by thread, so that results do not depend
/// on the thread count; a (seed, domain, object, limb) is used for one thing only. At most 256 GiB a stream.
/// Constant time in seed and output. One thread at a time.
class Stream {
public:
    static constexpr std::uint32_t kMaxLimbs = std::uint32_t{1} << 24;

    /// Domain::public_uniform. limb < 2^24.
    Stream(const PublicSeed& seed, std::uint64_t object, std::uint32_t limb);
    /// Any domain but public_uniform. limb < 2^24. From block `block` of the keystream on, 64 bytes each: a part of a
    /// stream, for threads that share one.
    Stream(const SecretSeed& seed, Domain domain, std::uint64_t object, std::uint32_t limb, std::uint32_t block = 0);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// The next bytes of the keystream.
    void fill(std::span<std::uint8_t> out);
    /// The next 8 · size bytes as little-endian words, on every machine.
    void fill_u64(std::span<std::uint64_t> out);
    /// The next 8 bytes as a little-endian word.
    std::uint64_t next_u64();

private:
    Stream(std::span<const std::uint8_t, kSeedBytes> seed, Domain domain, std::uint64_t object, std::uint32_t limb,
           std::uint32_t block);

    /// As many blocks as the widest path makes at a time.
    static constexpr std::size_t kBufferBytes = 16 * ChaCha20::kBlockBytes;
    ChaCha20 chacha_;
    std::size_t used_ = kBufferBytes;  ///< bytes of buffer_ that were given out
    std::array<std::uint8_t, kBufferBytes> buffer_;
};

}  // namespace ciphernet
