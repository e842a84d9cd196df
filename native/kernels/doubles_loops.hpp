#pragma once

// The loops over residues in doubles: what kernels_avx2.cpp and kernels_neon.cpp compile, each for its own vectors.

#include "kernels/doubles.hpp"
#include "kernels/packing_portable.hpp"

namespace ciphernet {
namespace {

using u8 = std::uint8_t;

constexpr u64 kMask52 = (u64{1} << 52) - 1;

/// x in [-m, m) -> [0, m).
CIPHERNET_INLINE Words add_if_negative(Words x, Words m) { return where_negative(x, plus(x, m), x); }

void add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Words q = all_words(m->q);
    for (size_t i = 0; i < n; i += 4) {
        const Words sum = plus(load_words(a + i), load_words(b + i));
        const Words less = minus(sum, q);
        store_words(r + i, where_negative(less, sum, less));
    }
}

void subtract(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Words q = all_words(m->q);
    for (size_t i = 0; i < n; i += 4)
        store_words(r + i, add_if_negative(minus(load_words(a + i), load_words(b + i)), q));
}

void negate(u64* r, const u64* a, size_t n, const M* m) {
    const Words q = all_words(m->q);
    for (size_t i = 0; i < n; i += 4) {
        const Words x = load_words(a + i);
        store_words(r + i, unless_zero(x, minus(q, x)));
    }
}

void multiply(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 4) {
        const Doubles x = to_doubles(load_words(a + i));
        const Doubles y = to_doubles(load_words(b + i));
        store_words(r + i, to_canonical_words(product(x, y, c), c.q));
    }
}

/// The product with the third operand inside: its quotient is off by 1/2 + 3/8 (h, h + z and 1/q are rounded), so one
/// correction is enough.
void multiply_add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 4) {
        const Doubles x = to_doubles(load_words(a + i));
        const Doubles y = to_doubles(load_words(b + i));
        const Doubles z = to_doubles(load_words(r + i));
        const Doubles h = times(x, y);
        const Doubles l = plus(times_minus(x, y, h), z);  // below 2^48 + q: exact
        const Doubles t = minus(times_plus(plus(h, z), c.inverse, all(kRound)), all(kRound));
        store_words(r + i, to_canonical_words(plus(minus_times(h, t, c.q), l), c.q));
    }
}

void multiply_scalar(u64* r, const u64* a, ShoupFactor w, size_t n, const M* m) {
    const Wide c(m);
    const Factor f = factor(w.w, m);
    for (size_t i = 0; i < n; i += 4)
        store_words(r + i, to_canonical_words(product(to_doubles(load_words(a + i)), f, c), c.q));
}

void subtract_multiply_scalar(u64* r, const u64* a, const u64* b, ShoupFactor w, size_t n, const M* m) {
    const Wide c(m);
    const Factor f = factor(w.w, m);
    for (size_t i = 0; i < n; i += 4) {
        const Doubles d = minus(to_doubles(load_words(a + i)), to_doubles(load_words(b + i)));
        store_words(r + i, to_canonical_words(product(d, f, c), c.q));
    }
}

void subtract_multiply_accumulate(u64* r, const u64* a, const u64* b, ShoupFactor w, const u64* c, ShoupFactor v,
                                  size_t n, const M* m) {
    const Wide wide(m);
    const Factor f = factor(w.w, m);
    const Factor g = factor(v.w, m);
    for (size_t i = 0; i < n; i += 4) {
        const Doubles d = minus(to_doubles(load_words(a + i)), to_doubles(load_words(b + i)));
        const Doubles sum = plus(product(d, f, wide), product(to_doubles(load_words(c + i)), g, wide));  // within 5/4 q
        store_words(r + i, to_canonical_words(reduce_near(sum, wide), wide.q));
    }
}

void reduce(u64* r, const u64* a, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 4)
        store_words(r + i, to_canonical_words(reduce_near(to_doubles(load_words(a + i)), c), c.q));
}

// Sums of products of 52-bit numbers. 2^104 + x y lies below 2^105, so that as a double it is a multiple of 2^52: its
// mantissa is high = x y / 2^52 to nearest, and low = x y - 2^52 high, within 2^51, is exact in another fma. Both are
// added up as words, low beside the exponent of 3/2 2^52, whose bits are taken off in the end, modulo 2^64.

/// At most so many terms: the sum of high stays below 2^63, that of low within 2^62.
constexpr size_t kChunk = 2048;

/// The vectors in flight: they hide the latency of a chain, and a pointer is fetched once for 128 bytes.
constexpr size_t kDotVectors = 4;

struct SumsOfProducts {
    Words high, low;
};

