// The loops over residues on the 52-bit multipliers of AVX-512 IFMA. Derivations of the bounds: kernels_scalar.cpp has
// the same reductions; what differs is said here.

#include "kernels/avx512ifma.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// A modulus in registers.
struct Wide {
    V q, two_q, minus_q, barrett, two_52, two_52_quotient, one_quotient;
    __m128i shift;  ///< 52 - bits

    explicit __attribute__((always_inline)) Wide(const M* m)
        : q(all(m->q)),
          two_q(all(2 * m->q)),
          minus_q(all((kMask52 + 1) - m->q)),
          barrett(all(m->barrett)),
          two_52(all(m->two_52)),
          two_52_quotient(all(m->two_52_quotient)),
          one_quotient(all(m->barrett >> (m->bits - 1))),
          shift(_mm_cvtsi64_si128(static_cast<long long>(52 - m->bits))) {}
};

/// c + x * y mod q, up to 5/2 q too much. c < 2^51, x and y canonical; clean. x 2^(52 - bits) < 2^52 and 2y < 2^51 make
/// the high half floor(x y / 2^(bits - 1)), from where on it is the Barrett reduction of the scalar path.
CIPHERNET_INLINE V multiply_barrett(V c, V x, V y, const Wide& m) {
    const V high = madd_high(zero(), _mm512_sll_epi64(x, m.shift), plus(y, y));
    const V estimate = madd_high(zero(), high, m.barrett);
    return low_52(madd_low(madd_low(c, x, y), estimate, m.minus_q));
}

/// x in [0, 4q) -> [0, q).
CIPHERNET_INLINE V canonical(V x, const Wide& m) { return subtract_once(subtract_once(x, m.two_q), m.q); }

/// x mod q in [0, 2q). x < 2^52.
CIPHERNET_INLINE V reduce_lazy(V x, const Wide& m) {
    const V estimate = madd_high(zero(), x, m.one_quotient);
    return low_52(madd_low(x, estimate, m.minus_q));
}

/// low + high * 2^52 mod q, any 64-bit low and high. With 52-bit digits, high = h1 2^52 + h0 and low = l1 2^52 + l0, it is
/// (h1 2^52 + (h0 + l1)) 2^52 + l0. `few` terms: kFewTerms at most, so that high + l1 has no digit h1.
template <bool few>
CIPHERNET_INLINE V reduce_sum(V low, V high, const Wide& m) {
    const V l1 = _mm512_srli_epi64(low, 52);
    V top = plus(high, l1);
    if constexpr (!few) {
        const V h1 = _mm512_srli_epi64(high, 52);
        const V h0 = subtract_once(reduce_lazy(low_52(high), m), m.q);
        // below 2q + q + 2^12 < 2^52
        top = plus(multiply_lazy(h1, m.two_52, m.two_52_quotient, m.minus_q), plus(h0, l1));
    }
    const V r = plus(multiply_lazy(top, m.two_52, m.two_52_quotient, m.minus_q), reduce_lazy(low_52(low), m));
    return canonical(r, m);
}

/// A product of two numbers below 2^50 adds less than 2^48 to the high sum, and 1 in the end by way of the low one, where a
/// residue may be added too.
constexpr size_t kFewTerms = 15;

void add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const V q = all(m->q);
    for (size_t i = 0; i < n; i += 8) store(r + i, subtract_once(plus(load(a + i), load(b + i)), q));
}

void subtract(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const V q = all(m->q);
    for (size_t i = 0; i < n; i += 8) {
        const V d = minus(load(a + i), load(b + i));
        store(r + i, _mm512_min_epu64(d, plus(d, q)));  // a negative difference is a huge number
    }
}

void negate(u64* r, const u64* a, size_t n, const M* m) {
    const V q = all(m->q);
    for (size_t i = 0; i < n; i += 8) store(r + i, subtract_once(minus(q, load(a + i)), q));
}

void multiply(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 8) store(r + i, canonical(multiply_barrett(zero(), load(a + i), load(b + i), c), c));
}

void multiply_add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const Wide c(m);
    // q + 5/2 q is still below 4q.
    for (size_t i = 0; i < n; i += 8)
        store(r + i, canonical(multiply_barrett(load(r + i), load(a + i), load(b + i), c), c));
}

