#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

namespace ciphernet {

/// Keeps the blocks that polynomials gave back, so that an operation in steady state neither asks the operating system
/// for memory nor waits for it to be zeroed (at N = 2^15 that costs more than the arithmetic). Blocks are handed out
/// again for sizes of the same class, the latest first: from 2 MiB on a class is an eighth of an octave, so that a ciphertext
/// that loses level after level finds blocks; below, every size is one. When more than the limit lies idle, the oldest go back.
/// Contents are not cleared: whoever held a secret wipes it before giving the block back.
class BlockPool {
public:
    /// At most `most_idle_bytes`, or an eighth of what is in use where that is more, lies idle.
    explicit BlockPool(std::size_t most_idle_bytes) : most_idle_bytes_(most_idle_bytes) {}
    ~BlockPool() { trim(0); }
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;

    /// A block of `bytes` bytes, aligned to 64 (from 2 MiB on to 2 MiB, in huge pages where the system has them).
    /// Throws std::bad_alloc, after giving back all that lies idle.
    void* take(std::size_t bytes);
    void give(void* block, std::size_t bytes) noexcept;
    /// Gives idle blocks back until at most `bytes` are left.
    void trim(std::size_t bytes) noexcept;

    std::size_t idle_bytes() const;

    /// The process's pool; it keeps 256 MiB, or an eighth of what is in use.
    static BlockPool& process();

private:
    struct Block {
        void* memory;
        std::size_t bytes;
    };

    mutable std::mutex mutex_;
    std::vector<Block> idle_;  ///< in the order they came back
    std::size_t idle_bytes_ = 0;
    std::size_t used_bytes_ = 0;
    std::size_t most_idle_bytes_;
};

}  // namespace ciphernet
