#include "base/block_pool.hpp"

#include <algorithm>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace ciphernet {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kAlwaysIdleBytes = std::size_t{256} << 20;

/// The peak fades by a byte for so many that come back: a bootstrap moves a hundred gigabytes through the pool and must find
/// the next time what it used at most.
constexpr std::size_t kFading = 1024;

/// Idle blocks are not all of the size that is asked for next: this part of the peak lies idle beside it.
constexpr std::size_t kSpare = 8;

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
    if (void* block = take_idle(bytes)) return block;
    void* block = nullptr;
    try {
        block = allocate(bytes);
    } catch (const std::bad_alloc&) {
        trim(0);
        block = allocate(bytes);
    }
    try {
        const std::lock_guard lock(mutex_);
        lend({block, bytes});
    } catch (const std::bad_alloc&) {
        release(block, bytes);
        throw;
    }
    return block;
}

void* BlockPool::take_idle(std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    const bool exact = bytes < kHugePage;
    auto best = idle_.rend();
    for (auto block = idle_.rbegin(); block != idle_.rend(); ++block) {
        if (block->bytes < bytes || (exact ? block->bytes != bytes : block->bytes / 3 > bytes / 2)) continue;
        if (best == idle_.rend() || block->bytes < best->bytes) best = block;
        if (best->bytes == bytes) break;
    }
    if (best == idle_.rend()) return nullptr;
    const Block block = *best;
    lend(block);
    idle_.erase(std::next(best).base());
    idle_bytes_ -= block.bytes;
    return block.memory;
}

void BlockPool::lend(const Block& block) {
    if (block.bytes >= kHugePage) lent_.emplace(block.memory, block.bytes);
    used_bytes_ += block.bytes;
    peak_bytes_ = std::max(peak_bytes_, used_bytes_);
}

std::size_t BlockPool::most_idle_bytes() const {
    return std::max(always_idle_bytes_, std::min(peak_bytes_ + peak_bytes_ / kSpare - used_bytes_, used_bytes_));
}

void BlockPool::give(void* block, std::size_t bytes) noexcept {
    std::size_t most = 0;
    try {
        const std::lock_guard lock(mutex_);
        if (const auto lent = lent_.find(block); lent != lent_.end()) {
            bytes = lent->second;
            lent_.erase(lent);
        }
        used_bytes_ -= bytes;
        peak_bytes_ -= std::min(peak_bytes_ - used_bytes_, bytes / kFading);
        most = most_idle_bytes();
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
    static BlockPool* const pool = new BlockPool(kAlwaysIdleBytes);
    return *pool;
}

}  // namespace ciphernet
