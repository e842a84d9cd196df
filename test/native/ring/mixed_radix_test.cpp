#include "ring/mixed_radix.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "arith/primes.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

constexpr int kLogN = 10;

Ring make_ring(const std::vector<int>& bits, int log_n = kLogN) {
    std::vector<u64> primes;
    for (const int b : bits) primes.push_back(largest_prime(b, u64{2} << log_n, primes));
    return Ring(log_n, primes, {});
}

/// The residues of integers that are m * 2^e, |m| < 2^126.
struct Scaled {
    i128 m;
    int e;
};

u64 residue(const Scaled& x, const Modulus& q) {
    return q.multiply(q.reduce_signed(x.m), q.power(2, static_cast<u64>(x.e)));
}

CoefficientPolynomial from_scaled(const Ring& ring, Basis basis, const std::vector<Scaled>& x, std::size_t stride = 1) {
    auto a = CoefficientPolynomial::zero(ring, basis);
    for (int i = 0; i < a.limb_count(); ++i)
        for (std::size_t k = 0; k < x.size(); ++k) a.limb(i)[k * stride] = residue(x[k], a.modulus(i));
    return a;
}

i128 random_int128(Rng& rng, int bits) {
    const u128 x = (static_cast<u128>(rng()) << 64 | rng()) >> (128 - bits);
    return rng() & 1 ? -static_cast<i128>(x) : static_cast<i128>(x);
}

TEST("composition gives back every centred number of one and two limbs exactly") {
    for (const auto& bits : {std::vector<int>{50}, {30}, {49, 50}, {50, 35}, {25, 50}}) {
        const Ring ring = make_ring(bits);
        i128 half = 1;
        for (int i = 0; i < ring.q_count(); ++i) half *= ring.modulus(i).value();
        half = (half - 1) / 2;
        Rng rng(static_cast<u64>(bits[0]));
        std::vector<Scaled> x{{0, 0}, {1, 0}, {-1, 0}, {half, 0}, {-half, 0}, {half - 1, 0}, {1 - half, 0}};
        while (x.size() < ring.n()) x.push_back({random_int128(rng, 120) % (half + 1), 0});
        const auto a = from_scaled(ring, {ring.q_count()}, x);
        std::vector<DoubleDouble> r(ring.n());
        std::vector<double> rounded(ring.n());
        const MixedRadix radix(ring);
        radix.compose(r.data(), a, r.size(), 1, {});
        radix.compose(rounded.data(), a, r.size(), 1, {});
        std::size_t wrong = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
            wrong += round_to_int128(r[k]) != x[k].m;
            wrong += rounded[k] != static_cast<double>(x[k].m);
        }
        CHECK_EQ(wrong, std::size_t{0});
    }
}

TEST("numbers that are small beside Q compose exactly at every level, whatever the prime sizes") {
    const Ring ring = make_ring({50, 30, 40, 50, 50, 45, 45, 45, 20, 50, 50, 50, 41, 41, 41, 41});
    const MixedRadix radix(ring);
    Rng rng(5);
    for (int limbs = 3; limbs <= ring.q_count(); ++limbs) {
        std::vector<Scaled> x;
        while (x.size() < ring.n() / 4) x.push_back({random_int128(rng, 1 + static_cast<int>(x.size() % 100)), 0});
        const auto a = from_scaled(ring, {limbs}, x, 4);
        std::vector<DoubleDouble> r(x.size());
        radix.compose(r.data(), a, r.size(), 4, {});
        std::size_t wrong = 0;
        for (std::size_t k = 0; k < x.size(); ++k) wrong += round_to_int128(r[k]) != x[k].m;
        CHECK_EQ(wrong, std::size_t{0});
    }
}

TEST("large numbers compose to a relative error below 2^-98") {
    const Ring ring = make_ring(std::vector<int>(19, 50));
    const MixedRadix radix(ring);
    Rng rng(6);
    std::vector<Scaled> x;
    while (x.size() < ring.n()) x.push_back({random_int128(rng, 106), static_cast<int>(rng.below(790))});
    const auto a = from_scaled(ring, {19}, x);
    std::vector<DoubleDouble> r(x.size());
    radix.compose(r.data(), a, r.size(), 1, {});
    double largest = 0;
    for (std::size_t k = 0; k < x.size(); ++k) {
        const DoubleDouble expected = ldexp(DoubleDouble::from_int128(x[k].m), x[k].e);
        if (x[k].m == 0) continue;
        largest = std::max(largest, std::abs(to_double((r[k] - expected) / expected)));
    }
    CHECK_LE(largest, 0x1p-98);
}

TEST("composition does not depend on the threads, and stops when asked") {
    const Ring ring = make_ring({50, 45, 45}, 13);
    const MixedRadix radix(ring);
    Rng rng(7);
    CoefficientPolynomial a(ring, {3});
    for (int i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < ring.n(); ++k) a.limb(i)[k] = rng.below(a.modulus(i).value());
    std::vector<DoubleDouble> one(ring.n()), many(ring.n());
    radix.compose(one.data(), a, one.size(), 1, {});
    ThreadPool pool(3);
    radix.compose(many.data(), a, many.size(), 1, Execution(pool));
    CHECK(one == many);
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_CODE(radix.compose(many.data(), a, many.size(), 1, Execution(pool, stop.get_token())),
                      ErrorCode::cancelled);
}

