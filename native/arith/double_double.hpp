#pragma once

#include <cmath>
#include <compare>
#include <cstdint>

#include "arith/double_double_constants.hpp"
#include "base/aligned_buffer.hpp"
#include "base/assert.hpp"

namespace ciphernet {

/// The unevaluated sum hi + lo of two doubles with |lo| <= ulp(hi) / 2: 106 bits of precision or more.
/// (Dekker 1971; error bounds by Joldes, Muller, Popescu, "Tight and rigorous error bounds for basic building blocks of
/// double-word arithmetic", 2017.) The same bits on every machine under -ffp-contract=off. Finite operands with
/// 2^-900 < |x| < 2^900 or x = 0, and results in the same range.
/// Time does not depend on values except in round_to_int128, floor and comparisons.
struct DoubleDouble {
    double hi = 0;
    double lo = 0;

    /// Exact.
    static DoubleDouble from_int64(std::int64_t x) { return from_int128(x); }
    static DoubleDouble from_uint64(std::uint64_t x) { return from_int128(static_cast<i128>(x)); }
    /// Exact for |x| <= 2^106; else relative error below 2^-106.
    static DoubleDouble from_int128(i128 x) {
        const double hi = static_cast<double>(x);
        // hi may be 2^127, so the difference is taken modulo 2^128; it is at most 2^73 in absolute value.
        const u128 high = hi >= 0 ? static_cast<u128>(hi) : u128{0} - static_cast<u128>(-hi);
        return {hi, static_cast<double>(static_cast<i128>(static_cast<u128>(x) - high))};
    }

    friend bool operator==(const DoubleDouble&, const DoubleDouble&) = default;
    friend std::partial_ordering operator<=>(const DoubleDouble& a, const DoubleDouble& b) {
        return a.hi == b.hi ? a.lo <=> b.lo : a.hi <=> b.hi;
    }
};

/// a + b exactly, for |a| >= |b| or a = 0.
inline DoubleDouble quick_two_sum(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
}

/// a + b exactly (Knuth).
inline DoubleDouble two_sum(double a, double b) {
    const double sum = a + b;
    const double b_part = sum - a;
    return {sum, (a - (sum - b_part)) + (b - b_part)};
}

/// a * b exactly. Without a fused multiply-add in the instruction set, std::fma is a slow call: there Dekker's splitting
/// into 26 bits each gives the same pair.
inline DoubleDouble two_product(double a, double b) {
    const double product = a * b;
#if defined(__FMA__) || defined(__aarch64__)
    return {product, std::fma(a, b, -product)};
#else
    constexpr double kSplitter = 134217729;  // 2^27 + 1
    const double a_scaled = kSplitter * a;
    const double a_high = a_scaled - (a_scaled - a);
    const double a_low = a - a_high;
    const double b_scaled = kSplitter * b;
    const double b_high = b_scaled - (b_scaled - b);
    const double b_low = b - b_high;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
#endif
}

inline DoubleDouble operator-(DoubleDouble a) { return {-a.hi, -a.lo}; }

/// Relative error below 2^-104, also where leading digits cancel.
inline DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
    const DoubleDouble high = two_sum(a.hi, b.hi);
    const DoubleDouble low = two_sum(a.lo, b.lo);
    const DoubleDouble sum = quick_two_sum(high.hi, high.lo + low.hi);
    return quick_two_sum(sum.hi, sum.lo + low.lo);
}
inline DoubleDouble operator+(DoubleDouble a, double b) {
    const DoubleDouble high = two_sum(a.hi, b);
    return quick_two_sum(high.hi, high.lo + a.lo);
}
inline DoubleDouble operator+(double a, DoubleDouble b) { return b + a; }
inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }
inline DoubleDouble operator-(DoubleDouble a, double b) { return a + -b; }
inline DoubleDouble operator-(double a, DoubleDouble b) { return -b + a; }

/// Relative error below 2^-103.
inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
    const DoubleDouble product = two_product(a.hi, b.hi);
    return quick_two_sum(product.hi, product.lo + (a.hi * b.lo + a.lo * b.hi));
}
inline DoubleDouble operator*(DoubleDouble a, double b) {
    const DoubleDouble product = two_product(a.hi, b);
    return quick_two_sum(product.hi, product.lo + a.lo * b);
}
inline DoubleDouble operator*(double a, DoubleDouble b) { return b * a; }

/// Relative error below 2^-101. b != 0. Three digits in base 2^53, the last for rounding.
inline DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
    const double q1 = a.hi / b.hi;
    DoubleDouble rest = a - b * q1;
    const double q2 = rest.hi / b.hi;
    rest = rest - b * q2;
    return quick_two_sum(q1, q2) + rest.hi / b.hi;
}
inline DoubleDouble operator/(DoubleDouble a, double b) { return a / DoubleDouble{b, 0}; }
inline DoubleDouble operator/(double a, DoubleDouble b) { return DoubleDouble{a, 0} / b; }

inline DoubleDouble& operator+=(DoubleDouble& a, DoubleDouble b) { return a = a + b; }
inline DoubleDouble& operator-=(DoubleDouble& a, DoubleDouble b) { return a = a - b; }
inline DoubleDouble& operator*=(DoubleDouble& a, DoubleDouble b) { return a = a * b; }
inline DoubleDouble& operator/=(DoubleDouble& a, DoubleDouble b) { return a = a / b; }

