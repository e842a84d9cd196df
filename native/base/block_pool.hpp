#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace ciphernet {

/// Keeps the blocks that polynomials gave back, so that an operation in steady state neither asks the operating system
/// for memory nor waits for it to be zeroed (at N = 2^15 that costs more than the arithmetic). A block below 2 MiB is handed
/// out again for its own size only, the latest first; a larger one for anything that fills two thirds of it, the smallest
/// first, so that a ciphertext which loses level after level finds blocks. When more than the limit lies idle, the oldest go
/// back. The limit follows what was in use at most, so that work which comes back finds its memory: idle blocks never raise
/// the process above that and an eighth, nor take more than is still in use. That mark fades as blocks come back. Contents are not cleared: whoever held a secret wipes it before giving the block back.
class BlockPool {
public:
    /// `always_idle_bytes` may lie idle whatever is in use.
    explicit BlockPool(std::size_t always_idle_bytes) : always_idle_bytes_(always_idle_bytes) {}
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

    /// The process's pool; 256 MiB may always lie idle.
    static BlockPool& process();

private:
    struct Block {
        void* memory;
        std::size_t bytes;
    };

    void* take_idle(std::size_t bytes);
    void lend(const Block& block);
    std::size_t most_idle_bytes() const;

    mutable std::mutex mutex_;
    std::vector<Block> idle_;  ///< in the order they came back
    std::size_t idle_bytes_ = 0;
    std::size_t used_bytes_ = 0;
    std::size_t peak_bytes_ = 0;                   ///< the most that was in use, less what faded since
    std::unordered_map<void*, std::size_t> lent_;  ///< what blocks from 2 MiB on hold, while they are out
    std::size_t always_idle_bytes_;
};

}  // namespace ciphernet