CIPHERNET_INLINE void accumulate(SumsOfProducts& s, Doubles x, Doubles y) {
    const Doubles high = times_plus(x, y, all(0x1p104));
    const Doubles low = times_plus(x, y, minus(all(0x1p104), high));
    s.high = plus(s.high, as_words(high));
    s.low = plus(s.low, as_words(plus(low, all(kRound))));
}

/// What the reduction of a sum needs.
struct SumModulus {
    Wide m;
    Factor two_52;

    explicit __attribute__((always_inline)) SumModulus(const M* c) : m(c), two_52(factor(c->two_52, c)) {}
};

/// 2^52 high + low mod q within 1.5 q. With 52-bit digits, high = h1 2^52 + h0 and low = l1 2^52 + l0, l1 of either
/// sign, it is (h1 2^52 + (h0 + l1)) 2^52 + l0.
CIPHERNET_INLINE Doubles reduce_sums(const SumsOfProducts& s, size_t terms, const SumModulus& c) {
    const Words mask = all_words(kMask52);
    const Words high = minus(s.high, all_words(terms * 0x4670000000000000));  // the bits of 2^104
    // the bits of 3/2 2^52, and 2^63 so that no sum is negative
    const Words low = minus(s.low, all_words(terms * 0x4338000000000000 - (u64{1} << 63)));
    const Doubles h1 = to_doubles(above_52_bits(high));
    const Doubles h0 = to_doubles(both(high, mask));
    const Doubles l1 = minus(to_doubles(above_52_bits(low)), all(0x1p11));
    const Doubles l0 = to_doubles(both(low, mask));
    const Doubles top = plus(plus(product(h1, c.two_52, c.m), reduce_near(h0, c.m)), l1);
    return plus(product(top, c.two_52, c.m), reduce_near(l0, c.m));
}

/// `vectors` vectors, from word i on, of each of `rows` results, on top of what they hold when `add`;
/// accumulate_term(sums, j) adds term j to the sums of each.
template <size_t rows, size_t vectors, bool add, class Term>
CIPHERNET_INLINE void dot_vectors(u64* const* r, size_t i, size_t terms, const SumModulus* c, Term accumulate_term) {
    Doubles total[rows][vectors];
    for (size_t k = 0; k < rows; ++k)
        for (size_t v = 0; v < vectors; ++v) total[k][v] = add ? to_doubles(load_words(r[k] + i + 4 * v)) : all(0);
    for (size_t begin = 0; begin < terms; begin += kChunk) {
        const size_t end = terms - begin < kChunk ? terms : begin + kChunk;
        SumsOfProducts sums[rows][vectors];
        for (auto& row : sums)
            for (SumsOfProducts& s : row) s = {all_words(0), all_words(0)};
        for (size_t j = begin; j < end; ++j) accumulate_term(sums, j);
        for (size_t k = 0; k < rows; ++k)
            for (size_t v = 0; v < vectors; ++v)
                total[k][v] = plus(total[k][v], reduce_sums(sums[k][v], end - begin, c[k]));
    }
    for (size_t k = 0; k < rows; ++k)
        for (size_t v = 0; v < vectors; ++v)  // within 4 q, the chunks being two at most
            store_words(r[k] + i + 4 * v, to_canonical_words(reduce_near(total[k][v], c[k].m), c[k].m.q));
}

template <size_t vectors, bool add>
CIPHERNET_INLINE void dot_at(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t i,
                             const SumModulus& c) {
    dot_vectors<1, vectors, add>(&r, i, terms, &c,
                                 [=](SumsOfProducts(*sums)[vectors], size_t j) __attribute__((always_inline)) {
                                     for (size_t v = 0; v < vectors; ++v)
                                         accumulate(sums[0][v], to_doubles(load_words(a[j] + i + 4 * v)),
                                                    to_doubles(load_words(b[j] + i + 4 * v)));
                                 });
}

template <bool add>
void dot_onto(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const M* m) {
    const SumModulus c(m);
    size_t i = 0;
    for (; i + 4 * kDotVectors <= n; i += 4 * kDotVectors) dot_at<kDotVectors, add>(r, a, b, terms, i, c);
    for (; i < n; i += 4) dot_at<1, add>(r, a, b, terms, i, c);
}

void dot(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const M* m) {
    dot_onto<false>(r, a, b, terms, n, m);
}

/// Of unpacked rows, for packing_portable.hpp.
auto unpacked_dot(const M* m) {
    return [m](u64* r, const u64* const* x, const u64* const* y, size_t count, bool onto, size_t words) {
        onto ? dot_onto<true>(r, x, y, count, words, m) : dot_onto<false>(r, x, y, count, words, m);
    };
}

