#include "base/block_pool.hpp"

#include <algorithm>
#include <bit>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ciphernet {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kMostIdleBytes = std::size_t{256} << 20;

/// How much is allocated for so many bytes.
std::size_t class_of(std::size_t bytes) {
    if (bytes < kHugePage) return bytes;
    const std::size_t step = std::bit_floor(bytes) / 8;
    return (bytes + step - 1) / step * step;
}

std::align_val_t alignment_of(std::size_t bytes) { return std::align_val_t{bytes >= kHugePage ? kHugePage : 64}; }

void* allocate(std::size_t bytes) {
    void* block = ::operator new(bytes, alignment_of(bytes));
#if defined(__linux__)
    // A wish: without huge pages everything works, only slower.
    if (bytes >= kHugePage) static_cast<void>(madvise(block, bytes, MADV_HUGEPAGE));
#endif
    return block;
}

void release(void* block, std::size_t bytes) noexcept { ::operator delete(block, alignment_of(bytes)); }

}  // namespace

void* BlockPool::take(std::size_t wanted) {
    const std::size_t bytes = class_of(wanted);
    {
        const std::lock_guard lock(mutex_);
        used_bytes_ += bytes;
        const auto found =
            std::find_if(idle_.rbegin(), idle_.rend(), [bytes](const Block& b) { return b.bytes == bytes; });
        if (found != idle_.rend()) {
            void* block = found->memory;
            idle_.erase(std::next(found).base());
            idle_bytes_ -= bytes;
            return block;
        }
    }
    try {
        return allocate(bytes);
    } catch (const std::bad_alloc&) {
        trim(0);
    }
    try {
        return allocate(bytes);
    } catch (const std::bad_alloc&) {
        const std::lock_guard lock(mutex_);
        used_bytes_ -= bytes;
        throw;
    }
}

void BlockPool::give(void* block, std::size_t wanted) noexcept {
    const std::size_t bytes = class_of(wanted);
    std::size_t most = 0;
    try {
        const std::lock_guard lock(mutex_);
        used_bytes_ -= bytes;
        most = std::max(most_idle_bytes_, used_bytes_ / 8);
        idle_.push_back({block, bytes});
        idle_bytes_ += bytes;
    } catch (const std::bad_alloc&) {
        release(block, bytes);
        return;
    }
    trim(most);
}

void BlockPool::trim(std::size_t bytes) noexcept {
    const std::lock_guard lock(mutex_);
    std::size_t count = 0;
    while (idle_bytes_ > bytes) {
        const Block& oldest = idle_[count++];
        idle_bytes_ -= oldest.bytes;
        release(oldest.memory, oldest.bytes);
    }
    idle_.erase(idle_.begin(), idle_.begin() + static_cast<std::ptrdiff_t>(count));
}

std::size_t BlockPool::idle_bytes() const {
    const std::lock_guard lock(mutex_);
    return idle_bytes_;
}

BlockPool& BlockPool::process() {
    // Never destroyed: blocks come back from objects that live until the process ends.
    static BlockPool* const pool = new BlockPool(kMostIdleBytes);
    return *pool;
}

}  // namespace ciphernet