/// x * 2^exponent, exactly.
inline DoubleDouble ldexp(DoubleDouble x, int exponent) {
    return {std::ldexp(x.hi, exponent), std::ldexp(x.lo, exponent)};
}

inline DoubleDouble abs(DoubleDouble x) { return x.hi < 0 ? -x : x; }

/// The nearest double: hi itself, by the normalisation.
inline double to_double(DoubleDouble x) { return x.hi; }

/// Relative error below 2^-102. x >= 0. One Newton step from the double square root (Karp and Markstein, 1997).
inline DoubleDouble sqrt(DoubleDouble x) {
    CIPHERNET_ASSERT(x.hi >= 0);
    if (x.hi == 0) return {0, 0};
    const double root = std::sqrt(x.hi);
    const DoubleDouble rest = x - two_product(root, root);
    return quick_two_sum(root, rest.hi / (2 * root));
}

/// The largest integer that is not above x, exactly.
inline DoubleDouble floor(DoubleDouble x) {
    const double high = std::floor(x.hi);
    // A fraction in hi is larger than |lo|, so lo cannot carry it across an integer.
    return high == x.hi ? quick_two_sum(high, std::floor(x.lo)) : DoubleDouble{high, 0};
}

/// floor(x). |x| < 2^126.
inline i128 floor_to_int128(DoubleDouble x) {
    CIPHERNET_ASSERT(std::abs(x.hi) < 0x1p126);
    const DoubleDouble whole = floor(x);
    return static_cast<i128>(whole.hi) + static_cast<i128>(whole.lo);
}

/// floor(x + 1/2) without the rounding of that sum: the nearest integer, halves upwards. |x| < 2^126.
inline i128 round_to_int128(DoubleDouble x) {
    const double high = std::floor(x.hi);
    // Where the subtraction of the floor rounds, the fraction is next to 1, and the comparison comes out the same.
    const bool up = high == x.hi ? x.lo - std::floor(x.lo) >= 0.5 : ((x.hi - high) - 0.5) + x.lo >= 0;
    return floor_to_int128(x) + (up ? 1 : 0);
}

/// cos and sin of 2 pi k / m, each within 2^-102; exact where the value is 0, 1 or -1. m a power of two, 1 <= m <= 2^20;
/// any k. Public data only. Reduced to [0, pi/4] in integers, then the Taylor series; no libm.
inline void root_of_unity(std::uint64_t k, std::uint64_t m, DoubleDouble& cosine, DoubleDouble& sine) {
    using double_double_constants::kInverseFactorial;
    CIPHERNET_ASSERT(m >= 1 && (m & (m - 1)) == 0 && m <= std::uint64_t{1} << 20);
    const std::uint64_t fine = m < 8 ? 8 : m;
    const std::uint64_t position = (k & (m - 1)) * (fine / m);
    const std::uint64_t octant = position / (fine / 8);
    const std::uint64_t within = position % (fine / 8);
    // Odd octants are measured backwards from the axis behind them.
    const bool backwards = octant % 2 == 1;
    const std::uint64_t steps = backwards ? fine / 8 - within : within;
    const DoubleDouble pi{double_double_constants::kPi.hi, double_double_constants::kPi.lo};
    const DoubleDouble angle = pi * (2 * static_cast<double>(steps) / static_cast<double>(fine));

    // 1 - x²/2! + x⁴/4! … and x - x³/3! + x⁵/5! … by Horner's rule; x <= 0.786, terms from degree 30 on are below 2^-116.
    // The terms of degree 17 and above are below 2^-53 of the sum, so that doubles suffice for them.
    const DoubleDouble square = angle * angle;
    double even_tail = 0;
    double odd_tail = 0;
    for (int j = 28; j >= 18; j -= 2) {
        even_tail = kInverseFactorial[j].hi - even_tail * square.hi;
        odd_tail = kInverseFactorial[j + 1].hi - odd_tail * square.hi;
    }
    DoubleDouble even{even_tail, 0};
    DoubleDouble odd{odd_tail, 0};
    for (int j = 16; j >= 0; j -= 2) {
        even = DoubleDouble{kInverseFactorial[j].hi, kInverseFactorial[j].lo} - even * square;
        odd = DoubleDouble{kInverseFactorial[j + 1].hi, kInverseFactorial[j + 1].lo} - odd * square;
    }
    // At pi/4 both are the same number, to the last bit.
    const bool diagonal = steps == fine / 8;
    const DoubleDouble c = diagonal ? sqrt(DoubleDouble{0.5, 0}) : even;
    const DoubleDouble length = diagonal ? c : odd * angle;
    const DoubleDouble s = backwards ? -length : length;
    switch ((octant + 1) / 2 % 4) {  // quarter turns
        case 0:
            cosine = c, sine = s;
            break;
        case 1:
            cosine = -s, sine = c;
            break;
        case 2:
            cosine = -c, sine = -s;
            break;
        default:
            cosine = s, sine = -c;
            break;
    }
    // No negative zeros.
    cosine = cosine + 0.0;
    sine = sine + 0.0;
}

}  // namespace ciphernet
