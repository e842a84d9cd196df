#include "arith/primes.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#include "arith/modulus.hpp"
#include "base/error.hpp"

namespace ciphernet {
namespace {

constexpr u64 kPrimeLimit = u64{1} << kMaxModulusBits;

u64 multiply(u64 x, u64 y, u64 m) { return static_cast<u64>(static_cast<u128>(x) * y % m); }

u64 power(u64 x, u64 exponent, u64 m) {
    u64 result = 1;
    for (; exponent != 0; exponent >>= 1, x = multiply(x, x, m))
        if (exponent & 1) result = multiply(result, x, m);
    return result;
}

/// Whether odd x passes the strong test to this base (Rabin 1980).
bool is_strong_probable_prime(u64 x, u64 base) {
    const int twos = std::countr_zero(x - 1);
    u64 y = power(base % x, (x - 1) >> twos, x);
    if (y == 1 || y == x - 1) return true;
    for (int i = 1; i < twos; ++i) {
        y = multiply(y, y, x);
        if (y == x - 1) return true;
    }
    return false;
}

bool usable(u64 p, const std::vector<u64>& taken) {
    return p > 2 && is_prime(p) && std::find(taken.begin(), taken.end(), p) == taken.end();
}

[[noreturn]] void no_prime(const std::string& where, u64 step) {
    throw Error(ErrorCode::parameters_invalid,
                "There is no unused prime p = 1 mod " + std::to_string(step) + " " + where + " (primes lie below 2^" +
                    std::to_string(kMaxModulusBits) + ").",
                {{"step", std::to_string(step)}});
}

void check_step(u64 step) {
    if (step == 0 || step >= kPrimeLimit)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected a prime step from 1 to 2^50 - 1 but found " + std::to_string(step) + ".",
                    {{"step", std::to_string(step)}});
}

}  // namespace

bool is_prime(u64 x) {
    // The first twelve primes as bases decide every x below 3.18e23 (Sorenson, Webster 2015).
    constexpr u64 kBases[] = {2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37};
    if (x < 2) return false;
    for (const u64 base : kBases)
        if (x % base == 0) return x == base;
    return std::all_of(std::begin(kBases), std::end(kBases),
                       [x](u64 base) { return is_strong_probable_prime(x, base); });
}

u64 nearest_prime(double target, u64 step, const std::vector<u64>& taken) {
    check_step(step);
    if (!std::isfinite(target) || target < 2 || target >= 2.0 * static_cast<double>(kPrimeLimit))
        throw Error(ErrorCode::parameters_invalid,
                    "Expected a prime size from 2 to 2^51 but found " + std::to_string(target) + ".");
    const double least = target / 2;
    const double most = std::min(target * 2, static_cast<double>(kPrimeLimit - 1));
    // Outwards from the target, nearer candidate first; every candidate is exact as a double.
    u64 below = (static_cast<u64>(target) - 1) / step * step + 1;
    u64 above = below + step;
    for (;;) {
        const bool below_left = static_cast<double>(below) >= least && static_cast<double>(below) <= target;
        const bool above_left = static_cast<double>(above) <= most;
        if (!below_left && !above_left) no_prime("within a factor of two of " + std::to_string(target), step);
        if (below_left && (!above_left || target - static_cast<double>(below) <= static_cast<double>(above) - target)) {
            if (below < kPrimeLimit && usable(below, taken)) return below;
            below = below > step ? below - step : 0;
        } else {
            if (usable(above, taken)) return above;
            above += step;
        }
    }
}

u64 largest_prime(int bits, u64 step, const std::vector<u64>& taken) {
    check_step(step);
    if (bits < 2 || bits > kMaxModulusBits)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected a prime of 2 to " + std::to_string(kMaxModulusBits) + " bits but found " +
                        std::to_string(bits) + ".",
                    {{"bits", std::to_string(bits)}});
    for (u64 p = ((u64{1} << bits) - 2) / step * step + 1; p > 2; p -= step) {
        if (usable(p, taken)) return p;
        if (p < step + 2) break;
    }
    no_prime("below 2^" + std::to_string(bits), step);
}

u64 primitive_root_of_unity(u64 q, u64 order) {
    const Modulus modulus(q);
    if (!std::has_single_bit(order) || order < 2 || (q - 1) % order != 0)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected a prime that is 1 modulo a power of two of at least 2 but found " + std::to_string(q) +
                        " for order " + std::to_string(order) + ".",
                    {{"prime", std::to_string(q)}, {"order", std::to_string(order)}});
    // x^((q-1)/order) has the whole order exactly when its (order/2)-th power is -1; every second x gives one.
    u64 root = 0;
    for (u64 x = 2; root == 0; ++x) {
        if (x == q || x > 1000)
            throw Error(ErrorCode::parameters_invalid, std::to_string(q) + " is not prime.",
                        {{"prime", std::to_string(q)}});
        const u64 candidate = modulus.power(x, (q - 1) / order);
        if (modulus.power(candidate, order / 2) == q - 1) root = candidate;
    }
    // The others are its odd powers.
    const u64 square = modulus.multiply(root, root);
    u64 smallest = root;
    for (u64 i = 1; i < order / 2; ++i) {
        root = modulus.multiply(root, square);
        smallest = std::min(smallest, root);
    }
    return smallest;
}

}  // namespace ciphernet
