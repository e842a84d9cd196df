#pragma once

// The negacyclic transform in doubles: what ntt_avx2.cpp and ntt_neon.cpp compile, each for its own vectors. Between
// its first load and its last store the array holds doubles, residues of either sign.
//
// The roots are the words of the table, no other: w/q comes from w and 1/q, or t from h / q, rather than from a
// quotient kept with each root, so that half the table is read. A root that a whole block shares is balanced (within
// q/2), which halves the error of t; those that differ from lane to lane, in the last layers only, are taken as they
// are.
//
// What it costs: a butterfly of four lanes is 6 operations for the product, a sum and a difference; a pass of two
// layers has 3 more for each reduction, half of all being multiplications; a tail of four layers has 45 % more with its
// shuffles, conversions and the last reduction. A CPU that starts two multiplications and two other operations a cycle
// (Zen) is bound to 2.2 cycles in passes and 3.7 in tails, one that starts two in all (Haswell) to about twice that.
// Measured on Zen 5 at 4 GHz: 2.8 and 5.9 cycles, whole transforms 0.24 to 0.26 ns a butterfly, a fifth to a quarter of
// the scalar path's time. What is lost is latency: a butterfly is a chain of 17 to 20 cycles and the CPU looks some 14
// of them ahead, so a layer goes over four blocks before the next (one block at a time took 3.3 and 9 cycles).

#include "kernels/doubles.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// 2^12 words, 32 KiB: what is smaller is transformed within the first cache before anything else is touched.
constexpr size_t kCacheWords = size_t{1} << 12;

/// What a pass or a tail holds in flight, four vectors each: independent butterflies that stand next to each other.
constexpr size_t kBlocks = 4;

/// The words of a block in a tail: one vector for each row.
constexpr size_t kTailWords = 16;

/// Shorter transforms have less than a pass and a tail.
constexpr u64 kSmallestLogN = 8;

struct Context {
    Wide m;
    u64 q;
    const u64* roots;
};

/// Four vectors: in a pass equal places of the four quarters, in a tail 16 words in a row.
struct Block {
    Doubles x0, x1, x2, x3;
};

/// The balanced root of a node in all lanes.
CIPHERNET_INLINE Factor root(const Context& c, size_t node) { return factor(c.roots[node], c.q, c.m); }

/// The roots of four nodes in a row, within q.
CIPHERNET_INLINE Doubles four_roots(const Context& c, size_t node) { return to_doubles(load_words(c.roots + node)); }
/// The same for the lanes of a transposed block, which are the nodes 0 2 1 3.
CIPHERNET_INLINE Doubles lane_roots(const Context& c, size_t node) { return swap_middle(four_roots(c, node)); }
/// The roots of eight nodes in a row for the lanes of a transposed block: those of even number, and those of odd.
struct LaneRoots {
    Doubles even, odd;
};
CIPHERNET_INLINE LaneRoots lane_root_pairs(const Context& c, size_t node) {
    LaneRoots f = {four_roots(c, node), four_roots(c, node + 4)};
    pair_lanes(f.even, f.odd);
    return f;
}

// The layers t = 2 and 1 pair words within a vector. The 16 words of a block are transposed, so that lane l holds four
// words in a row, the lanes in the order 0 2 1 3 because that costs least.

CIPHERNET_INLINE void transpose(Block& b) {
    pair_lanes(b.x0, b.x2);   // 0 8 2 10, 1 9 3 11
    pair_lanes(b.x1, b.x3);   // 4 12 6 14, 5 13 7 15
    pair_halves(b.x0, b.x1);  // 0 8 4 12, 2 10 6 14
    pair_halves(b.x2, b.x3);  // 1 9 5 13, 3 11 7 15
    const Doubles odd = b.x2;
    b.x2 = b.x1;
    b.x1 = odd;
}
CIPHERNET_INLINE void transpose_back(Block& b) {
    const Doubles odd = b.x1;
    b.x1 = b.x2;
    b.x2 = odd;
    pair_halves(b.x0, b.x1);
    pair_halves(b.x2, b.x3);
    pair_lanes(b.x0, b.x2);
    pair_lanes(b.x1, b.x3);
}

template <bool words>
CIPHERNET_INLINE Doubles read(const u64* p) {
    if constexpr (words) {
        return to_doubles(load_words(p));
    } else {
        return load(p);
    }
}
/// `stride` is a quarter in a pass, and 4 in a tail.
template <bool words>
CIPHERNET_INLINE Block read_block(const u64* p, size_t stride) {
    return {read<words>(p), read<words>(p + stride), read<words>(p + 2 * stride), read<words>(p + 3 * stride)};
}
CIPHERNET_INLINE void write_block(u64* p, size_t stride, const Block& b) {
    store(p, b.x0);
    store(p + stride, b.x1);
    store(p + 2 * stride, b.x2);
    store(p + 3 * stride, b.x3);
}

