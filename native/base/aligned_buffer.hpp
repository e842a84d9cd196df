#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace ciphernet {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

/// One 64-byte-aligned block of words: a cache line, and the widest register, never straddle two limbs.
/// Contents are uninitialised. Move-only. Large blocks come from and go back to a pool (block_pool.hpp).
class AlignedBuffer {
public:
    AlignedBuffer() = default;
    /// Throws std::bad_alloc.
    explicit AlignedBuffer(std::size_t words);
    ~AlignedBuffer() { release(); }
    AlignedBuffer(AlignedBuffer&& other) noexcept
        : words_(std::exchange(other.words_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    AlignedBuffer& operator=(AlignedBuffer&& other) noexcept {
        std::swap(words_, other.words_);
        std::swap(size_, other.size_);
        return *this;
    }

    u64* data() { return words_; }
    const u64* data() const { return words_; }
    std::size_t size() const { return size_; }
    std::span<u64> span() { return {data(), size_}; }
    std::span<const u64> span() const { return {data(), size_}; }

private:
    void release() noexcept;

    u64* words_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace ciphernet