void dot_pair(u64* r0, u64* r1, const u64* const* a, const u8* const* b0, const u8* const* b1, size_t terms, bool add,
              size_t n, const M* m) {
    dot_of_packed(r0, r1, a, a, b0, b1, static_cast<int>(m->bits), terms, add, n, unpacked_dot(m));
}

void dot_packed(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u8* const* b, size_t terms,
                bool add, size_t n, const M* m) {
    dot_of_packed(r0, r1, a0, a1, b, b, static_cast<int>(m->bits), terms, add, n, unpacked_dot(m));
}

void dot_repeated(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u64* const* b, size_t terms,
                  bool add, size_t n, int log_run, const M* m) {
    dot_of_repeated(r0, r1, a0, a1, b, log_run, terms, add, n, unpacked_dot(m));
}

template <size_t rows, size_t vectors>
CIPHERNET_INLINE void dot_scalar_at(u64* const* r, const u64* const* a, const u64* const* w, size_t terms, size_t i,
                                    const SumModulus* c) {
    dot_vectors<rows, vectors, false>(r, i, terms, c,
                                      [=](SumsOfProducts(*sums)[vectors], size_t j) __attribute__((always_inline)) {
                                          Doubles y[rows];
                                          for (size_t k = 0; k < rows; ++k)
                                              y[k] = all(static_cast<double>(static_cast<std::int64_t>(w[k][j])));
                                          for (size_t v = 0; v < vectors; ++v) {
                                              const Doubles x = to_doubles(load_words(a[j] + i + 4 * v));
                                              for (size_t k = 0; k < rows; ++k) accumulate(sums[k][v], x, y[k]);
                                          }
                                      });
}

void dot_scalar(u64* r, const u64* const* a, const u64* w, size_t terms, size_t n, const M* m) {
    const SumModulus c(m);
    size_t i = 0;
    for (; i + 4 * kDotVectors <= n; i += 4 * kDotVectors) dot_scalar_at<1, kDotVectors>(&r, a, &w, terms, i, &c);
    for (; i < n; i += 4) dot_scalar_at<1, 1>(&r, a, &w, terms, i, &c);
}

/// Two rows at a time: with two vectors of each, sums and operands fill the sixteen registers of AVX2.
void dot_scalar_rows(u64* const* r, const u64* const* a, const u64* const* w, size_t rows, size_t terms, size_t n,
                     const M* const* m) {
    size_t k = 0;
    for (; k + 2 <= rows; k += 2) {
        const SumModulus c[]{SumModulus(m[k]), SumModulus(m[k + 1])};
        for (size_t i = 0; i < n; i += 8) dot_scalar_at<2, 2>(r + k, a, w + k, terms, i, c);
    }
    if (k < rows) dot_scalar(r[k], a, w[k], terms, n, m[k]);
}

void permute(u64* r, const u64* a, const u32* index, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        const u64* const group = a + (index[i] & ~u32{7});
        for (size_t k = 0; k < 8; ++k) r[i + k] = group[index[i + k] & 7];
    }
}

void from_signed(u64* r, const std::int8_t* a, size_t n, const M* m) {
    const Words q = all_words(m->q);
    for (size_t i = 0; i < n; i += 4) store_words(r + i, add_if_negative(load_signed(a + i), q));
}

/// By single loads (gathers are no faster) into a group, which then takes its signs at once.
void substitute(u64* r, const u64* a, u64 inverse, size_t n, const M* m) {
    const Words q = all_words(m->q);
    const int top = 63 - __builtin_ctzll(n);  // where the bit that says k >= n becomes the sign
    for (size_t i = 0; i < n; i += 4) {
        alignas(64) u64 x[4], sign[4];
        for (size_t j = 0; j < 4; ++j) {
            const u64 k = (i + j) * inverse;
            x[j] = a[k & (n - 1)];
            sign[j] = k << top;
        }
        const Words value = load_words(x);
        store_words(r + i, where_negative(load_words(sign), unless_zero(value, minus(q, value)), value));
    }
}

void round_weighted_sum(u64* r, const u64* const* y, const double* inverse, size_t terms, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        Doubles sum[2] = {all(0), all(0)};
        // Product and sum are rounded apart, as in the scalar path (-ffp-contract=off keeps them so).
        for (size_t j = 0; j < terms; ++j)
            for (size_t k = 0; k < 2; ++k)
                sum[k] = plus(sum[k], times(to_doubles(load_words(y[j] + i + 4 * k)), all(inverse[j])));
        for (size_t k = 0; k < 2; ++k)
            store_words(r + i + 4 * k, both(as_words(plus(sum[k], all(0x1p52))), all_words(kMask52)));
    }
}

}  // namespace
}  // namespace ciphernet
