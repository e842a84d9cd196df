#include "base/aligned_buffer.hpp"

#include <new>

#include "base/block_pool.hpp"

namespace ciphernet {
namespace {

constexpr std::align_val_t kAlignment{64};

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPooled = false;  // a pool would hide a use after free
#else
constexpr bool kPooled = true;
#endif
/// Smaller blocks are the allocator's own business.
constexpr std::size_t kSmallestPooledBytes = std::size_t{16} << 10;

bool pooled(std::size_t bytes) { return kPooled && bytes >= kSmallestPooledBytes; }

}  // namespace

void* allocate_aligned(std::size_t bytes) {
    return pooled(bytes) ? BlockPool::process().take(bytes) : ::operator new(bytes, kAlignment);
}

void release_aligned(void* memory, std::size_t bytes) noexcept {
    if (pooled(bytes))
        BlockPool::process().give(memory, bytes);
    else
        ::operator delete(memory, kAlignment);
}

}  // namespace ciphernet