void multiply_scalar(u64* r, const u64* a, ShoupFactor w, size_t n, const M* m) {
    const Wide c(m);
    const V factor = all(w.w);
    const V quotient = all(w.quotient);
    for (size_t i = 0; i < n; i += 8)
        store(r + i, subtract_once(multiply_lazy(load(a + i), factor, quotient, c.minus_q), c.q));
}

void subtract_multiply_scalar(u64* r, const u64* a, const u64* b, ShoupFactor w, size_t n, const M* m) {
    const Wide c(m);
    const V factor = all(w.w);
    const V quotient = all(w.quotient);
    for (size_t i = 0; i < n; i += 8) {
        const V d = minus(plus(load(a + i), c.q), load(b + i));
        store(r + i, subtract_once(multiply_lazy(d, factor, quotient, c.minus_q), c.q));
    }
}

void subtract_multiply_accumulate(u64* r, const u64* a, const u64* b, ShoupFactor w, const u64* c, ShoupFactor v,
                                  size_t n, const M* m) {
    const Wide k(m);
    const V w_factor = all(w.w), w_quotient = all(w.quotient);
    const V v_factor = all(v.w), v_quotient = all(v.quotient);
    for (size_t i = 0; i < n; i += 8) {
        const V x = minus(plus(load(a + i), k.q), load(b + i));
        const V y = load(c + i);
        // Both products in one sum, which is below 4q.
        V sum = madd_low(madd_low(zero(), x, w_factor), y, v_factor);
        sum = madd_low(sum, madd_high(zero(), x, w_quotient), k.minus_q);
        sum = madd_low(sum, madd_high(zero(), y, v_quotient), k.minus_q);
        store(r + i, canonical(low_52(sum), k));
    }
}

void reduce(u64* r, const u64* a, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 8) store(r + i, subtract_once(reduce_lazy(load(a + i), c), c.q));
}

// Each term adds less than 2^52 to either sum, so 4096 of them stay below 2^64. Several vectors at a time: eight sums
// hide the multipliers' latency, and a pointer is fetched once for all of them.

/// A key streams from memory in more arrays at once than the hardware follows: fetched 2 KiB ahead (a sixth faster with
/// 19 terms, nothing lost with 3).
constexpr size_t kAhead = 2048;

/// `vectors` vectors of r; operand(j, k) gives the factors of term j for vector k.
template <bool few, size_t vectors, class Operand>
CIPHERNET_INLINE void dot_vectors(u64* r, size_t terms, const Wide& c, Operand operand) {
    V low[vectors], high[vectors];
    for (size_t k = 0; k < vectors; ++k) low[k] = high[k] = zero();
    for (size_t j = 0; j < terms; ++j) {
        for (size_t k = 0; k < vectors; ++k) {
            const auto [x, y] = operand(j, k);
            low[k] = madd_low(low[k], x, y);
            high[k] = madd_high(high[k], x, y);
        }
    }
    for (size_t k = 0; k < vectors; ++k) store(r + 8 * k, reduce_sum<few>(low[k], high[k], c));
}

struct Factors {
    V x, y;
};

template <bool few>
void dot_terms(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const Wide& shared) {
    const Wide c = shared;
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        dot_vectors<few, 4>(r + i, terms, c, [=](size_t j, size_t k) __attribute__((always_inline)) {
            return Factors{load(a[j] + i + 8 * k), load(b[j] + i + 8 * k)};
        });
    for (; i < n; i += 8)
        dot_vectors<few, 1>(r + i, terms, c, [=](size_t j, size_t) __attribute__((always_inline)) {
            return Factors{load(a[j] + i), load(b[j] + i)};
        });
}

void dot(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const M* m) {
    const Wide c(m);
    terms <= kFewTerms ? dot_terms<true>(r, a, b, terms, n, c) : dot_terms<false>(r, a, b, terms, n, c);
}

struct PairFactors {
    V x0, y0, x1, y1;
};

