#pragma once

// The negacyclic transform in doubles: what ntt_avx2.cpp and ntt_neon.cpp compile, each for its own vectors. Between its first
// load and its last store the array holds doubles, residues of either sign.
//
// The roots are the words of the table, no other: t comes from h / q rather than from a quotient kept with each root,
// so that half the table is read. A root that a whole block shares is balanced (within q/2), which halves the error of t; those
// that differ from lane to lane, in the last layers only, are taken as they are.
//
// What a butterfly costs: 6 operations for the product, a sum and a difference, and in a pass of two layers 3 a quarter for
// reductions, half of them multiplications. A CPU that starts two multiplications and two other operations a
// cycle on four lanes (Zen) is bound to 0.55 to 0.6 cycles a butterfly, one that starts two in all (Haswell) to 1.1.

#include "kernels/doubles.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// 2^12 words, 32 KiB: what is smaller is transformed within the first cache before anything else is touched.
constexpr size_t kCacheWords = size_t{1} << 12;

/// Shorter transforms have no pass between the tails and the other end.
constexpr u64 kSmallestLogN = 6;

struct Context {
    Wide m;
    u64 q;
    const u64* roots;
};

/// The balanced root of a node in all lanes.
CIPHERNET_INLINE Doubles root(const Context& c, size_t node) { return all(balanced(c.roots[node], c.q)); }

/// The roots of four nodes in a row, within q.
CIPHERNET_INLINE Doubles four_roots(const Context& c, size_t node) { return to_doubles(load_words(c.roots + node)); }

struct Roots {
    Doubles f1, f2, f3;
};
/// The roots of node k and of those below it, 2k and 2k + 1.
CIPHERNET_INLINE Roots roots_below(const Context& c, size_t k) {
    return {root(c, k), root(c, 2 * k), root(c, 2 * k + 1)};
}

// --- forward -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + v, x - v) for v = w y.
CIPHERNET_INLINE void add_and_subtract(Doubles& x, Doubles& y, Doubles v) {
    y = minus(x, v);
    x = plus(x, v);
}

/// Two layers. Within 2.13 q in and out: with B for that, the products are within (1/2 + B/8) q at first, the partners
/// then within 1/2 q (x0, reduced, and the first product) and (B + 1/2 + B/8) q < 3 q (x1), and the results within
/// 1/2 + (1/2 + B/8) + (1/2 + 3/8) < 2.15; written out, 1.5625 + 0.2657 B <= B for B >= 2.128.
CIPHERNET_INLINE void forward_two_layers(Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3, const Roots& f,
                                         const Wide& m) {
    x0 = reduce_near(x0, m);
    add_and_subtract(x0, x2, product(x2, f.f1, m));
    add_and_subtract(x1, x3, product(x3, f.f1, m));
    add_and_subtract(x0, x1, product(x1, f.f2, m));
    add_and_subtract(x2, x3, product(x3, f.f3, m));
}

/// Two layers over a block of 4 * quarter words: node k, then nodes 2k and 2k + 1. The first pass reads words.
template <bool first>
void forward_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Roots f = roots_below(c, k);
    for (size_t j = 0; j < quarter; j += 4) {
        Doubles x[4];
        for (size_t i = 0; i < 4; ++i) {
            u64* const p = a + i * quarter + j;
            x[i] = first ? to_doubles(load_words(p)) : load(p);
        }
        forward_two_layers(x[0], x[1], x[2], x[3], f, c.m);
        for (size_t i = 0; i < 4; ++i) store(a + i * quarter + j, x[i]);
    }
}

// The layers t = 2 and 1 pair words within a vector. Four vectors (x0: words 0 .. 3, ..., x3: words 12 .. 15) are transposed,
// so that lane l holds four words in a row: those of block l, the blocks in the order 0 2 1 3 because that costs
// least. xi is word i of each.

CIPHERNET_INLINE void transpose(Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3) {
    pair_lanes(x0, x2);   // x0 = 0 8 2 10, x2 = 1 9 3 11
    pair_lanes(x1, x3);   // x1 = 4 12 6 14, x3 = 5 13 7 15
    pair_halves(x0, x1);  // x0 = 0 8 4 12, x1 = 2 10 6 14
    pair_halves(x2, x3);  // x2 = 1 9 5 13, x3 = 3 11 7 15
    const Doubles odd = x2;
    x2 = x1;
    x1 = odd;
}
CIPHERNET_INLINE void transpose_back(Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3) {
    const Doubles odd = x1;
    x1 = x2;
    x2 = odd;
    pair_halves(x0, x1);
    pair_halves(x2, x3);
    pair_lanes(x0, x2);
    pair_lanes(x1, x3);
}

