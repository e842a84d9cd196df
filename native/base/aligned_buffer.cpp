#include "base/aligned_buffer.hpp"

#include <limits>
#include <new>

namespace ciphernet {
namespace {

constexpr std::align_val_t kAlignment{64};

}  // namespace

AlignedBuffer::AlignedBuffer(std::size_t words) : size_(words) {
    if (words == 0) return;
    if (words > std::numeric_limits<std::size_t>::max() / sizeof(u64)) throw std::bad_alloc();
    words_.reset(static_cast<u64*>(::operator new(words * sizeof(u64), kAlignment)));
}

void AlignedBuffer::Free::operator()(u64* words) const { ::operator delete(words, kAlignment); }

}  // namespace ciphernet