/// `vectors` vectors of both results; operand(j, k) gives the factors of term j for vector k.
template <bool few, bool add, size_t vectors, class Operand>
CIPHERNET_INLINE void dot_pair_vectors(u64* r0, u64* r1, size_t terms, const Wide& c, Operand operand) {
    V low0[vectors], high0[vectors], low1[vectors], high1[vectors];
    for (size_t k = 0; k < vectors; ++k) {
        low0[k] = add ? load(r0 + 8 * k) : zero();
        low1[k] = add ? load(r1 + 8 * k) : zero();
        high0[k] = high1[k] = zero();
    }
    for (size_t j = 0; j < terms; ++j) {
        for (size_t k = 0; k < vectors; ++k) {
            const auto [x0, y0, x1, y1] = operand(j, k);
            low0[k] = madd_low(low0[k], x0, y0);
            high0[k] = madd_high(high0[k], x0, y0);
            low1[k] = madd_low(low1[k], x1, y1);
            high1[k] = madd_high(high1[k], x1, y1);
        }
    }
    for (size_t k = 0; k < vectors; ++k) {
        store(r0 + 8 * k, reduce_sum<few>(low0[k], high0[k], c));
        store(r1 + 8 * k, reduce_sum<few>(low1[k], high1[k], c));
    }
}

/// Two vectors at a time, then one; operand(i, j, k) gives the factors of term j for vector k from word i on.
template <bool few, bool add, class Operand>
CIPHERNET_INLINE void dot_pair_words(u64* r0, u64* r1, size_t terms, size_t n, const Wide& shared, Operand operand) {
    const Wide c = shared;
    size_t i = 0;
    for (; i + 16 <= n; i += 16)
        dot_pair_vectors<few, add, 2>(r0 + i, r1 + i, terms, c, [=](size_t j, size_t k) __attribute__((always_inline)) {
            return operand(i, j, k);
        });
    for (; i < n; i += 8)
        dot_pair_vectors<few, add, 1>(r0 + i, r1 + i, terms, c, [=](size_t j, size_t k) __attribute__((always_inline)) {
            return operand(i, j, k);
        });
}

/// `one_key`: b1 is b0; otherwise a1 is a0.
template <bool few, bool add, bool one_key>
void dot_pair_terms(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u8* const* b0,
                    const u8* const* b1, size_t terms, size_t n, const Wide& c, int bits) {
    const PackedLanes lanes(bits);
    dot_pair_words<few, add>(r0, r1, terms, n, c, [=](size_t i, size_t j, size_t k) __attribute__((always_inline)) {
        const size_t first = (i / 8 + k) * lanes.bits;
        __builtin_prefetch(b0[j] + first + kAhead);
        if constexpr (!one_key) __builtin_prefetch(b1[j] + first + kAhead);
        const V x0 = load(a0[j] + i + 8 * k);
        const V y0 = load_packed(b0[j] + first, lanes);
        if constexpr (one_key) return PairFactors{x0, y0, load(a1[j] + i + 8 * k), y0};
        return PairFactors{x0, y0, x0, load_packed(b1[j] + first, lanes)};
    });
}

template <bool few, bool add>
void dot_repeated_terms(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u64* const* b, size_t terms,
                        size_t n, int log_run, const Wide& c) {
    dot_pair_words<few, add>(r0, r1, terms, n, c, [=](size_t i, size_t j, size_t k) __attribute__((always_inline)) {
        const V y = all(b[j][(i + 8 * k) >> log_run]);
        return PairFactors{load(a0[j] + i + 8 * k), y, load(a1[j] + i + 8 * k), y};
    });
}

template <bool one_key>
void dot_pairs(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u8* const* b0, const u8* const* b1,
               size_t terms, bool add, size_t n, const M* m) {
    const Wide c(m);
    const bool few = terms <= kFewTerms;
    const auto run = add ? (few ? dot_pair_terms<true, true, one_key> : dot_pair_terms<false, true, one_key>)
                         : (few ? dot_pair_terms<true, false, one_key> : dot_pair_terms<false, false, one_key>);
    run(r0, r1, a0, a1, b0, b1, terms, n, c, static_cast<int>(m->bits));
}

