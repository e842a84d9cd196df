#include "arith/double_double.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "support/test.hpp"
#include "vectors/root_of_unity_vectors.hpp"

namespace ciphernet {
namespace {

/// Two's complement integers of 512 bits: the exact reference. Fixed-point values are integers at a stated scale.
struct Wide {
    std::array<std::uint64_t, 8> limbs{};

    static Wide from(i128 x) {
        Wide w;
        w.limbs.fill(x < 0 ? ~std::uint64_t{0} : 0);
        w.limbs[0] = static_cast<std::uint64_t>(x);
        w.limbs[1] = static_cast<std::uint64_t>(static_cast<u128>(x) >> 64);
        return w;
    }
    bool negative() const { return limbs[7] >> 63 != 0; }
    Wide operator+(const Wide& b) const {
        Wide r;
        u128 carry = 0;
        for (std::size_t i = 0; i < 8; ++i) {
            carry += static_cast<u128>(limbs[i]) + b.limbs[i];
            r.limbs[i] = static_cast<std::uint64_t>(carry);
            carry >>= 64;
        }
        return r;
    }
    Wide operator-() const {
        Wide r;
        for (std::size_t i = 0; i < 8; ++i) r.limbs[i] = ~limbs[i];
        return r + from(1);
    }
    Wide operator-(const Wide& b) const { return *this + -b; }
    /// Modulo 2^512, which is right for both signs.
    Wide operator*(const Wide& b) const {
        Wide r;
        for (std::size_t i = 0; i < 8; ++i) {
            u128 carry = 0;
            for (std::size_t j = 0; i + j < 8; ++j) {
                carry += static_cast<u128>(limbs[i]) * b.limbs[j] + r.limbs[i + j];
                r.limbs[i + j] = static_cast<std::uint64_t>(carry);
                carry >>= 64;
            }
        }
        return r;
    }
    Wide operator<<(int bits) const {
        Wide r = *this;
        for (; bits > 0; --bits) r = r + r;
        return r;
    }
    Wide abs() const { return negative() ? -*this : *this; }
    bool operator<=(const Wide& b) const { return !(b - *this).negative(); }
};

/// trunc(x * 2^scale).
Wide fixed(double x, int scale) {
    int exponent = 0;
    const double mantissa = std::frexp(x, &exponent);
    const Wide integer = Wide::from(static_cast<i128>(std::ldexp(mantissa, 53)));
    const int shift = exponent - 53 + scale;
    if (shift >= 0) return integer << shift;
    return Wide::from(shift <= -60 ? i128{0} : static_cast<i128>(std::trunc(std::ldexp(mantissa, 53 + shift))));
}
Wide fixed(DoubleDouble x, int scale) { return fixed(x.hi, scale) + fixed(x.lo, scale); }

/// |got - exact| <= 2^-bits |exact|.
bool close(const Wide& got, const Wide& exact, int bits) { return ((got - exact).abs() << bits) <= exact.abs(); }

bool normalised(DoubleDouble x) { return x.hi + x.lo == x.hi; }

/// An integer of up to `bits` bits and either sign, of random length.
i128 random_integer(test::Rng& rng, int bits) {
    const u128 x = (static_cast<u128>(rng()) << 64 | rng()) >> (128 - 1 - rng.below(static_cast<std::uint64_t>(bits)));
    return rng.below(2) != 0 ? -static_cast<i128>(x) : static_cast<i128>(x);
}

TEST("integers up to 2^106 go through DoubleDouble unchanged, larger ones within 2^-106") {
    test::Rng rng(10);
    for (int run = 0; run < 20000; ++run) {
        const i128 x = random_integer(rng, 106);
        const DoubleDouble d = DoubleDouble::from_int128(x);
        CHECK(normalised(d));
        CHECK(floor_to_int128(d) == x && round_to_int128(d) == x);
        const i128 large = random_integer(rng, 127);
        CHECK(close(fixed(DoubleDouble::from_int128(large), 0), Wide::from(large), 106));
    }
    const i128 top = static_cast<i128>(~u128{0} >> 1);
    for (const i128 x : {top, -top, -top - 1}) {
        CHECK(close(fixed(DoubleDouble::from_int128(x), 0), Wide::from(x), 106));
    }
    for (const std::uint64_t x :
         {std::uint64_t{0}, std::uint64_t{1} << 63, ~std::uint64_t{0}, (std::uint64_t{1} << 53) + 1}) {
        CHECK(floor_to_int128(DoubleDouble::from_uint64(x)) == static_cast<i128>(x));
        CHECK(floor_to_int128(DoubleDouble::from_int64(static_cast<std::int64_t>(x))) == static_cast<std::int64_t>(x));
    }
}

TEST("the product of two doubles is exact") {
    test::Rng rng(11);
    for (int run = 0; run < 20000; ++run) {
        const double a = static_cast<double>(static_cast<std::int64_t>(rng() >> 11) - (std::int64_t{1} << 52));
        const double b = static_cast<double>(static_cast<std::int64_t>(rng() >> 11) - (std::int64_t{1} << 52));
        const DoubleDouble p = two_product(a, b);
        CHECK(floor_to_int128(p) == static_cast<i128>(a) * static_cast<i128>(b));
        CHECK_EQ(p.lo, std::fma(a, b, -p.hi));
    }
}

TEST("sums, products, quotients and square roots have their stated relative errors") {
    test::Rng rng(12);
    for (int run = 0; run < 20000; ++run) {
        const i128 a = random_integer(rng, 106);
        i128 b = random_integer(rng, 106);
        if (run % 4 == 0) b = -a + random_integer(rng, 60);  // leading digits cancel
        const DoubleDouble x = DoubleDouble::from_int128(a);
        const DoubleDouble y = DoubleDouble::from_int128(b);
        const double z = std::ldexp(static_cast<double>(rng() >> 11), static_cast<int>(rng.below(40)));
        const Wide wide_a = Wide::from(a);
        const Wide wide_b = Wide::from(b);
        const Wide wide_z = fixed(z, 0);

        CHECK(close(fixed(x + y, 0), wide_a + wide_b, 104));
        CHECK(close(fixed(x - y, 0), wide_a - wide_b, 104));
        CHECK(close(fixed(x + z, 0), wide_a + wide_z, 104) && (z + x) == (x + z));
        CHECK(close(fixed(x - z, 0), wide_a - wide_z, 104) && (z - x) == -(x - z));
        CHECK(close(fixed(x * y, 200), (wide_a * wide_b) << 200, 103));
        CHECK(close(fixed(x * z, 200), (wide_a * wide_z) << 200, 103) && (z * x) == (x * z));
        if (b != 0) CHECK(close(fixed(x / y, 250) * wide_b, wide_a << 250, 101));
        if (z != 0) CHECK(close(fixed(x / z, 250) * wide_z, wide_a << 250, 101));
        if (a != 0) CHECK(close(fixed(z / x, 250) * wide_a, wide_z << 250, 101));
        const Wide root = fixed(sqrt(abs(x)), 120);
        CHECK(close(root * root, wide_a.abs() << 240, 101));
        CHECK(normalised(x + y) && normalised(x * y) && normalised(sqrt(abs(x))));
        CHECK((x < y) == (a < b) && (x == y) == (a == b) && (x >= y) == (a >= b));
        CHECK(floor_to_int128(ldexp(x, 5)) == a * 32);
        CHECK(floor_to_int128(abs(x)) == (a < 0 ? -a : a));
    }
}

TEST("floor and round are exact on fractions of every size and sign") {
    test::Rng rng(13);
    for (int run = 0; run < 40000; ++run) {
        const i128 a = random_integer(rng, 106);
        const int shift = static_cast<int>(rng.below(110));
        const DoubleDouble x = ldexp(DoubleDouble::from_int128(a), -shift);
        const i128 half = shift == 0 ? 0 : i128{1} << (shift - 1);
        const i128 floored = a >> shift;
        CHECK(floor_to_int128(x) == floored);
        CHECK(floor(x) == DoubleDouble::from_int128(floored));
        CHECK(round_to_int128(x) == (a + half) >> shift);
    }
    for (const double whole : {0.0, 1.0, -1.0, 3.0, 0x1p60, -0x1p60, 0x1p100}) {
        const auto integer = static_cast<i128>(whole);
        // Next to an integer, and next to and on a half.
        CHECK(floor_to_int128(two_sum(whole, -0x1p-60)) == integer - 1);
        CHECK(floor_to_int128(two_sum(whole, 0x1p-60)) == integer);
        CHECK(round_to_int128(two_sum(whole, -0x1p-60)) == integer);
        CHECK(round_to_int128(two_sum(whole, 0.5)) == integer + 1);
        CHECK(round_to_int128(two_sum(whole, -0.5)) == integer);
        CHECK(round_to_int128(DoubleDouble{whole, 0} + two_sum(0.5, -0x1p-54)) == integer);
    }
}

/// Against integers at scale 2^-124 from tools/double_double_constants.py.
TEST("roots of unity agree with an independent program within 2^-102") {
    double worst = 0;
    for (const auto& v : vectors::kRootsOfUnity) {
        DoubleDouble cosine;
        DoubleDouble sine;
        root_of_unity(v.k, v.m, cosine, sine);
        const auto error = [](DoubleDouble x, const vectors::Fixed124& f) {
            const i128 exact = static_cast<i128>(static_cast<u128>(f.high) << 64 | f.low);
            const i128 got = round_to_int128(ldexp(x, 124));
            return std::abs(static_cast<double>(got - (f.negative ? -exact : exact))) * 0x1p-124;
        };
        worst = std::max({worst, error(cosine, v.cosine), error(sine, v.sine)});
        CHECK(normalised(cosine) && normalised(sine));
        DoubleDouble wrapped_cosine;
        DoubleDouble wrapped_sine;
        root_of_unity(v.k + 3 * v.m, v.m, wrapped_cosine, wrapped_sine);
        CHECK(wrapped_cosine == cosine && wrapped_sine == sine);
    }
    CHECK_LE(worst, 0x1p-102);
}

TEST("roots of unity on the axes are exact, and symmetric to the last bit") {
    const double cosines[] = {1, 0, -1, 0};
    const double sines[] = {0, 1, 0, -1};
    for (std::uint64_t m = 4; m <= 1 << 20; m *= 4) {
        for (std::uint64_t quarter = 0; quarter < 4; ++quarter) {
            DoubleDouble c;
            DoubleDouble s;
            root_of_unity(quarter * (m / 4), m, c, s);
            CHECK(c == (DoubleDouble{cosines[quarter], 0}) && s == (DoubleDouble{sines[quarter], 0}));
            CHECK(std::signbit(c.hi) == (cosines[quarter] < 0) && std::signbit(s.hi) == (sines[quarter] < 0));
        }
    }
    test::Rng rng(14);
    for (int run = 0; run < 200; ++run) {
        const std::uint64_t m = std::uint64_t{1} << (3 + rng.below(18));
        const std::uint64_t k = rng.below(m);
        DoubleDouble c, s, mirrored_c, mirrored_s;
        root_of_unity(k, m, c, s);
        root_of_unity(m - k, m, mirrored_c, mirrored_s);
        CHECK(mirrored_c == c && mirrored_s == -s);
        CHECK(abs(c * c + s * s - 1.0).hi < 0x1p-101);
    }
}

}  // namespace
}  // namespace ciphernet
