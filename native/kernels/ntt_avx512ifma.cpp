// The negacyclic transform on the 52-bit multipliers of AVX-512 IFMA, with Harvey's lazy butterflies (2014).
//
// What it costs: a butterfly of eight lanes is 3 multiplications and 6 other vector operations, forward (reduce x: 2, mask
// the product: 1, sum, difference: 3) as inverse. Zen 5 starts 2 multiplications and 4 vector operations a cycle, so the
// bound is 2.25 cycles, 0.070 ns a butterfly at 4 GHz (the multipliers alone: 0.047). Measured there: passes 2.7 to 2.9
// cycles, tails with their shuffles and the last reduction 3.3 to 4.1, whole transforms 0.10 ns a butterfly up to
// N = 2^15 and 0.11 above. Masking fewer products (partners that are multiplied next need only their low 52 bits)
// was tried and gained 1 %.

#include "kernels/avx512ifma.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// 2^12 words, 32 KiB: what is smaller is transformed within the first cache before anything else is touched.
constexpr size_t kCacheWords = size_t{1} << 12;

struct Context {
    V q, two_q, minus_q;
    const u64* roots;
    const u64* quotients;
};

struct Factor {
    V w, quotient;
};

/// The same root in all lanes.
CIPHERNET_INLINE Factor broadcast(const Context& c, size_t node) {
    return {all(c.roots[node]), all(c.quotients[node])};
}

// --- forward -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + w y, x - w y). x in [0, 4q), y any number mod 2^52 with value below 4q; results in [0, 4q), clean.
CIPHERNET_INLINE void forward_butterfly(V& x, V& y, const Factor& f, const Context& c) {
    const V u = subtract_once(x, c.two_q);
    const V v = multiply_lazy(y, f.w, f.quotient, c.minus_q);
    x = plus(u, v);
    y = minus(plus(u, c.two_q), v);
}

/// Two layers at once over a block of 4 * quarter words: node k, then nodes 2k and 2k + 1.
void forward_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Factor f1 = broadcast(c, k);
    const Factor f2 = broadcast(c, 2 * k);
    const Factor f3 = broadcast(c, 2 * k + 1);
    for (size_t j = 0; j < quarter; j += 8) {
        u64* const p = a + j;
        V x0 = load(p);
        V x1 = load(p + quarter);
        V x2 = load(p + 2 * quarter);
        V x3 = load(p + 3 * quarter);
        forward_butterfly(x0, x2, f1, c);
        forward_butterfly(x1, x3, f1, c);
        forward_butterfly(x0, x1, f2, c);
        forward_butterfly(x2, x3, f3, c);
        store(p, x0);
        store(p + quarter, x1);
        store(p + 2 * quarter, x2);
        store(p + 3 * quarter, x3);
    }
}

// The layers t = 4, 2, 1 pair words within one vector. Two vectors (x: words 0..7, y: words 8..15) are regrouped so that
// partners face each other; the lanes below name the words.

/// t = 4: x = 0 1 2 3 8 9 10 11, y = 4 5 6 7 12 13 14 15. Its own inverse.
CIPHERNET_INLINE void swap_halves(V& x, V& y) {
    const V low = _mm512_shuffle_i64x2(x, y, 0x44);
    y = _mm512_shuffle_i64x2(x, y, 0xEE);
    x = low;
}
/// From there to t = 2: x = 0 1 4 5 8 9 12 13, y = 2 3 6 7 10 11 14 15. Its own inverse.
CIPHERNET_INLINE void swap_pairs(V& x, V& y) {
    const V even = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15), y);
    x = even;
}
/// From there to t = 1: x = 0 2 4 .. 14, y = 1 3 5 .. 15. Its own inverse.
CIPHERNET_INLINE void swap_singles(V& x, V& y) {
    const V even = _mm512_unpacklo_epi64(x, y);
    y = _mm512_unpackhi_epi64(x, y);
    x = even;
}
/// From t = 1 to the natural order.
CIPHERNET_INLINE void single_to_natural(V& x, V& y) {
    const V low = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), y);
    x = low;
}

/// The roots of nodes 2k, 2k + 1 for t = 4: one broadcast over the other costs no shuffle.
CIPHERNET_INLINE V two_roots(const u64* p) {
    return _mm512_mask_set1_epi64(all(p[0]), 0xF0, static_cast<long long>(p[1]));
}
/// The roots of nodes 4k .. 4k + 3 for t = 2.
CIPHERNET_INLINE V four_roots(const u64* p) {
    const V four = _mm512_castsi256_si512(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 0, 1, 1, 2, 2, 3, 3), four);
}

/// What the tails hold in registers: 16 vectors are two blocks of 64 words. Layer by layer over all of them, because one
/// block alone is a chain of some 110 cycles that the CPU cannot see past (measured: 5.0 cycles a butterfly of eight
/// lanes with one block, 3.8 with two).
constexpr size_t kTailPairs = 8;