void dot_pair(u64* r0, u64* r1, const u64* const* a, const u8* const* b0, const u8* const* b1, size_t terms, bool add,
              size_t n, const M* m) {
    dot_pairs<false>(r0, r1, a, a, b0, b1, terms, add, n, m);
}

void dot_packed(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u8* const* b, size_t terms,
                bool add, size_t n, const M* m) {
    dot_pairs<true>(r0, r1, a0, a1, b, b, terms, add, n, m);
}

void dot_repeated(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u64* const* b, size_t terms,
                  bool add, size_t n, int log_run, const M* m) {
    const Wide c(m);
    const bool few = terms <= kFewTerms;
    const auto run = add ? (few ? dot_repeated_terms<true, true> : dot_repeated_terms<false, true>)
                         : (few ? dot_repeated_terms<true, false> : dot_repeated_terms<false, false>);
    run(r0, r1, a0, a1, b, terms, n, log_run, c);
}

/// Words from where a sum reads to what it fetches: the hardware does not fetch across pages, and 4 KiB ahead would lie in the
/// sets of the first-level cache that are read from now.
constexpr size_t kWordsAhead = 128;

template <bool few>
void dot_scalar_terms(u64* r, const u64* const* a, const u64* w, size_t terms, size_t n, const Wide& shared) {
    const Wide c = shared;
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        dot_vectors<few, 4>(r + i, terms, c, [=](size_t j, size_t k) __attribute__((always_inline)) {
            __builtin_prefetch(a[j] + i + 8 * k + kWordsAhead);
            return Factors{load(a[j] + i + 8 * k), all(w[j])};
        });
    for (; i < n; i += 8)
        dot_vectors<few, 1>(r + i, terms, c, [=](size_t j, size_t) __attribute__((always_inline)) {
            return Factors{load(a[j] + i), all(w[j])};
        });
}

void dot_scalar(u64* r, const u64* const* a, const u64* w, size_t terms, size_t n, const M* m) {
    const Wide c(m);
    terms <= kFewTerms ? dot_scalar_terms<true>(r, a, w, terms, n, c) : dot_scalar_terms<false>(r, a, w, terms, n, c);
}

/// `vectors` vectors of `rows` results, whose sums are what fills the registers.
template <bool few, size_t rows, size_t vectors>
CIPHERNET_INLINE void dot_rows_at(u64* const* r, const u64* const* a, const u64* const* w, size_t terms, size_t i,
                                  const Wide* c) {
    V low[rows][vectors], high[rows][vectors];
    for (size_t k = 0; k < rows; ++k)
        for (size_t v = 0; v < vectors; ++v) low[k][v] = high[k][v] = zero();
    for (size_t j = 0; j < terms; ++j) {
        V x[vectors];
        for (size_t v = 0; v < vectors; ++v) {
            __builtin_prefetch(a[j] + i + 8 * v + kWordsAhead);
            x[v] = load(a[j] + i + 8 * v);
        }
        for (size_t k = 0; k < rows; ++k) {
            const V y = all(w[k][j]);
            for (size_t v = 0; v < vectors; ++v) {
                low[k][v] = madd_low(low[k][v], x[v], y);
                high[k][v] = madd_high(high[k][v], x[v], y);
            }
        }
    }
    for (size_t k = 0; k < rows; ++k)
        for (size_t v = 0; v < vectors; ++v) store(r[k] + i + 8 * v, reduce_sum<few>(low[k][v], high[k][v], c[k]));
}

template <bool few, size_t rows>
CIPHERNET_INLINE void dot_rows(u64* const* r, const u64* const* a, const u64* const* w, size_t terms, size_t n,
                               const M* const* m) {
    static_assert(2 <= rows && rows <= 4);
    const Wide c[]{Wide(m[0]), Wide(m[1]), Wide(m[rows == 2 ? 1 : 2]), Wide(m[rows - 1])};
    size_t i = 0;
    for (; i + 16 <= n; i += 16) dot_rows_at<few, rows, 2>(r, a, w, terms, i, c);
    for (; i < n; i += 8) dot_rows_at<few, rows, 1>(r, a, w, terms, i, c);
}

