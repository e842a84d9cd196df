#include "arith/modulus.hpp"

#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

/// The smallest and largest moduli, odd composites among them (only inverse() needs a prime), and one of each size.
std::vector<u64> moduli() {
    std::vector<u64> list{3, 5, 7, 15, 17, 97, 65537, (u64{1} << 50) - 27, (u64{1} << 50) - 1, (u64{1} << 49) + 1};
    Rng rng(1);
    for (int bits = 3; bits <= kMaxModulusBits; ++bits)
        list.push_back((u64{1} << (bits - 1)) + (rng.below(u64{1} << (bits - 1)) | 1));
    return list;
}

u64 exact(test::UInt128 x, u64 q) { return static_cast<u64>(x % q); }

}  // namespace

TEST("a modulus that is even, below 3 or not below 2^50 is refused") {
    for (const u64 q : {u64{0}, u64{1}, u64{2}, u64{4}, u64{1} << 49, u64{1} << 50, (u64{1} << 50) + 1, ~u64{0}})
        CHECK_THROWS_CODE(Modulus(q), ErrorCode::parameters_invalid);
    CHECK_EQ(Modulus((u64{1} << 50) - 27).bits(), 50);
    CHECK_EQ(Modulus(3).bits(), 2);
}

TEST("the constants of a modulus are what their definitions say") {
    for (const u64 q : moduli()) {
        const Modulus m(q);
        const ModulusConstants& c = m.constants();
        CHECK_EQ(c.q, q);
        CHECK(q >> (c.bits - 1) == 1);
        CHECK_EQ(c.barrett, static_cast<u64>((test::UInt128{1} << (51 + c.bits)) / q));
        CHECK(c.barrett > u64{1} << 51 && c.barrett <= u64{1} << 52);
        CHECK_EQ(c.two_52, (u64{1} << 52) % q);
        CHECK_EQ(c.two_52_quotient, static_cast<u64>((test::UInt128{c.two_52} << 52) / q));
        CHECK_EQ(c.inverse, 1.0 / static_cast<double>(q));
    }
}

TEST("scalar residue arithmetic equals 128-bit arithmetic at range ends and at random") {
    Rng rng(2);
    for (const u64 q : moduli()) {
        const Modulus m(q);
        std::vector<u64> values{0, 1, 2, q / 2, q / 2 + 1, q - 2, q - 1};
        for (int i = 0; i < 10; ++i) values.push_back(rng.below(q));
        for (u64 x : values) {
            x %= q;
            CHECK_EQ(m.negate(x), (q - x) % q);
            CHECK_EQ(m.reduce_signed(m.centred(x)), x);
            CHECK(m.centred(x) <= static_cast<i64>(q / 2) && -m.centred(x) <= static_cast<i64>(q / 2));
            for (u64 y : values) {
                y %= q;
                CHECK_EQ(m.add(x, y), exact(test::UInt128{x} + y, q));
                CHECK_EQ(m.subtract(x, y), exact(test::UInt128{x} + q - y, q));
                CHECK_EQ(m.multiply(x, y), exact(test::UInt128{x} * y, q));
                const ShoupFactor f = m.shoup(y);
                CHECK_EQ(f.quotient, static_cast<u64>((test::UInt128{y} << 52) / q));
            }
        }
        for (const u64 x : {u64{0}, u64{1}, q - 1, q, 2 * q - 1, ~u64{0}, rng()}) {
            CHECK_EQ(m.reduce(x), x % q);
            CHECK_EQ(m.reduce(u128{x} * x), exact(test::UInt128{x} * x, q));
            const i64 s = static_cast<i64>(x);
            const test::Int128 r = s % static_cast<test::Int128>(q);
            CHECK_EQ(m.reduce_signed(s), static_cast<u64>(r < 0 ? r + static_cast<test::Int128>(q) : r));
        }
        const i128 least = static_cast<i128>(u128{1} << 127);
        CHECK_EQ(m.add(m.reduce_signed(least), exact(test::UInt128{1} << 127, q)), 0);
    }
}

TEST("a Shoup product of any word below 2^52 is right up to one modulus") {
    Rng rng(3);
    for (const u64 q : moduli()) {
        const Modulus m(q);
        for (const u64 w : {u64{0}, u64{1}, q - 1, rng.below(q)}) {
            const ShoupFactor f = m.shoup(w);
            for (const u64 x : {u64{0}, u64{1}, q - 1, (u64{1} << 52) - 1, rng.below(u64{1} << 52)}) {
                const u64 r = x * f.w - static_cast<u64>((test::UInt128{x} * f.quotient) >> 52) * q;
                CHECK(r < 2 * q);
                CHECK_EQ(r % q, exact(test::UInt128{x} * w, q));
            }
        }
    }
}

TEST("powers and inverses agree with repeated products") {
    Rng rng(4);
    for (const u64 q : {u64{3}, u64{17}, u64{65537}, (u64{1} << 50) - 27}) {
        const Modulus m(q);
        const u64 x = 1 + rng.below(q - 1);
        u64 product = 1;
        for (u64 e = 0; e < 40; ++e, product = m.multiply(product, x)) CHECK_EQ(m.power(x, e), product);
        CHECK_EQ(m.power(x, q - 1), 1);
        CHECK_EQ(m.multiply(x, m.inverse(x)), 1);
        CHECK_EQ(m.inverse(q - 1), q - 1);
    }
}

}  // namespace ciphernet
