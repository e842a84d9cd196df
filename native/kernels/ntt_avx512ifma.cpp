// The negacyclic transform on the 52-bit multipliers of AVX-512 IFMA.

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
void forward_pass(u64* a, size_t quarter, size_t k, const Context& c) {
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
/// t = 2: x = 0 1 8 9 4 5 12 13, y = 2 3 10 11 6 7 14 15.
CIPHERNET_INLINE void swap_pairs(V& x, V& y) {
    const V even = _mm512_shuffle_i64x2(x, y, 0x88);
    y = _mm512_shuffle_i64x2(x, y, 0xDD);
    x = even;
}
/// From there to t = 1: x = 0 2 4 .. 14, y = 1 3 5 .. 15.
CIPHERNET_INLINE void pairs_to_single(V& x, V& y) {
    const V even = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 8, 4, 12, 2, 10, 6, 14), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(1, 9, 5, 13, 3, 11, 7, 15), y);
    x = even;
}
/// From t = 1 to the natural order.
CIPHERNET_INLINE void single_to_natural(V& x, V& y) {
    const V low = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15), y);
    x = low;
}

/// The roots of nodes 2k, 2k + 1 for t = 4.
CIPHERNET_INLINE V two_roots(const u64* p) {
    const V both = _mm512_broadcast_i64x2(_mm_load_si128(reinterpret_cast<const __m128i*>(p)));
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 0, 0, 0, 1, 1, 1, 1), both);
}
/// The roots of nodes 4k .. 4k + 3 for t = 2, in the order of swap_pairs.
CIPHERNET_INLINE V four_roots(const u64* p) {
    const V both = _mm512_broadcast_i64x4(_mm256_load_si256(reinterpret_cast<const __m256i*>(p)));
    return _mm512_permutexvar_epi64(_mm512_setr_epi64(0, 0, 2, 2, 1, 1, 3, 3), both);
}

/// The last four layers of 16 words: node k (t = 8) and what lies below it. Canonical results.
CIPHERNET_INLINE void forward_tail_16(V& x, V& y, size_t k, const Context& c) {
    forward_butterfly(x, y, broadcast(c, k), c);
    swap_halves(x, y);
    forward_butterfly(x, y, {two_roots(c.roots + 2 * k), two_roots(c.quotients + 2 * k)}, c);
    swap_pairs(x, y);
    forward_butterfly(x, y, {four_roots(c.roots + 4 * k), four_roots(c.quotients + 4 * k)}, c);
    pairs_to_single(x, y);
    forward_butterfly(x, y, {load(c.roots + 8 * k), load(c.quotients + 8 * k)}, c);
    single_to_natural(x, y);
    x = subtract_once(subtract_once(x, c.two_q), c.q);
    y = subtract_once(subtract_once(y, c.two_q), c.q);
}

/// The last five layers of 32 words: node k.
CIPHERNET_INLINE void forward_tail_32(u64* a, size_t k, const Context& c) {
    V x0 = load(a), x1 = load(a + 8), x2 = load(a + 16), x3 = load(a + 24);
    const Factor f = broadcast(c, k);
    forward_butterfly(x0, x2, f, c);
    forward_butterfly(x1, x3, f, c);
    forward_tail_16(x0, x1, 2 * k, c);
    forward_tail_16(x2, x3, 2 * k + 1, c);
    store(a, x0);
    store(a + 8, x1);
    store(a + 16, x2);
    store(a + 24, x3);
}