/// The roots for the transposed layers of node k's 16 words: t = 2, and t = 1 for words 0, 1 and for 2, 3.
CIPHERNET_INLINE Roots lane_roots(const Context& c, size_t k) {
    Doubles even = four_roots(c, 8 * k);
    Doubles odd = four_roots(c, 8 * k + 4);
    pair_lanes(even, odd);  // the blocks 0 2 1 3
    return {swap_middle(four_roots(c, 4 * k)), even, odd};
}

/// The last four layers of the 16 words below node k. Canonical words out. The transposed layers take no reduction: the
/// partners grow from 2.13 q to 3.43 q and 5.22 q, products of numbers within 3.43 q being within 1.79 q.
CIPHERNET_INLINE void forward_tail(u64* a, Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3, size_t k,
                                   const Context& c) {
    forward_two_layers(x0, x1, x2, x3, roots_below(c, k), c.m);
    transpose(x0, x1, x2, x3);
    const Roots f = lane_roots(c, k);
    add_and_subtract(x0, x2, product_of_wide(x2, f.f1, c.m));
    add_and_subtract(x1, x3, product_of_wide(x3, f.f1, c.m));
    add_and_subtract(x0, x1, product_of_wide(x1, f.f2, c.m));
    add_and_subtract(x2, x3, product_of_wide(x3, f.f3, c.m));
    transpose_back(x0, x1, x2, x3);
    store_words(a, to_canonical_words(reduce_near(x0, c.m), c.m.q));
    store_words(a + 4, to_canonical_words(reduce_near(x1, c.m), c.m.q));
    store_words(a + 8, to_canonical_words(reduce_near(x2, c.m), c.m.q));
    store_words(a + 12, to_canonical_words(reduce_near(x3, c.m), c.m.q));
}

/// All that is left of `count` blocks of 16 words, nodes k, k + 1, ...
void forward_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; ++i, a += 16) {
        Doubles x[4] = {load(a), load(a + 4), load(a + 8), load(a + 12)};
        forward_tail(a, x[0], x[1], x[2], x[3], k + i, c);
    }
}

/// The same for blocks of 32 words: one more layer. Its results are within 2.13 + 1/2 + 2.13/8 < 2.9; reduced are those that
/// have not been multiplied.
void forward_odd_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; ++i, a += 32) {
        const Doubles f = root(c, k + i);
        Doubles x[8];
        for (size_t j = 0; j < 4; ++j) {
            x[j] = reduce_near(load(a + 4 * j), c.m);
            x[j + 4] = load(a + 16 + 4 * j);
            add_and_subtract(x[j], x[j + 4], product(x[j + 4], f, c.m));
        }
        forward_tail(a, x[0], x[1], x[2], x[3], 2 * (k + i), c);
        forward_tail(a + 16, x[4], x[5], x[6], x[7], 2 * (k + i) + 1, c);
    }
}

/// A block of `length` words below node k, all layers. Depth first above the cache size, breadth first within.
void forward_block(u64* a, size_t length, size_t k, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        forward_pass<false>(a, quarter, k, c);
        for (size_t i = 0; i < 4; ++i) forward_block(a + i * quarter, quarter, 4 * k + i, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 32; part /= 4, parts *= 4)
        for (size_t i = 0; i < parts; ++i) forward_pass<false>(a + i * part, part / 4, k * parts + i, c);
    if (part == 16) {
        forward_tails(a, parts, k * parts, c);
    } else {
        forward_odd_tails(a, parts, k * parts, c);
    }
}

void forward(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_forward(a, table);
    const Context c = {Wide(&table->modulus), table->modulus.q, table->roots};
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    forward_pass<true>(a, quarter, 1, c);
    for (size_t i = 0; i < 4; ++i) forward_block(a + i * quarter, quarter, 4 + i, c);
}

// --- inverse -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + y, x - y).
CIPHERNET_INLINE void sum_and_difference(Doubles& x, Doubles& y) {
    const Doubles sum = plus(x, y);
    y = minus(x, y);
    x = sum;
}

/// The first of two layers: nodes 2k and 2k + 1. Within 2 q in; x0 and x2, reduced, within 1/2 q out, x1 and x3, products of
/// differences within 4 q, within q.
CIPHERNET_INLINE void inverse_lower_layer(Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3, const Roots& f,
                                          const Wide& m) {
    sum_and_difference(x0, x1);
    sum_and_difference(x2, x3);
    x0 = reduce_near(x0, m);
    x1 = product(x1, f.f2, m);
    x2 = reduce_near(x2, m);
    x3 = product(x3, f.f3, m);
}

/// Two layers, node k second. Within 2 q in and out: x1, the largest, is a sum of two products.
CIPHERNET_INLINE void inverse_two_layers(Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3, const Roots& f,
                                         const Wide& m) {
    inverse_lower_layer(x0, x1, x2, x3, f, m);
    sum_and_difference(x0, x2);
    sum_and_difference(x1, x3);
    x2 = product(x2, f.f1, m);
    x3 = product(x3, f.f1, m);
}