// --- forward -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + v, x - v) for v = w y.
CIPHERNET_INLINE void add_and_subtract(Doubles& x, Doubles& y, Doubles v) {
    y = minus(x, v);
    x = plus(x, v);
}

// Two layers. Within B q in and out, B = 2.13: the first products are within (1/2 + B/8) q; x0, reduced, becomes a
// partner within (1 + B/8) q, x1 one within (B + 1/2 + B/8) q < 3 q, whose product is within (1/2 + 3/8) q. Written
// out, the results are within (1.5625 + 0.2657 B) q, at most B q from B = 2.128 on.

CIPHERNET_INLINE void forward_first_layer(Block& b, const Factor& f, const Wide& m) {
    b.x0 = reduce_near(b.x0, m);
    add_and_subtract(b.x0, b.x2, product(b.x2, f, m));
    add_and_subtract(b.x1, b.x3, product(b.x3, f, m));
}
CIPHERNET_INLINE void forward_second_layer(Block& b, const Factor& f2, const Factor& f3, const Wide& m) {
    add_and_subtract(b.x0, b.x1, product(b.x1, f2, m));
    add_and_subtract(b.x2, b.x3, product(b.x3, f3, m));
}

/// Two layers over a block of 4 * quarter words: node k, then nodes 2k and 2k + 1. The first pass reads words.
template <bool first>
void forward_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Factor f1 = root(c, k);
    const Factor f2 = root(c, 2 * k);
    const Factor f3 = root(c, 2 * k + 1);
    for (size_t j = 0; j < quarter; j += 4 * kBlocks) {
        u64* const p = a + j;
        Block b[kBlocks];
        for (size_t i = 0; i < kBlocks; ++i) b[i] = read_block<first>(p + 4 * i, quarter);
        for (size_t i = 0; i < kBlocks; ++i) forward_first_layer(b[i], f1, c.m);
        for (size_t i = 0; i < kBlocks; ++i) forward_second_layer(b[i], f2, f3, c.m);
        for (size_t i = 0; i < kBlocks; ++i) write_block(p + 4 * i, quarter, b[i]);
    }
}

/// The last four layers of kBlocks blocks of 16 words, nodes k, k + 1, ...; or, if odd, five, the blocks being the
/// halves of blocks of 32 words. Canonical words out. The fifth layer leaves numbers within 2.9 q and so x1 one layer
/// on within 3.8 q, after which all are within 2.4 q. The transposed layers take no reduction: from 2.4 q the numbers
/// grow to 3.8 q and 5.8 q.
template <bool odd>
CIPHERNET_INLINE void forward_tail(u64* a, size_t k, const Context& c) {
    Block b[kBlocks];
    for (size_t i = 0; i < kBlocks; ++i) b[i] = read_block<false>(a + kTailWords * i, 4);
    if constexpr (odd) {
        for (size_t i = 0; i < kBlocks / 2; ++i) {
            const Factor f = root(c, k / 2 + i);
            Block& x = b[2 * i];
            Block& y = b[2 * i + 1];
            add_and_subtract(x.x0, y.x0, product(y.x0, f, c.m));
            add_and_subtract(x.x1, y.x1, product(y.x1, f, c.m));
            add_and_subtract(x.x2, y.x2, product(y.x2, f, c.m));
            add_and_subtract(x.x3, y.x3, product(y.x3, f, c.m));
        }
    }
    for (size_t i = 0; i < kBlocks; ++i) forward_first_layer(b[i], root(c, k + i), c.m);
    for (size_t i = 0; i < kBlocks; ++i) {
        const size_t node = 2 * (k + i);
        forward_second_layer(b[i], root(c, node), root(c, node + 1), c.m);
        transpose(b[i]);
    }
    for (size_t i = 0; i < kBlocks; ++i) {
        const Doubles f = lane_roots(c, 4 * (k + i));
        add_and_subtract(b[i].x0, b[i].x2, product_of_wide(b[i].x2, f, c.m));
        add_and_subtract(b[i].x1, b[i].x3, product_of_wide(b[i].x3, f, c.m));
    }
    for (size_t i = 0; i < kBlocks; ++i) {
        const LaneRoots f = lane_root_pairs(c, 8 * (k + i));
        add_and_subtract(b[i].x0, b[i].x1, product_of_wide(b[i].x1, f.even, c.m));
        add_and_subtract(b[i].x2, b[i].x3, product_of_wide(b[i].x3, f.odd, c.m));
    }
    for (size_t i = 0; i < kBlocks; ++i) {
        transpose_back(b[i]);
        u64* const p = a + kTailWords * i;
        store_words(p, to_canonical_words(reduce_near(b[i].x0, c.m), c.m.q));
        store_words(p + 4, to_canonical_words(reduce_near(b[i].x1, c.m), c.m.q));
        store_words(p + 8, to_canonical_words(reduce_near(b[i].x2, c.m), c.m.q));
        store_words(p + 12, to_canonical_words(reduce_near(b[i].x3, c.m), c.m.q));
    }
}

