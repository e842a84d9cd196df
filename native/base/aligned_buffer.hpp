#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace ciphernet {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;
__extension__ typedef unsigned __int128 u128;
__extension__ typedef __int128 i128;

/// Memory aligned to 64 bytes. Large blocks come from and go back to a pool (block_pool.hpp). Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
void release_aligned(void* memory, std::size_t bytes) noexcept;

/// One 64-byte-aligned block of numbers: a cache line, and the widest register, never straddle two limbs.
/// Contents are uninitialised. Move-only.
template <class Number>
class AlignedArray {
    static_assert(std::is_trivially_copyable_v<Number> && std::is_trivially_destructible_v<Number>);

public:
    AlignedArray() = default;
    /// Throws std::bad_alloc.
    explicit AlignedArray(std::size_t size) : size_(size) {
        if (size == 0) return;
        if (size > std::numeric_limits<std::size_t>::max() / sizeof(Number)) throw std::bad_alloc();
        numbers_ = static_cast<Number*>(allocate_aligned(size * sizeof(Number)));
    }
    ~AlignedArray() {
        if (numbers_) release_aligned(numbers_, size_ * sizeof(Number));
    }
    AlignedArray(AlignedArray&& other) noexcept
        : numbers_(std::exchange(other.numbers_, nullptr)), size_(std::exchange(other.size_, 0)) {}
    AlignedArray& operator=(AlignedArray&& other) noexcept {
        std::swap(numbers_, other.numbers_);
        std::swap(size_, other.size_);
        return *this;
    }

    Number* data() { return numbers_; }
    const Number* data() const { return numbers_; }
    std::size_t size() const { return size_; }
    std::span<Number> span() { return {data(), size_}; }
    std::span<const Number> span() const { return {data(), size_}; }

private:
    Number* numbers_ = nullptr;
    std::size_t size_ = 0;
};

/// A block of words.
using AlignedBuffer = AlignedArray<u64>;

}  // namespace ciphernet
