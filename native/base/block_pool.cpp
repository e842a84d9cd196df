#include "base/block_pool.hpp"

#include <algorithm>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ciphernet {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kMostIdleBytes = std::size_t{256} << 20;

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

void* BlockPool::take(std::size_t bytes) {
    {
        const std::lock_guard lock(mutex_);
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
        return allocate(bytes);
    }
}

void BlockPool::give(void* block, std::size_t bytes) noexcept {
    try {
        const std::lock_guard lock(mutex_);
        idle_.push_back({block, bytes});
        idle_bytes_ += bytes;
    } catch (const std::bad_alloc&) {
        release(block, bytes);
        return;
    }
    trim(most_idle_bytes_);
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