/// forward_tail over a multiple of kBlocks blocks of 16 words.
template <bool odd>
void forward_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += kBlocks) forward_tail<odd>(a + kTailWords * i, k + i, c);
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
    for (; part > 2 * kTailWords; part /= 4, parts *= 4)
        for (size_t i = 0; i < parts; ++i) forward_pass<false>(a + i * part, part / 4, k * parts + i, c);
    if (part == kTailWords) {
        forward_tails<false>(a, parts, k * parts, c);
    } else {
        forward_tails<true>(a, 2 * parts, 2 * k * parts, c);
    }
}

void forward(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_forward(a, table);
    const Context c = {Wide(&table->modulus), table->modulus.q, table->roots};
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    forward_pass<true>(a, quarter, 1, c);
    for (size_t i = 0; i < 4; ++i) forward_block(a + i * quarter, quarter, 4 + i, c);
}

/// Residues modulo s, those above s/2 made negative, modulo q; then forward().
void forward_centred(u64* r, const u64* a, u64 s, const NttTable* table) {
    const Wide c(&table->modulus);
    const Doubles whole = all(static_cast<double>(s));
    const Words half = all_words(s / 2);
    for (size_t i = 0; i < size_t{1} << table->log_n; i += 4) {
        const Words x = load_words(a + i);
        const Doubles y = to_doubles(x);
        const Doubles centred = as_doubles(where_negative(minus(half, x), as_words(minus(y, whole)), as_words(y)));
        store_words(r + i, to_canonical_words(reduce_near(centred, c), c.q));
    }
    forward(r, table);
}

// --- inverse -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + y, x - y).
CIPHERNET_INLINE void sum_and_difference(Doubles& x, Doubles& y) {
    const Doubles sum = plus(x, y);
    y = minus(x, y);
    x = sum;
}

// Two layers. Within 2 q in; between them x0 and x2, reduced, are within 1/2 q, x1 and x3, products of differences
// within 4 q, within q; within 2 q out, where x1, the sum of two products, is the largest.

CIPHERNET_INLINE void inverse_first_layer(Block& b, const Factor& f2, const Factor& f3, const Wide& m) {
    sum_and_difference(b.x0, b.x1);
    sum_and_difference(b.x2, b.x3);
    b.x0 = reduce_near(b.x0, m);
    b.x1 = product(b.x1, f2, m);
    b.x2 = reduce_near(b.x2, m);
    b.x3 = product(b.x3, f3, m);
}
CIPHERNET_INLINE void inverse_second_layer(Block& b, const Factor& f, const Wide& m) {
    sum_and_difference(b.x0, b.x2);
    sum_and_difference(b.x1, b.x3);
    b.x2 = product(b.x2, f, m);
    b.x3 = product(b.x3, f, m);
}

/// Two layers over a block of 4 * quarter words: nodes 2k and 2k + 1, then node k.
void inverse_pass(u64* a, size_t quarter, size_t k, const Context& shared) {
    const Context c = shared;
    const Factor f1 = root(c, k);
    const Factor f2 = root(c, 2 * k);
    const Factor f3 = root(c, 2 * k + 1);
    for (size_t j = 0; j < quarter; j += 4 * kBlocks) {
        u64* const p = a + j;
        Block b[kBlocks];
        for (size_t i = 0; i < kBlocks; ++i) b[i] = read_block<false>(p + 4 * i, quarter);
        for (size_t i = 0; i < kBlocks; ++i) inverse_first_layer(b[i], f2, f3, c.m);
        for (size_t i = 0; i < kBlocks; ++i) inverse_second_layer(b[i], f1, c.m);
        for (size_t i = 0; i < kBlocks; ++i) write_block(p + 4 * i, quarter, b[i]);
    }
}

