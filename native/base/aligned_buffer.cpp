#include "base/aligned_buffer.hpp"

#include <limits>
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

AlignedBuffer::AlignedBuffer(std::size_t words) : size_(words) {
    if (words == 0) return;
    if (words > std::numeric_limits<std::size_t>::max() / sizeof(u64)) throw std::bad_alloc();
    const std::size_t bytes = words * sizeof(u64);
    words_ = static_cast<u64*>(pooled(bytes) ? BlockPool::process().take(bytes) : ::operator new(bytes, kAlignment));
}

void AlignedBuffer::release() noexcept {
    if (!words_) return;
    const std::size_t bytes = size_ * sizeof(u64);
    if (pooled(bytes))
        BlockPool::process().give(words_, bytes);
    else
        ::operator delete(words_, kAlignment);
    words_ = nullptr;
    size_ = 0;
}

}  // namespace ciphernet