/// The last layers of the 64 words below each of the nodes k and k + 1: six of them (t = 32 .. 1), or five when these
/// nodes have had their turn. Canonical results.
template <bool six>
CIPHERNET_INLINE void forward_tail(u64* a, size_t k, const Context& c) {
    V x[2 * kTailPairs];
    for (size_t i = 0; i < 2 * kTailPairs; ++i) x[i] = load(a + 8 * i);
    if constexpr (six) {
        for (size_t i = 0; i < kTailPairs / 4; ++i) {
            const Factor f = broadcast(c, k + i);
            for (size_t l = 0; l < 4; ++l) forward_butterfly(x[8 * i + l], x[8 * i + l + 4], f, c);
        }
    }
    for (size_t i = 0; i < kTailPairs / 2; ++i) {
        const Factor f = broadcast(c, 2 * k + i);
        forward_butterfly(x[4 * i], x[4 * i + 2], f, c);
        forward_butterfly(x[4 * i + 1], x[4 * i + 3], f, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        forward_butterfly(x[2 * i], x[2 * i + 1], broadcast(c, 4 * k + i), c);
        swap_halves(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 8 * k + 2 * i;
        forward_butterfly(x[2 * i], x[2 * i + 1], {two_roots(c.roots + node), two_roots(c.quotients + node)}, c);
        swap_pairs(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 16 * k + 4 * i;
        forward_butterfly(x[2 * i], x[2 * i + 1], {four_roots(c.roots + node), four_roots(c.quotients + node)}, c);
        swap_singles(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 32 * k + 8 * i;
        forward_butterfly(x[2 * i], x[2 * i + 1], {load(c.roots + node), load(c.quotients + node)}, c);
        single_to_natural(x[2 * i], x[2 * i + 1]);
        store(a + 16 * i, subtract_once(subtract_once(x[2 * i], c.two_q), c.q));
        store(a + 16 * i + 8, subtract_once(subtract_once(x[2 * i + 1], c.two_q), c.q));
    }
}

/// forward_tail over an even number of blocks of 64 words, nodes k, k + 1, ...
template <bool six>
void forward_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += 2) forward_tail<six>(a + 64 * i, k + i, c);
}

/// A block of `length` words below node k, all layers. Depth first above the cache size, breadth first within.
void forward_block(u64* a, size_t length, size_t k, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        forward_pass(a, quarter, k, c);
        for (size_t i = 0; i < 4; ++i) forward_block(a + i * quarter, quarter, 4 * k + i, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 64; part /= 4, parts *= 4)
        for (size_t i = 0; i < parts; ++i) forward_pass(a + i * part, part / 4, k * parts + i, c);
    if (part == 64) {
        forward_tails<true>(a, parts, k * parts, c);
    } else {
        forward_tails<false>(a, parts / 2, k * parts / 2, c);  // 32 words a part
    }
}

// --- inverse -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + y, (x - y) w). In and out [0, 2q), clean.
CIPHERNET_INLINE void inverse_butterfly(V& x, V& y, const Factor& f, const Context& c) {
    const V sum = plus(x, y);
    const V difference = minus(plus(x, c.two_q), y);
    x = subtract_once(sum, c.two_q);
    y = multiply_lazy(difference, f.w, f.quotient, c.minus_q);
}

/// Two layers at once over a block of 4 * quarter words: nodes 2k and 2k + 1, then node k.
void inverse_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Factor f1 = broadcast(c, k);
    const Factor f2 = broadcast(c, 2 * k);
    const Factor f3 = broadcast(c, 2 * k + 1);
    for (size_t j = 0; j < quarter; j += 8) {
        u64* const p = a + j;
        V x0 = load(p);
        V x1 = load(p + quarter);
        V x2 = load(p + 2 * quarter);
        V x3 = load(p + 3 * quarter);
        inverse_butterfly(x0, x1, f2, c);
        inverse_butterfly(x2, x3, f3, c);
        inverse_butterfly(x0, x2, f1, c);
        inverse_butterfly(x1, x3, f1, c);
        store(p, x0);
        store(p + quarter, x1);
        store(p + 2 * quarter, x2);
        store(p + 3 * quarter, x3);
    }
}

/// The last two layers: nodes 2 and 3, then node 1, which takes 1/n along. Canonical results.
void inverse_last_pass(u64* a, size_t quarter, const Context& shared, const NttTable* table) {
    const Context c = shared;
    const Factor f2 = broadcast(c, 2);
    const Factor f3 = broadcast(c, 3);
    const Factor s = {all(table->n_inverse.w), all(table->n_inverse.quotient)};
    const Factor f1 = {all(table->n_inverse_root.w), all(table->n_inverse_root.quotient)};
    for (size_t j = 0; j < quarter; j += 8) {
        u64* const p = a + j;
        V x0 = load(p);
        V x1 = load(p + quarter);
        V x2 = load(p + 2 * quarter);
        V x3 = load(p + 3 * quarter);
        inverse_butterfly(x0, x1, f2, c);
        inverse_butterfly(x2, x3, f3, c);
        const V y0 = multiply_lazy(plus(x0, x2), s.w, s.quotient, c.minus_q);
        const V y1 = multiply_lazy(plus(x1, x3), s.w, s.quotient, c.minus_q);
        const V y2 = multiply_lazy(minus(plus(x0, c.two_q), x2), f1.w, f1.quotient, c.minus_q);
        const V y3 = multiply_lazy(minus(plus(x1, c.two_q), x3), f1.w, f1.quotient, c.minus_q);
        store(p, subtract_once(y0, c.q));
        store(p + quarter, subtract_once(y1, c.q));
        store(p + 2 * quarter, subtract_once(y2, c.q));
        store(p + 3 * quarter, subtract_once(y3, c.q));
    }
}

/// From natural order to t = 1.
CIPHERNET_INLINE void natural_to_single(V& x, V& y) {
    const V even = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 2, 4, 6, 8, 10, 12, 14), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(1, 3, 5, 7, 9, 11, 13, 15), y);
    x = even;
}
/// The first layers of the 64 words below each of the nodes k and k + 1: six, or five without these nodes themselves.
/// Canonical in, [0, 2q) out.
template <bool six>
CIPHERNET_INLINE void inverse_tail(u64* a, size_t k, const Context& c) {
    V x[2 * kTailPairs];
    for (size_t i = 0; i < 2 * kTailPairs; ++i) x[i] = load(a + 8 * i);
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 32 * k + 8 * i;
        natural_to_single(x[2 * i], x[2 * i + 1]);
        inverse_butterfly(x[2 * i], x[2 * i + 1], {load(c.roots + node), load(c.quotients + node)}, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 16 * k + 4 * i;
        swap_singles(x[2 * i], x[2 * i + 1]);
        inverse_butterfly(x[2 * i], x[2 * i + 1], {four_roots(c.roots + node), four_roots(c.quotients + node)}, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 8 * k + 2 * i;
        swap_pairs(x[2 * i], x[2 * i + 1]);
        inverse_butterfly(x[2 * i], x[2 * i + 1], {two_roots(c.roots + node), two_roots(c.quotients + node)}, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        swap_halves(x[2 * i], x[2 * i + 1]);
        inverse_butterfly(x[2 * i], x[2 * i + 1], broadcast(c, 4 * k + i), c);
    }
    for (size_t i = 0; i < kTailPairs / 2; ++i) {
        const Factor f = broadcast(c, 2 * k + i);
        inverse_butterfly(x[4 * i], x[4 * i + 2], f, c);
        inverse_butterfly(x[4 * i + 1], x[4 * i + 3], f, c);
    }
    if constexpr (six) {
        for (size_t i = 0; i < kTailPairs / 4; ++i) {
            const Factor f = broadcast(c, k + i);
            for (size_t l = 0; l < 4; ++l) inverse_butterfly(x[8 * i + l], x[8 * i + l + 4], f, c);
        }
    }
    for (size_t i = 0; i < 2 * kTailPairs; ++i) store(a + 8 * i, x[i]);
}

/// inverse_tail over an even number of blocks of 64 words, nodes k, k + 1, ...
template <bool six>
void inverse_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += 2) inverse_tail<six>(a + 64 * i, k + i, c);
}