/// The last two layers: nodes 2 and 3, then node 1, which takes 1/n along. Canonical words out: what the last factors
/// multiply is within 2 q, and so the products within 3/4 q.
void inverse_last_pass(u64* a, size_t quarter, const Context& shared, const NttTable* table) {
    const Context c = shared;
    const Factor f2 = root(c, 2);
    const Factor f3 = root(c, 3);
    const Factor s = factor(table->n_inverse.w, c.q, c.m);
    const Factor f1 = factor(table->n_inverse_root.w, c.q, c.m);
    for (size_t j = 0; j < quarter; j += 4 * kBlocks) {
        u64* const p = a + j;
        Block b[kBlocks];
        for (size_t i = 0; i < kBlocks; ++i) b[i] = read_block<false>(p + 4 * i, quarter);
        for (size_t i = 0; i < kBlocks; ++i) inverse_first_layer(b[i], f2, f3, c.m);
        for (size_t i = 0; i < kBlocks; ++i) {
            inverse_second_layer(b[i], f1, c.m);
            store_words(p + 4 * i, to_canonical_words(product(b[i].x0, s, c.m), c.m.q));
            store_words(p + quarter + 4 * i, to_canonical_words(product(b[i].x1, s, c.m), c.m.q));
            store_words(p + 2 * quarter + 4 * i, to_canonical_words(b[i].x2, c.m.q));
            store_words(p + 3 * quarter + 4 * i, to_canonical_words(b[i].x3, c.m.q));
        }
    }
}

/// The first four layers of kBlocks blocks of 16 words, nodes k, k + 1, ...; or, if odd, five, up to blocks of 32
/// words. Canonical words in, within 2 q out. In the transposed layers x0 reaches 4 q and is reduced; x1, a sum of
/// products within 7/8 q, stays within 1.75 q, x2 and x3 within 1.25 q. In the fifth layer only the sum of x1 leaves 2
/// q.
template <bool odd>
CIPHERNET_INLINE void inverse_tail(u64* a, size_t k, const Context& c) {
    Block b[kBlocks];
    for (size_t i = 0; i < kBlocks; ++i) b[i] = read_block<true>(a + kTailWords * i, 4);
    for (size_t i = 0; i < kBlocks; ++i) {
        const LaneRoots f = lane_root_pairs(c, 8 * (k + i));
        transpose(b[i]);
        sum_and_difference(b[i].x0, b[i].x1);
        sum_and_difference(b[i].x2, b[i].x3);
        b[i].x1 = product_of_wide(b[i].x1, f.even, c.m);
        b[i].x3 = product_of_wide(b[i].x3, f.odd, c.m);
    }
    for (size_t i = 0; i < kBlocks; ++i) {
        const Doubles f = lane_roots(c, 4 * (k + i));
        sum_and_difference(b[i].x0, b[i].x2);
        sum_and_difference(b[i].x1, b[i].x3);
        b[i].x0 = reduce_near(b[i].x0, c.m);
        b[i].x2 = product_of_wide(b[i].x2, f, c.m);
        b[i].x3 = product_of_wide(b[i].x3, f, c.m);
        transpose_back(b[i]);
    }
    for (size_t i = 0; i < kBlocks; ++i) {
        const size_t node = 2 * (k + i);
        inverse_first_layer(b[i], root(c, node), root(c, node + 1), c.m);
    }
    for (size_t i = 0; i < kBlocks; ++i) inverse_second_layer(b[i], root(c, k + i), c.m);
    if constexpr (odd) {
        for (size_t i = 0; i < kBlocks / 2; ++i) {
            const Factor f = root(c, k / 2 + i);
            Block& x = b[2 * i];
            Block& y = b[2 * i + 1];
            sum_and_difference(x.x0, y.x0);
            sum_and_difference(x.x1, y.x1);
            sum_and_difference(x.x2, y.x2);
            sum_and_difference(x.x3, y.x3);
            x = {x.x0, reduce_near(x.x1, c.m), x.x2, x.x3};
            y = {product(y.x0, f, c.m), product(y.x1, f, c.m), product(y.x2, f, c.m), product(y.x3, f, c.m)};
        }
    }
    for (size_t i = 0; i < kBlocks; ++i) write_block(a + kTailWords * i, 4, b[i]);
}

/// inverse_tail over a multiple of kBlocks blocks of 16 words.
template <bool odd>
void inverse_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += kBlocks) inverse_tail<odd>(a + kTailWords * i, k + i, c);
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
    for (; part > 2 * kTailWords; part /= 4) parts *= 4;
    if (part == kTailWords) {
        inverse_tails<false>(a, parts, k * parts, c);
    } else {
        inverse_tails<true>(a, 2 * parts, 2 * k * parts, c);
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