/// The last six layers of 64 words: node k.
CIPHERNET_INLINE void forward_tail_64(u64* a, size_t k, const Context& c) {
    V x[8];
    for (size_t i = 0; i < 8; ++i) x[i] = load(a + 8 * i);
    const Factor f1 = broadcast(c, k);
    for (size_t i = 0; i < 4; ++i) forward_butterfly(x[i], x[i + 4], f1, c);
    const Factor f2 = broadcast(c, 2 * k);
    forward_butterfly(x[0], x[2], f2, c);
    forward_butterfly(x[1], x[3], f2, c);
    const Factor f3 = broadcast(c, 2 * k + 1);
    forward_butterfly(x[4], x[6], f3, c);
    forward_butterfly(x[5], x[7], f3, c);
    for (size_t i = 0; i < 4; ++i) forward_tail_16(x[2 * i], x[2 * i + 1], 4 * k + i, c);
    for (size_t i = 0; i < 8; ++i) store(a + 8 * i, x[i]);
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
        for (size_t i = 0; i < parts; ++i) forward_tail_64(a + 64 * i, k * parts + i, c);
    } else {
        for (size_t i = 0; i < parts; ++i) forward_tail_32(a + 32 * i, k * parts + i, c);
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
void inverse_pass(u64* a, size_t quarter, size_t k, const Context& c) {
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
void inverse_last_pass(u64* a, size_t quarter, const Context& c, const NttTable* table) {
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
/// From t = 1 to t = 2, in the order of swap_pairs.
CIPHERNET_INLINE void single_to_pairs(V& x, V& y) {
    const V even = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 8, 4, 12, 2, 10, 6, 14), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(1, 9, 5, 13, 3, 11, 7, 15), y);
    x = even;
}
/// The inverse of swap_pairs: to t = 4.
CIPHERNET_INLINE void unswap_pairs(V& x, V& y) {
    const V low = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11), y);
    y = _mm512_permutex2var_epi64(x, _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15), y);
    x = low;
}

/// The first four layers of 16 words, up to node k (t = 8). Canonical in, [0, 2q) out.
CIPHERNET_INLINE void inverse_tail_16(V& x, V& y, size_t k, const Context& c) {
    natural_to_single(x, y);
    inverse_butterfly(x, y, {load(c.roots + 8 * k), load(c.quotients + 8 * k)}, c);
    single_to_pairs(x, y);
    inverse_butterfly(x, y, {four_roots(c.roots + 4 * k), four_roots(c.quotients + 4 * k)}, c);
    unswap_pairs(x, y);
    inverse_butterfly(x, y, {two_roots(c.roots + 2 * k), two_roots(c.quotients + 2 * k)}, c);
    swap_halves(x, y);
    inverse_butterfly(x, y, broadcast(c, k), c);
}

CIPHERNET_INLINE void inverse_tail_32(u64* a, size_t k, const Context& c) {
    V x0 = load(a), x1 = load(a + 8), x2 = load(a + 16), x3 = load(a + 24);
    inverse_tail_16(x0, x1, 2 * k, c);
    inverse_tail_16(x2, x3, 2 * k + 1, c);
    const Factor f = broadcast(c, k);
    inverse_butterfly(x0, x2, f, c);
    inverse_butterfly(x1, x3, f, c);
    store(a, x0);
    store(a + 8, x1);
    store(a + 16, x2);
    store(a + 24, x3);
}

CIPHERNET_INLINE void inverse_tail_64(u64* a, size_t k, const Context& c) {
    V x[8];
    for (size_t i = 0; i < 8; ++i) x[i] = load(a + 8 * i);
    for (size_t i = 0; i < 4; ++i) inverse_tail_16(x[2 * i], x[2 * i + 1], 4 * k + i, c);
    const Factor f2 = broadcast(c, 2 * k);
    inverse_butterfly(x[0], x[2], f2, c);
    inverse_butterfly(x[1], x[3], f2, c);
    const Factor f3 = broadcast(c, 2 * k + 1);
    inverse_butterfly(x[4], x[6], f3, c);
    inverse_butterfly(x[5], x[7], f3, c);
    const Factor f1 = broadcast(c, k);
    for (size_t i = 0; i < 4; ++i) inverse_butterfly(x[i], x[i + 4], f1, c);
    for (size_t i = 0; i < 8; ++i) store(a + 8 * i, x[i]);
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
        for (size_t i = 0; i < parts; ++i) inverse_tail_64(a + 64 * i, k * parts + i, c);
    } else {
        for (size_t i = 0; i < parts; ++i) inverse_tail_32(a + 32 * i, k * parts + i, c);
    }
    while (part < length) {
        part *= 4;
        parts /= 4;
        for (size_t i = 0; i < parts; ++i) inverse_pass(a + i * part, part / 4, k * parts + i, c);
    }
}

/// Below this length a pass and a tail do not fit.
constexpr u64 kSmallestLogN = 7;

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
