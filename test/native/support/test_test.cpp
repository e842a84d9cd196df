#include "support/test.hpp"

#include <algorithm>

namespace ciphernet::test {

TEST("equal streams of the test generator give equal numbers, other streams give others") {
    Rng a(1);
    Rng b(1);
    Rng c(2);
    CHECK_EQ(a.next(), b.next());
    CHECK(a.next() != c.next());
    const auto residues = a.residues(1000, 97);
    CHECK(std::all_of(residues.begin(), residues.end(), [](std::uint64_t x) { return x < 97; }));
    const double u = a.uniform(-2, 3);
    CHECK(u >= -2 && u < 3);
}

TEST("values are shown whole in a failure message") {
    CHECK_EQ(show(~std::uint64_t{0}), "18446744073709551615");
    CHECK_EQ(show(-5), "-5");
    CHECK_EQ(show(~UInt128{0}), "340282366920938463463374607431768211455");
    CHECK_EQ(show(Int128{1} << 126), "85070591730234615865843651857942052864");
    CHECK_EQ(show(0.1), "0.10000000000000001");
    CHECK_EQ(show(std::vector<int>{1, 2}), "2 items [ 1 2 ]");
    CHECK(equal(-1, -1L) && !equal(-1, ~std::uint32_t{0}));
}

TEST("an expected error is recognised by its code") {
    CHECK_THROWS_CODE(throw Error(ErrorCode::cancelled, "stopped"), ErrorCode::cancelled);
}

}  // namespace ciphernet::test