/// Two layers over a block of 4 * quarter words: nodes 2k and 2k + 1, then node k.
void inverse_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Roots f = roots_below(c, k);
    for (size_t j = 0; j < quarter; j += 4) {
        Doubles x[4];
        for (size_t i = 0; i < 4; ++i) x[i] = load(a + i * quarter + j);
        inverse_two_layers(x[0], x[1], x[2], x[3], f, c.m);
        for (size_t i = 0; i < 4; ++i) store(a + i * quarter + j, x[i]);
    }
}

/// The last two layers: nodes 2 and 3, then node 1, which takes 1/n along. Canonical words out: the last factors are balanced and
/// what they multiply is within 2 q, the products within 3/4 q.
void inverse_last_pass(u64* a, size_t quarter, const Context& shared, const NttTable* table) {
    const Context c = shared;
    const Roots f = roots_below(c, 1);
    const Doubles s = all(balanced(table->n_inverse.w, c.q));
    const Doubles s_root = all(balanced(table->n_inverse_root.w, c.q));
    for (size_t j = 0; j < quarter; j += 4) {
        Doubles x[4];
        for (size_t i = 0; i < 4; ++i) x[i] = load(a + i * quarter + j);
        inverse_lower_layer(x[0], x[1], x[2], x[3], f, c.m);
        sum_and_difference(x[0], x[2]);
        sum_and_difference(x[1], x[3]);
        for (size_t i = 0; i < 4; ++i)
            store_words(a + i * quarter + j, to_canonical_words(product(x[i], i < 2 ? s : s_root, c.m), c.m.q));
    }
}

/// The first four layers of the 16 words below node k. Canonical words in. In the transposed layers x0 reaches 4 q and is
/// reduced; x1, a sum of products within 7/8 q, stays within 1.75 q, x2 and x3 within 1.25 q.
CIPHERNET_INLINE void inverse_tail(const u64* a, Doubles& x0, Doubles& x1, Doubles& x2, Doubles& x3, size_t k,
                                   const Context& c) {
    x0 = to_doubles(load_words(a));
    x1 = to_doubles(load_words(a + 4));
    x2 = to_doubles(load_words(a + 8));
    x3 = to_doubles(load_words(a + 12));
    transpose(x0, x1, x2, x3);
    const Roots f = lane_roots(c, k);
    sum_and_difference(x0, x1);
    sum_and_difference(x2, x3);
    x1 = product_of_wide(x1, f.f2, c.m);
    x3 = product_of_wide(x3, f.f3, c.m);
    sum_and_difference(x0, x2);
    sum_and_difference(x1, x3);
    x0 = reduce_near(x0, c.m);
    x2 = product_of_wide(x2, f.f1, c.m);
    x3 = product_of_wide(x3, f.f1, c.m);
    transpose_back(x0, x1, x2, x3);
    inverse_two_layers(x0, x1, x2, x3, roots_below(c, k), c.m);
}

/// The first layers of `count` blocks of 16 words, nodes k, k + 1, ...; within 2 q out.
void inverse_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; ++i, a += 16) {
        Doubles x[4];
        inverse_tail(a, x[0], x[1], x[2], x[3], k + i, c);
        for (size_t j = 0; j < 4; ++j) store(a + 4 * j, x[j]);
    }
}

/// The same for blocks of 32 words: one more layer.
void inverse_odd_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; ++i, a += 32) {
        const Doubles f = root(c, k + i);
        Doubles x[8];
        inverse_tail(a, x[0], x[1], x[2], x[3], 2 * (k + i), c);
        inverse_tail(a + 16, x[4], x[5], x[6], x[7], 2 * (k + i) + 1, c);
        for (size_t j = 0; j < 4; ++j) {
            sum_and_difference(x[j], x[j + 4]);
            store(a + 4 * j, reduce_near(x[j], c.m));
            store(a + 16 + 4 * j, product(x[j + 4], f, c.m));
        }
    }
}

/// All layers of a block of `length` words up to node k; within 2 q out.
void inverse_block(u64* a, size_t length, size_t k, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        for (size_t i = 0; i < 4; ++i) inverse_block(a + i * quarter, quarter, 4 * k + i, c);
        inverse_pass(a, quarter, k, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 32; part /= 4) parts *= 4;
    if (part == 16) {
        inverse_tails(a, parts, k * parts, c);
    } else {
        inverse_odd_tails(a, parts, k * parts, c);
    }
    while (part < length) {
        part *= 4;
        parts /= 4;
        for (size_t i = 0; i < parts; ++i) inverse_pass(a + i * part, part / 4, k * parts + i, c);
    }
}

void inverse(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_inverse(a, table);
    const Context c = {Wide(&table->modulus), table->modulus.q, table->inverse_roots};
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    for (size_t i = 0; i < 4; ++i) inverse_block(a + i * quarter, quarter, 4 + i, c);
    inverse_last_pass(a, quarter, c, table);
}

}  // namespace
}  // namespace ciphernet
