#pragma once

// The transforms of the canonical embedding in vectors, for numbers in double and in double-double. The file of an
// instruction set names its vectors before it includes this one:
//   Doubles, kLanes; load, store (any double*), all, plus, minus, times, negated, times_plus (rounded once);
//   pair_lanes (the even lanes of two vectors, then the odd ones: its own inverse)
// and the scalar functions that do what is too short for them. Every butterfly computes what those do, operation by
// operation, so the results are the same to the last bit. Two stages are made in one pass over the numbers, which
// halves the traffic. Everything has internal linkage.

#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// kLanes real numbers in double.
struct Single {
    /// Doubles that a number takes in memory.
    static constexpr size_t kWidth = 1;
    Doubles x;

    CIPHERNET_INLINE Single load_from(const double* p) { return {load(p)}; }
    CIPHERNET_INLINE Single repeat(const double* p) { return {all(*p)}; }
};
CIPHERNET_INLINE void store_to(double* p, Single a) { store(p, a.x); }
CIPHERNET_INLINE Single plus(Single a, Single b) { return {plus(a.x, b.x)}; }
CIPHERNET_INLINE Single minus(Single a, Single b) { return {minus(a.x, b.x)}; }
CIPHERNET_INLINE Single times(Single a, Single b) { return {times(a.x, b.x)}; }
CIPHERNET_INLINE Single times_power(Single a, Doubles power) { return {times(a.x, power)}; }

/// kLanes real numbers in double-double (arith/double_double.hpp, whose names and formulas these are), in some order of
/// lanes, the same for all.
struct Pair {
    static constexpr size_t kWidth = 2;
    Doubles hi, lo;

    CIPHERNET_INLINE Pair load_from(const double* p) {
        Pair a = {load(p), load(p + kLanes)};
        pair_lanes(a.hi, a.lo);
        return a;
    }
    CIPHERNET_INLINE Pair repeat(const double* p) { return {all(p[0]), all(p[1])}; }
};
CIPHERNET_INLINE void store_to(double* p, Pair a) {
    pair_lanes(a.hi, a.lo);
    store(p, a.hi);
    store(p + kLanes, a.lo);
}
CIPHERNET_INLINE Pair quick_two_sum(Doubles a, Doubles b) {
    const Doubles sum = plus(a, b);
    return {sum, minus(b, minus(sum, a))};
}
CIPHERNET_INLINE Pair two_sum(Doubles a, Doubles b) {
    const Doubles sum = plus(a, b);
    const Doubles b_part = minus(sum, a);
    return {sum, plus(minus(a, minus(sum, b_part)), minus(b, b_part))};
}
CIPHERNET_INLINE Pair plus(Pair a, Pair b) {
    const Pair high = two_sum(a.hi, b.hi);
    const Pair low = two_sum(a.lo, b.lo);
    const Pair sum = quick_two_sum(high.hi, plus(high.lo, low.hi));
    return quick_two_sum(sum.hi, plus(sum.lo, low.lo));
}
CIPHERNET_INLINE Pair minus(Pair a, Pair b) { return plus(a, Pair{negated(b.hi), negated(b.lo)}); }
CIPHERNET_INLINE Pair times(Pair a, Pair b) {
    const Doubles product = times(a.hi, b.hi);
    const Doubles rest = times_plus(a.hi, b.hi, negated(product));
    return quick_two_sum(product, plus(rest, plus(times(a.hi, b.lo), times(a.lo, b.hi))));
}
CIPHERNET_INLINE Pair times_power(Pair a, Doubles power) { return {times(a.hi, power), times(a.lo, power)}; }

template <class Real>
struct Complex {
    Real re, im;
};

/// The same place in both arrays; places and strides are in doubles.
template <class Real>
CIPHERNET_INLINE Complex<Real> load_at(const double* re, const double* im, size_t at) {
    return {Real::load_from(re + at), Real::load_from(im + at)};
}
template <class Real>
CIPHERNET_INLINE Complex<Real> repeat_at(const double* re, const double* im, size_t at) {
    return {Real::repeat(re + at), Real::repeat(im + at)};
}
template <class Real>
CIPHERNET_INLINE void store_at(double* re, double* im, size_t at, Complex<Real> x) {
    store_to(re + at, x.re);
    store_to(im + at, x.im);
}

