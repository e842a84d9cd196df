#include "base/aligned_buffer.hpp"

#include <cstdint>
#include <limits>
#include <new>
#include <type_traits>
#include <utility>

#include "support/test.hpp"

namespace ciphernet {
namespace {

static_assert(!std::is_copy_constructible_v<AlignedBuffer> && !std::is_copy_assignable_v<AlignedBuffer>);
static_assert(std::is_nothrow_move_constructible_v<AlignedBuffer> && std::is_nothrow_move_assignable_v<AlignedBuffer>);

TEST("every buffer starts on a cache line and holds what was written") {
    for (const std::size_t words : {1u, 7u, 8u, 9u, 1000u, 1u << 16, 1u << 19}) {
        AlignedBuffer buffer(words);
        CHECK_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
        CHECK_EQ(buffer.size(), words);
        CHECK_EQ(buffer.span().size(), words);
        for (std::size_t i = 0; i < words; ++i) buffer.data()[i] = i * i;
        bool same = true;
        for (std::size_t i = 0; i < words; ++i) same = same && std::as_const(buffer).span()[i] == i * i;
        CHECK(same);
    }
}

TEST("a buffer that was moved from is empty and the other has its words") {
    AlignedBuffer a(100);
    a.data()[99] = 5;
    const u64* const words = a.data();
    AlignedBuffer b(std::move(a));
    CHECK_EQ(a.size(), 0u);  // NOLINT(bugprone-use-after-move): what a move leaves is the contract under test
    CHECK(a.data() == nullptr);
    CHECK(b.data() == words);
    AlignedBuffer c(3);
    c = std::move(b);
    CHECK(c.data() == words);
    CHECK_EQ(c.size(), 100u);
    CHECK_EQ(c.data()[99], 5u);
}

TEST("an empty buffer needs no memory, and one that cannot exist is refused") {
    const AlignedBuffer empty(0);
    CHECK_EQ(empty.size(), 0u);
    CHECK(empty.data() == nullptr);
    bool refused = false;
    try {
        const AlignedBuffer huge(std::numeric_limits<std::size_t>::max() / 4);
    } catch (const std::bad_alloc&) {
        refused = true;
    }
    CHECK(refused);
}

}  // namespace
}  // namespace ciphernet