std::size_t count_wrong(const WideIntegers& integers, const std::vector<Scaled>& expected, const Modulus& q) {
    AlignedBuffer r(integers.padded_count());
    integers.reduce(r.data(), q);
    std::size_t wrong = 0;
    for (std::size_t k = 0; k < integers.padded_count(); ++k)
        wrong += r.data()[k] != (k < expected.size() ? residue(expected[k], q) : 0);
    return wrong;
}

const std::vector<u64>& moduli() {
    static const std::vector<u64> primes = {3, 257, 65537, largest_prime(31, 1024, {}), largest_prime(50, 1024, {})};
    return primes;
}

TEST("double-doubles round to the nearest integer and reduce exactly, to 2^120") {
    Rng rng(8);
    for (int bits = 1; bits <= 120; ++bits) {
        std::vector<DoubleDouble> x;
        std::vector<Scaled> expected;
        const auto push = [&](DoubleDouble value) {
            x.push_back(value);
            expected.push_back({round_to_int128(value), 0});
        };
        for (int k = 0; k < 61; ++k) {
            const double hi = std::ldexp(rng.uniform(-1, 1), bits);
            // The lower part anywhere in the last place of the upper one, often far down.
            const double lo = std::ldexp(rng.uniform(-1, 1), std::ilogb(hi) - 53 - static_cast<int>(rng.below(60)));
            push(quick_two_sum(hi, lo));
            // Next to half an integer: only the lower part decides.
            const double half = std::floor(std::ldexp(rng.uniform(-1, 1), std::min(bits, 50))) + 0.5;
            if (std::abs(half) < std::ldexp(1.0, bits)) {
                push({half, std::ldexp(1.0, std::ilogb(half) - 55)});
                push({half, -std::ldexp(1.0, std::ilogb(half) - 55)});
                push({half, 0});
            }
        }
        push({std::ldexp(1.0, bits), 0});
        push({-std::ldexp(1.0, bits), 0});
        push({0, 0});
        const WideIntegers integers{std::span<const DoubleDouble>(x), std::ldexp(1.0, bits), 1, {}};
        for (const u64 q : moduli()) CHECK_EQ(count_wrong(integers, expected, Modulus(q)), std::size_t{0});
    }
}

TEST("doubles round to the nearest integer and reduce exactly, to 2^1000") {
    Rng rng(9);
    for (const int bits : {0, 3, 49, 50, 51, 52, 53, 100, 101, 102, 153, 400, 999, 1000}) {
        std::vector<double> x;
        std::vector<Scaled> expected;
        for (int k = 0; k < 77; ++k) {
            const int e = static_cast<int>(rng.below(static_cast<u64>(bits) + 1));
            const double value = std::ldexp(rng.uniform(-1, 1), e);
            x.push_back(value);
            if (e <= 52) {
                expected.push_back({round_to_int128({value, 0}), 0});
            } else {  // the last place of value is worth at least 2^(e - 106); as an integer it is cut at 1
                const int shift = std::max(e - 106, 0);
                expected.push_back({round_to_int128({std::ldexp(value, -shift), 0}), shift});
            }
        }
        x.push_back(std::ldexp(1.0, bits));
        expected.push_back({1, bits});
        const WideIntegers integers{std::span<const double>(x), std::ldexp(1.0, bits), 1, {}};
        for (const u64 q : moduli()) CHECK_EQ(count_wrong(integers, expected, Modulus(q)), std::size_t{0});
    }
}

TEST("integers stand at the places of their stride, with zeros between, on any number of threads") {
    Rng rng(10);
    const Modulus q(largest_prime(50, 1024, {}));
    for (const std::size_t count : {1u, 3u, 1024u, 1025u, 5000u}) {
        std::vector<DoubleDouble> x;
        std::vector<i128> expected;
        for (std::size_t k = 0; k < count; ++k) {
            expected.push_back(random_int128(rng, 100));
            x.push_back(DoubleDouble::from_int128(expected.back()));
        }
        for (const std::size_t stride : {1u, 2u, 8u})
            for (const int threads : {1, 3}) {
                ThreadPool pool(threads);
                const WideIntegers integers{std::span<const DoubleDouble>(x), 0x1p100, stride, Execution(pool)};
                CHECK_EQ(integers.padded_count(), (count * stride + 7) / 8 * 8);
                AlignedBuffer r(integers.padded_count());
                integers.reduce(r.data(), q);
                std::size_t wrong = 0;
                for (std::size_t k = 0; k < r.size(); ++k) {
                    const bool number = k % stride == 0 && k / stride < count;
                    wrong += r.data()[k] != (number ? q.reduce_signed(expected[k / stride]) : 0);
                }
                CHECK_EQ(wrong, std::size_t{0});
            }
    }
}

TEST("numbers with few significant bits far apart reduce exactly") {
    std::vector<DoubleDouble> x;
    for (int e = 60; e <= 180; e += 7) {
        x.push_back({std::ldexp(1.0, e), -1});  // 2^e - 1: the digits between are borrowed from
        x.push_back({-std::ldexp(1.0, e), 1});
    }
    const WideIntegers integers{std::span<const DoubleDouble>(x), 0x1p180, 1, {}};
    for (const u64 prime : moduli()) {
        const Modulus q(prime);
        AlignedBuffer r(integers.padded_count());
        integers.reduce(r.data(), q);
        std::size_t index = 0;
        for (int e = 60; e <= 180; e += 7) {
            const u64 value = q.subtract(q.power(q.reduce(u64{2}), static_cast<u64>(e)), 1);
            CHECK_EQ(r.data()[index++], value);
            CHECK_EQ(r.data()[index++], q.negate(value));
        }
    }
}

}  // namespace
}  // namespace ciphernet