template <bool few>
void dot_scalar_rows_terms(u64* const* r, const u64* const* a, const u64* const* w, size_t rows, size_t terms, size_t n,
                           const M* const* m) {
    size_t k = 0;
    for (; k + 4 <= rows; k += 4) dot_rows<few, 4>(r + k, a, w + k, terms, n, m + k);
    switch (rows - k) {
        case 3:
            return dot_rows<few, 3>(r + k, a, w + k, terms, n, m + k);
        case 2:
            return dot_rows<few, 2>(r + k, a, w + k, terms, n, m + k);
        case 1:
            return dot_scalar_terms<few>(r[k], a, w[k], terms, n, Wide(m[k]));
        default:
            return;
    }
}

void dot_scalar_rows(u64* const* r, const u64* const* a, const u64* const* w, size_t rows, size_t terms, size_t n,
                     const M* const* m) {
    terms <= kFewTerms ? dot_scalar_rows_terms<true>(r, a, w, rows, terms, n, m)
                       : dot_scalar_rows_terms<false>(r, a, w, rows, terms, n, m);
}

void permute(u64* r, const u64* a, const u32* index, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        // The shuffle reads the low three bits of an index.
        const V order = _mm512_cvtepu32_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(index + i)));
        store(r + i, _mm512_permutexvar_epi64(order, load(a + (index[i] & ~u32{7}))));
    }
}

void from_signed(u64* r, const std::int8_t* a, size_t n, const M* m) {
    const V q = all(m->q);
    for (size_t i = 0; i < n; i += 8) {
        const V x = _mm512_cvtepi8_epi64(_mm_loadu_si64(a + i));
        store(r + i, _mm512_min_epu64(x, plus(x, q)));  // a negative number is a huge one
    }
}

void substitute(u64* r, const u64* a, u64 inverse, size_t n, const M* m) {
    const V q = all(m->q);
    const V end = all(n);
    const V index = all(n - 1);
    const V step = all(8 * inverse);
    // Counts modulo 2^64; only its bits modulo 2n are read.
    V k = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), all(inverse));
    for (size_t i = 0; i < n; i += 8) {
        const V x = _mm512_i64gather_epi64(_mm512_and_si512(k, index), a, 8);
        const V negative = subtract_once(minus(q, x), q);
        store(r + i, _mm512_mask_mov_epi64(x, _mm512_test_epi64_mask(k, end), negative));
        k = plus(k, step);
    }
}

void round_weighted_sum(u64* r, const u64* const* y, const double* inverse, size_t terms, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        __m512d sum = _mm512_setzero_pd();
        // Product and sum are rounded apart, as in the scalar path (-ffp-contract=off keeps them so).
        for (size_t j = 0; j < terms; ++j)
            sum = _mm512_add_pd(sum, _mm512_mul_pd(_mm512_cvtepu64_pd(load(y[j] + i)), _mm512_set1_pd(inverse[j])));
        store(r + i, low_52(_mm512_castpd_si512(_mm512_add_pd(sum, _mm512_set1_pd(0x1p52)))));
    }
}

}  // namespace

extern const Kernels kKernelsAvx512Ifma = {
    "avx512ifma",
    add,
    subtract,
    negate,
    multiply,
    multiply_add,
    multiply_scalar,
    subtract_multiply_scalar,
    subtract_multiply_accumulate,
    reduce,
    dot,
    dot_pair,
    dot_packed,
    dot_repeated,
    dot_scalar,
    dot_scalar_rows,
    permute,
    substitute,
    from_signed,
    round_weighted_sum,
    ntt_forward_avx512ifma,
    ntt_forward_centred_avx512ifma,
    ntt_inverse_avx512ifma,
    pack_avx512ifma,
    unpack_avx512ifma,
    chacha20_avx512ifma,
    select_below_avx512ifma,
    gaussian_avx512ifma,
    to_slots_avx512ifma,
    from_slots_avx512ifma,
    to_slots_wide_avx512ifma,
    from_slots_wide_avx512ifma,
    8,
    fft_forward_torus_avx512ifma,
    fft_forward_digits_avx512ifma,
    fft_inverse_add_avx512ifma,
    fft_external_product_avx512ifma,
    turn_subtract_avx512ifma,
    lwe_key_switch_avx512ifma,
};

}  // namespace ciphernet
