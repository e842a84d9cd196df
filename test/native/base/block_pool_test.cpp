#include "base/block_pool.hpp"

#include <cstdint>
#include <cstring>

#include "base/aligned_buffer.hpp"
#include "support/test.hpp"

using namespace ciphernet;

TEST("a block pool hands the latest block of a size out again, and no block of another size") {
    BlockPool pool(1 << 20);
    void* a = pool.take(4096);
    void* b = pool.take(4096);
    void* c = pool.take(8192);
    pool.give(a, 4096);
    pool.give(b, 4096);
    pool.give(c, 8192);
    CHECK_EQ(pool.idle_bytes(), 16384u);
    CHECK(pool.take(4096) == b);
    CHECK(pool.take(4096) == a);
    CHECK(pool.take(8192) == c);
    CHECK_EQ(pool.idle_bytes(), 0u);
    pool.give(a, 4096);
    pool.give(b, 4096);
    pool.give(c, 8192);
}

TEST("a large block serves what fills two thirds of it, the smallest that does, and comes back whole") {
    constexpr std::size_t kMiB = std::size_t{1} << 20;
    BlockPool pool(64 * kMiB);
    void* six = pool.take(6 * kMiB);
    void* five = pool.take(5 * kMiB);
    pool.give(six, 6 * kMiB);
    pool.give(five, 5 * kMiB);
    void* four = pool.take(4 * kMiB);
    CHECK(four == five);
    CHECK_EQ(pool.idle_bytes(), 6 * kMiB);
    void* three = pool.take(3 * kMiB);
    CHECK(three != six);
    CHECK(pool.take(6 * kMiB) == six);
    pool.give(four, 4 * kMiB);
    pool.give(three, 3 * kMiB);
    pool.give(six, 6 * kMiB);
    CHECK_EQ(pool.idle_bytes(), 14 * kMiB);
    CHECK(pool.take(5 * kMiB) == five);
    pool.give(five, 5 * kMiB);
}

TEST("a block pool gives its oldest blocks back when more than its limit lies idle") {
    BlockPool pool(3 * 4096);
    void* blocks[5];
    for (void*& block : blocks) block = pool.take(4096);
    for (void* block : blocks) pool.give(block, 4096);
    CHECK_EQ(pool.idle_bytes(), 3u * 4096);
    CHECK(pool.take(4096) == blocks[4]);
    pool.give(blocks[4], 4096);
    pool.trim(0);
    CHECK_EQ(pool.idle_bytes(), 0u);
}

TEST("idle blocks may take what was in use at most, but no more than is in use still") {
    BlockPool pool(0);
    constexpr std::size_t kBytes = 4096;
    void* blocks[8];
    for (void*& block : blocks) block = pool.take(kBytes);
    for (int i = 7; i >= 4; --i) pool.give(blocks[i], kBytes);
    CHECK(pool.idle_bytes() >= 3 * kBytes);
    for (int i = 3; i >= 0; --i) {
        pool.give(blocks[i], kBytes);
        CHECK(pool.idle_bytes() <= static_cast<std::size_t>(i) * kBytes);
    }
    CHECK_EQ(pool.idle_bytes(), 0u);
}

TEST("the mark of what was in use at most fades as blocks come back") {
    BlockPool pool(0);
    constexpr std::size_t kBytes = 64 << 10;
    void* kept[4];
    for (void*& block : kept) block = pool.take(kBytes);
    void* once[3];
    for (void*& block : once) block = pool.take(kBytes);
    for (void* block : once) pool.give(block, kBytes);
    CHECK(pool.idle_bytes() >= 2 * kBytes);
    for (int round = 0; round < 3 * 1024; ++round) {
        void* block = pool.take(kBytes);
        pool.give(block, kBytes);
    }
    CHECK(pool.idle_bytes() <= kBytes);
    for (void* block : kept) pool.give(block, kBytes);
}

TEST("blocks are aligned to a cache line, and from 2 MiB on to a huge page") {
    BlockPool pool(0);
    for (const std::size_t bytes :
         {std::size_t{16384}, std::size_t{100000}, std::size_t{2} << 20, std::size_t{5} << 20}) {
        void* block = pool.take(bytes);
        const std::size_t alignment = bytes >= std::size_t{2} << 20 ? std::size_t{2} << 20 : 64;
        CHECK_EQ(reinterpret_cast<std::uintptr_t>(block) % alignment, 0u);
        std::memset(block, 1, bytes);
        pool.give(block, bytes);
    }
    CHECK_EQ(pool.idle_bytes(), 0u);
}

TEST("a moved buffer takes its words along and leaves nothing behind") {
    AlignedBuffer a(10000);
    u64* words = a.data();
    AlignedBuffer b(std::move(a));
    CHECK(b.data() == words);
    CHECK_EQ(b.size(), 10000u);
    CHECK(a.data() == nullptr);
    CHECK_EQ(a.size(), 0u);
    AlignedBuffer c(5);
    c = std::move(b);
    CHECK(c.data() == words);
    CHECK_EQ(c.size(), 10000u);
}