/// (u, v) -> (u + v t, u - v t)
template <class Real>
CIPHERNET_INLINE void forward(Complex<Real>& u, Complex<Real>& v, const Complex<Real>& t) {
    const Real re = minus(times(v.re, t.re), times(v.im, t.im));
    const Real im = plus(times(v.re, t.im), times(v.im, t.re));
    v = {minus(u.re, re), minus(u.im, im)};
    u = {plus(u.re, re), plus(u.im, im)};
}
/// (u, v) -> (u + v, (u - v) t*)
template <class Real>
CIPHERNET_INLINE void inverse(Complex<Real>& u, Complex<Real>& v, const Complex<Real>& t) {
    const Real re = minus(u.re, v.re);
    const Real im = minus(u.im, v.im);
    u = {plus(u.re, v.re), plus(u.im, v.im)};
    v = {plus(times(re, t.re), times(im, t.im)), minus(times(im, t.re), times(re, t.im))};
}

// Passes over all numbers. A stage of half-length h before the bit reversal has h blocks with one twiddle each, h + j of
// the reversed tables; behind it, it has n/2h blocks with h twiddles. (ring/embedding.hpp)

template <class Real, bool Forward>
CIPHERNET_INLINE void butterfly(Complex<Real>& u, Complex<Real>& v, const Complex<Real>& t) {
    if constexpr (Forward) {
        forward(u, v, t);
    } else {
        inverse(u, v, t);
    }
}

template <class Real, bool Forward>
void shared_stage(double* re, double* im, const EmbeddingTable& table, size_t n, size_t h) {
    constexpr size_t kWidth = Real::kWidth;
    const size_t count = n / (2 * h) * kWidth;
    for (size_t j = 0; j < h; ++j) {
        const auto t = repeat_at<Real>(table.reversed_cos, table.reversed_sin, (h + j) * kWidth);
        const size_t begin = 2 * count * j;
        for (size_t i = begin; i < begin + count; i += kLanes * kWidth) {
            auto u = load_at<Real>(re, im, i);
            auto v = load_at<Real>(re, im, i + count);
            butterfly<Real, Forward>(u, v, t);
            store_at(re, im, i, u);
            store_at(re, im, i + count, v);
        }
    }
}

/// The stages of half-lengths h and 2h, the first of which comes first towards the slots.
template <class Real, bool Forward>
void shared_stages(double* re, double* im, const EmbeddingTable& table, size_t n, size_t h) {
    constexpr size_t kWidth = Real::kWidth;
    const size_t count = n / (4 * h) * kWidth;
    for (size_t j = 0; j < h; ++j) {
        const auto t = repeat_at<Real>(table.reversed_cos, table.reversed_sin, (h + j) * kWidth);
        const auto t0 = repeat_at<Real>(table.reversed_cos, table.reversed_sin, (2 * h + 2 * j) * kWidth);
        const auto t1 = repeat_at<Real>(table.reversed_cos, table.reversed_sin, (2 * h + 2 * j + 1) * kWidth);
        const size_t begin = 4 * count * j;
        for (size_t i = begin; i < begin + count; i += kLanes * kWidth) {
            Complex<Real> x[4];
            for (size_t k = 0; k < 4; ++k) x[k] = load_at<Real>(re, im, i + k * count);
            if constexpr (Forward) {
                forward(x[0], x[2], t);
                forward(x[1], x[3], t);
                forward(x[0], x[1], t0);
                forward(x[2], x[3], t1);
            } else {
                inverse(x[0], x[1], t0);
                inverse(x[2], x[3], t1);
                inverse(x[0], x[2], t);
                inverse(x[1], x[3], t);
            }
            for (size_t k = 0; k < 4; ++k) store_at(re, im, i + k * count, x[k]);
        }
    }
}

template <class Real, bool Forward>
void own_stage(double* re, double* im, const EmbeddingTable& table, size_t n, size_t h) {
    constexpr size_t kWidth = Real::kWidth;
    const size_t half = h * kWidth;
    for (size_t begin = 0; begin < n * kWidth; begin += 2 * half) {
        for (size_t i = 0; i < half; i += kLanes * kWidth) {
            auto u = load_at<Real>(re, im, begin + i);
            auto v = load_at<Real>(re, im, begin + half + i);
            butterfly<Real, Forward>(u, v, load_at<Real>(table.cos, table.sin, half + i));
            store_at(re, im, begin + i, u);
            store_at(re, im, begin + half + i, v);
        }
    }
}

template <class Real, bool Forward>
void own_stages(double* re, double* im, const EmbeddingTable& table, size_t n, size_t h) {
    constexpr size_t kWidth = Real::kWidth;
    const size_t half = h * kWidth;
    for (size_t begin = 0; begin < n * kWidth; begin += 4 * half) {
        for (size_t i = 0; i < half; i += kLanes * kWidth) {
            Complex<Real> x[4];
            for (size_t k = 0; k < 4; ++k) x[k] = load_at<Real>(re, im, begin + k * half + i);
            const auto t = load_at<Real>(table.cos, table.sin, half + i);
            const auto t0 = load_at<Real>(table.cos, table.sin, 2 * half + i);
            const auto t1 = load_at<Real>(table.cos, table.sin, 3 * half + i);
            if constexpr (Forward) {
                forward(x[0], x[1], t);
                forward(x[2], x[3], t);
                forward(x[0], x[2], t0);
                forward(x[1], x[3], t1);
            } else {
                inverse(x[0], x[2], t0);
                inverse(x[1], x[3], t1);
                inverse(x[0], x[1], t);
                inverse(x[2], x[3], t);
            }
            for (size_t k = 0; k < 4; ++k) store_at(re, im, begin + k * half + i, x[k]);
        }
    }
}

