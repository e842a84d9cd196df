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

/// low + high * 2^52 mod q, any 64-bit low and high. With 52-bit digits: high = h1 2^52 + h0, low = l1 2^52 + l0, it is
/// (h1 2^52 + (h0 + l1)) 2^52 + l0.
CIPHERNET_INLINE V reduce_sum(V low, V high, const Wide& m) {
    const V l1 = _mm512_srli_epi64(low, 52);
    const V h1 = _mm512_srli_epi64(high, 52);
    const V h0 = subtract_once(reduce_lazy(low_52(high), m), m.q);
    // below 2q + q + 2^12 < 2^52
    const V top = plus(multiply_lazy(h1, m.two_52, m.two_52_quotient, m.minus_q), plus(h0, l1));
    const V r = plus(multiply_lazy(top, m.two_52, m.two_52_quotient, m.minus_q), reduce_lazy(low_52(low), m));
    return canonical(r, m);
}

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

void reduce(u64* r, const u64* a, size_t n, const M* m) {
    const Wide c(m);
    for (size_t i = 0; i < n; i += 8) store(r + i, subtract_once(reduce_lazy(load(a + i), c), c.q));
}

// Each term adds less than 2^52 to either sum, so 4096 of them stay below 2^64. Four vectors at a time: their eight sums
// hide the multipliers' latency, and a pointer is fetched once for 256 bytes.

void dot(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const M* m) {
    // b is a key that streams from memory in more arrays at once than the hardware follows: fetched
    // 1 KiB ahead (a sixth faster with 19 terms, nothing lost with 3).
    constexpr size_t kAhead = 128;
    const Wide c(m);
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        V low[4] = {zero(), zero(), zero(), zero()};
        V high[4] = {zero(), zero(), zero(), zero()};
        for (size_t j = 0; j < terms; ++j) {
            const u64* const x = a[j] + i;
            const u64* const y = b[j] + i;
            for (size_t k = 0; k < 4; ++k) {
                __builtin_prefetch(y + kAhead + 8 * k);
                low[k] = madd_low(low[k], load(x + 8 * k), load(y + 8 * k));
                high[k] = madd_high(high[k], load(x + 8 * k), load(y + 8 * k));
            }
        }
        for (size_t k = 0; k < 4; ++k) store(r + i + 8 * k, reduce_sum(low[k], high[k], c));
    }
    for (; i < n; i += 8) {
        V low = zero();
        V high = zero();
        for (size_t j = 0; j < terms; ++j) {
            low = madd_low(low, load(a[j] + i), load(b[j] + i));
            high = madd_high(high, load(a[j] + i), load(b[j] + i));
        }
        store(r + i, reduce_sum(low, high, c));
    }
}

void dot_scalar(u64* r, const u64* const* a, const u64* w, size_t terms, size_t n, const M* m) {
    const Wide c(m);
    size_t i = 0;
    for (; i + 32 <= n; i += 32) {
        V low[4] = {zero(), zero(), zero(), zero()};
        V high[4] = {zero(), zero(), zero(), zero()};
        for (size_t j = 0; j < terms; ++j) {
            const u64* const x = a[j] + i;
            const V y = all(w[j]);
            for (size_t k = 0; k < 4; ++k) {
                low[k] = madd_low(low[k], load(x + 8 * k), y);
                high[k] = madd_high(high[k], load(x + 8 * k), y);
            }
        }
        for (size_t k = 0; k < 4; ++k) store(r + i + 8 * k, reduce_sum(low[k], high[k], c));
    }
    for (; i < n; i += 8) {
        V low = zero();
        V high = zero();
        for (size_t j = 0; j < terms; ++j) {
            low = madd_low(low, load(a[j] + i), all(w[j]));
            high = madd_high(high, load(a[j] + i), all(w[j]));
        }
        store(r + i, reduce_sum(low, high, c));
    }
}

void permute(u64* r, const u64* a, const u32* index, size_t n) {
    // Single loads: a gather of eight takes twice as long.
    for (size_t i = 0; i < n; ++i) r[i] = a[index[i]];
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
    reduce,
    dot,
    dot_scalar,
    permute,
    round_weighted_sum,
    ntt_forward_avx512ifma,
    ntt_inverse_avx512ifma,
    chacha20_avx512ifma,
    select_below_avx512ifma,
    gaussian_avx512ifma,
    to_slots_avx512ifma,
    from_slots_avx512ifma,
    to_slots_wide_avx512ifma,
    from_slots_wide_avx512ifma,
};

}  // namespace ciphernet