/// All layers of a block of `length` words up to node k; [0, 2q) out.
void inverse_block(u64* a, size_t length, size_t k, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        for (size_t i = 0; i < 4; ++i) inverse_block(a + i * quarter, quarter, 4 * k + i, c);
        inverse_pass(a, quarter, k, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 64; part /= 4) parts *= 4;
    if (part == 64) {
        inverse_tails<true>(a, parts, k * parts, c);
    } else {
        inverse_tails<false>(a, parts / 2, k * parts / 2, c);  // 32 words a part
    }
    while (part < length) {
        part *= 4;
        parts /= 4;
        for (size_t i = 0; i < parts; ++i) inverse_pass(a + i * part, part / 4, k * parts + i, c);
    }
}

/// Below this length the last pass of the inverse and a tail of two blocks do not fit.
constexpr u64 kSmallestLogN = 9;

}  // namespace

void ntt_forward_avx512ifma(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_forward(a, table);
    const u64 q = table->modulus.q;
    const Context c = {all(q), all(2 * q), all((kMask52 + 1) - q), table->roots, table->root_quotients};
    forward_block(a, size_t{1} << table->log_n, 1, c);
}

void ntt_inverse_avx512ifma(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_inverse(a, table);
    const u64 q = table->modulus.q;
    const Context c = {all(q), all(2 * q), all((kMask52 + 1) - q), table->inverse_roots, table->inverse_root_quotients};
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    for (size_t i = 0; i < 4; ++i) inverse_block(a + i * quarter, quarter, 4 + i, c);
    inverse_last_pass(a, quarter, c, table);
}

}  // namespace ciphernet
