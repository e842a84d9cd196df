#include "arith/primes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "arith/modulus.hpp"
#include "support/test.hpp"

namespace ciphernet {

TEST("the primes below 100000 are those of the sieve") {
    constexpr std::size_t kLimit = 100000;
    std::vector<bool> composite(kLimit);
    std::size_t count = 0;
    for (std::size_t i = 2; i < kLimit; ++i) {
        CHECK_EQ(is_prime(i), !composite[i]);
        if (composite[i]) continue;
        ++count;
        for (std::size_t j = i * i; j < kLimit; j += i) composite[j] = true;
    }
    CHECK_EQ(count, 9592u);  // pi(10^5)
    CHECK(!is_prime(0) && !is_prime(1));
}

TEST("numbers that fool weaker tests are composite") {
    // The least strong pseudoprimes to the first k prime bases, k = 1 .. 11 (OEIS A014233), and Carmichael numbers.
    for (const u64 x : {u64{2047}, u64{1373653}, u64{25326001}, u64{3215031751}, u64{2152302898747}, u64{3474749660383},
                        u64{341550071728321}, u64{3825123056546413051}, u64{561}, u64{1105}, u64{1729}, u64{825265},
                        u64{321197185}, u64{9746347772161}})
        CHECK(!is_prime(x));
    for (const u64 x : {(u64{1} << 31) - 1, (u64{1} << 50) - 27, (u64{1} << 61) - 1, ~u64{0} - 58}) CHECK(is_prime(x));
    CHECK(!is_prime(~u64{0}));
    CHECK(!is_prime(u64{4294967291} * 4294967279));  // two primes just below 2^32
}

TEST("the nearest prime is the nearest of its class, the smaller one of two") {
    for (const u64 step : {u64{2}, u64{64}, u64{2048}, u64{1} << 18}) {
        for (const double target :
             {std::ldexp(1.0, 30), std::ldexp(1.3, 40), std::ldexp(1.0, 45), std::ldexp(1.9, 48)}) {
            std::vector<u64> taken;
            double last = -1;
            for (int i = 0; i < 8; ++i) {
                const u64 p = nearest_prime(target, step, taken);
                CHECK(is_prime(p) && p % step == 1 && p >> kMaxModulusBits == 0);
                CHECK(std::find(taken.begin(), taken.end(), p) == taken.end());
                const double distance = std::abs(static_cast<double>(p) - target);
                CHECK(distance >= last);
                taken.push_back(p);
                last = distance;
            }
            // No prime of the class nearer than the last one was left out.
            std::size_t nearer = 0;
            const u64 low = static_cast<u64>(target - last);
            for (u64 p = low / step * step + 1; static_cast<double>(p) <= target + last; p += step)
                if (std::abs(static_cast<double>(p) - target) < last && is_prime(p)) ++nearer;
            CHECK(nearer <= taken.size() - 1 && nearer + 2 >= taken.size());
        }
    }
    CHECK_EQ(nearest_prime(12, 2, {}), 11);  // 11 and 13 tie
    CHECK_EQ(nearest_prime(12, 2, {11}), 13);
    CHECK_EQ(nearest_prime(17, 16, {}), 17);
    CHECK_EQ(nearest_prime(std::ldexp(1.0, 50), 2, {}), (u64{1} << 50) - 27);  // never at or above 2^50
}

TEST("a prime that does not exist is an error") {
    CHECK_THROWS_CODE(nearest_prime(1000, u64{1} << 18, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(nearest_prime(17, 16, {17}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(nearest_prime(std::numeric_limits<double>::quiet_NaN(), 2, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(nearest_prime(-5, 2, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(nearest_prime(1e30, 2, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(nearest_prime(1000, 0, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(largest_prime(51, 2, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(largest_prime(1, 2, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(largest_prime(10, 2048, {}), ErrorCode::parameters_invalid);
}

TEST("the largest primes of a size come in falling order") {
    CHECK_EQ(largest_prime(50, 2, {}), (u64{1} << 50) - 27);
    CHECK_EQ(largest_prime(5, 16, {}), 17);
    for (const int bits : {20, 30, 40, 50}) {
        std::vector<u64> taken;
        u64 next = (u64{1} << bits) - 4096 + 1;
        for (int i = 0; i < 5; ++i) {
            const u64 p = largest_prime(bits, 4096, taken);
            while (!is_prime(next)) next -= 4096;
            CHECK_EQ(p, next);
            next -= 4096;
            taken.push_back(p);
        }
    }
}

TEST("the root of unity is primitive and the smallest one") {
    for (const u64 order : {u64{2}, u64{16}, u64{512}}) {
        for (const int bits : {20, 35, 50}) {
            const u64 q = largest_prime(bits, 512, {});
            const Modulus m(q);
            const u64 root = primitive_root_of_unity(q, order);
            CHECK_EQ(m.power(root, order / 2), q - 1);
            for (u64 e = 3; e < order; e += 2) CHECK(root < m.power(root, e));
        }
    }
    // By hand: 3 generates Z_17*, its fourth roots of unity are 4 and 13, its eighth 2, 8, 9, 15.
    CHECK_EQ(primitive_root_of_unity(17, 4), 4);
    CHECK_EQ(primitive_root_of_unity(17, 8), 2);
    CHECK_EQ(primitive_root_of_unity(17, 16), 3);
    CHECK_THROWS_CODE(primitive_root_of_unity(97, 64), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(primitive_root_of_unity(97, 3), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(primitive_root_of_unity(561, 16), ErrorCode::parameters_invalid);
}

}  // namespace ciphernet