/// Exchanges the numbers at bit-reversed places by tiles of as many rows as a cache line holds numbers: the tiles of the
/// middle bits m and of their reversal are exchanged and transposed, so that lines are read and written whole.
template <size_t kWidth>
void bit_reverse(double* x, size_t log_n) {
    constexpr size_t kBits = kWidth == 1 ? 3 : 2;
    constexpr size_t kRows = size_t{1} << kBits;
    constexpr size_t kReversed[8] = {0, kRows / 2, kWidth == 1 ? 2 : 1, kWidth == 1 ? 6 : 3, 1, 5, 3, 7};
    struct Number {
        double x[kWidth];
    };
    const size_t middles = size_t{1} << (log_n - 2 * kBits);
    const size_t row = middles * kRows * kWidth;
    const auto exchange = [](double* a, double* b) {
        Number p, q;
        __builtin_memcpy(&p, a, sizeof p);
        __builtin_memcpy(&q, b, sizeof q);
        __builtin_memcpy(a, &q, sizeof q);
        __builtin_memcpy(b, &p, sizeof p);
    };
    for (size_t m = 0, reversed = 0; m < middles; ++m) {
        double* from = x + m * kRows * kWidth;
        double* to = x + reversed * kRows * kWidth;
        if (m < reversed) {
            for (size_t a = 0; a < kRows; ++a)
                for (size_t c = 0; c < kRows; ++c)
                    exchange(from + a * row + c * kWidth, to + kReversed[c] * row + kReversed[a] * kWidth);
        } else if (m == reversed) {
            for (size_t a = 0; a < kRows; ++a)
                for (size_t c = 0; c < kRows; ++c)
                    if (a < kReversed[c])
                        exchange(from + a * row + c * kWidth, to + kReversed[c] * row + kReversed[a] * kWidth);
        }
        size_t bit = middles >> 1;
        for (; reversed & bit; bit >>= 1) reversed ^= bit;
        reversed |= bit;
    }
}

/// From here on every inner loop is a multiple of the vectors and every tile is whole.
constexpr size_t kSmallestLog = 6;

template <class Real>
void to_slots(double* re, double* im, const EmbeddingTable& table, size_t log_n) {
    const size_t n = size_t{1} << log_n;
    const size_t split = size_t{1} << (log_n / 2);
    size_t h = 1;
    if (log_n / 2 % 2 == 1) {
        shared_stage<Real, true>(re, im, table, n, h);
        h *= 2;
    }
    for (; h < split; h *= 4) shared_stages<Real, true>(re, im, table, n, h);
    bit_reverse<Real::kWidth>(re, log_n);
    bit_reverse<Real::kWidth>(im, log_n);
    if ((log_n - log_n / 2) % 2 == 1) {
        own_stage<Real, true>(re, im, table, n, h);
        h *= 2;
    }
    for (; h < n; h *= 4) own_stages<Real, true>(re, im, table, n, h);
}

template <class Real>
void from_slots(double* re, double* im, const EmbeddingTable& table, size_t log_n) {
    const size_t n = size_t{1} << log_n;
    const size_t split = size_t{1} << (log_n / 2);
    size_t h = n / 2;
    for (; h / 2 >= split; h /= 4) own_stages<Real, false>(re, im, table, n, h / 2);
    if (h >= split) {
        own_stage<Real, false>(re, im, table, n, h);
        h /= 2;
    }
    bit_reverse<Real::kWidth>(re, log_n);
    bit_reverse<Real::kWidth>(im, log_n);
    for (; h >= 2; h /= 4) shared_stages<Real, false>(re, im, table, n, h / 2);
    if (h == 1) shared_stage<Real, false>(re, im, table, n, h);
    const Doubles n_inverse = all(1.0 / static_cast<double>(n));  // exact
    for (size_t i = 0; i < n * Real::kWidth; i += kLanes * Real::kWidth) {
        store_to(re + i, times_power(Real::load_from(re + i), n_inverse));
        store_to(im + i, times_power(Real::load_from(im + i), n_inverse));
    }
}

}  // namespace
}  // namespace ciphernet
