// The negacyclic transform on the 52-bit multipliers of AVX-512 IFMA, with Harvey's lazy butterflies (2014).
//
// What it costs: a butterfly of eight lanes is 3 multiplications and 6 other vector operations, forward (reduce x: 2, mask
// the product: 1, sum, difference: 3) as inverse. Zen 5 starts 2 multiplications and 4 vector operations a cycle, so the
// bound is 2.25 cycles, 0.070 ns a butterfly at 4 GHz (the multipliers alone: 0.047). Measured there: passes 2.7 to 2.9
// cycles, tails with their shuffles and the last reduction 3.3 to 4.1, whole transforms 0.10 ns a butterfly up to
// N = 2^15 and 0.11 above.
//
// A prime that leaves room below 2^52 needs none of the reductions for several layers, and no masks either: sums and
// differences are exact modulo 2^52, which is all that the multipliers read. That leaves 3 multiplications and 3 other
// operations, 1.5 cycles. Slack says how much room there is.

#include "kernels/avx512ifma.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// 2^12 words, 32 KiB: what is smaller is transformed within the first cache before anything else is touched.
constexpr size_t kCacheWords = size_t{1} << 12;

/// The room that a prime leaves: numbers up to 4q, 16q or 64q fit into 52 bits.
enum class Slack { q4, q16, q64 };

struct Context {
    V q, two_q, minus_q;
    V one_quotient;  ///< floor(2^52 / q), rounded down at most by one
    const u64* roots;
    const u64* quotients;
};

/// x mod q in [0, 2q), clean. Any x below 2^52 (higher bits ignored).
CIPHERNET_INLINE V reduce_lazy(V x, const Context& c) {
    const V estimate = madd_high(zero(), x, c.one_quotient);
    return low_52(madd_low(x, estimate, c.minus_q));
}

/// A multiple of q.
template <int times>
CIPHERNET_INLINE V multiple(const Context& c) {
    static_assert(times == 1 || times == 2 || times == 4 || times == 8 || times == 16 || times == 32);
    if constexpr (times == 1) return c.q;
    if constexpr (times == 2) return c.two_q;
    return _mm512_slli_epi64(c.two_q, times == 4 ? 1 : times == 8 ? 2 : times == 16 ? 3 : 4);
}

struct Factor {
    V w, quotient;
};

/// The same root in all lanes.
CIPHERNET_INLINE Factor broadcast(const Context& c, size_t node) {
    return {all(c.roots[node]), all(c.quotients[node])};
}

// --- forward -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + w y, x - w y). Slack::q4: x and y in [0, 4q), and so are the results, clean. More slack: x and y are
/// exact in their low 52 bits, and below B there; the results are exact there, and below B + 2q.
template <Slack slack>
CIPHERNET_INLINE void forward_butterfly(V& x, V& y, const Factor& f, const Context& c) {
    if constexpr (slack == Slack::q4) {
        const V u = subtract_once(x, c.two_q);
        const V v = multiply_lazy(y, f.w, f.quotient, c.minus_q);
        x = plus(u, v);
        y = minus(plus(u, c.two_q), v);
    } else {
        const V v = multiply_lazy_carry(y, f.w, f.quotient, c.minus_q);
        y = minus(plus(x, c.two_q), v);
        x = plus(x, v);
    }
}

/// How a pass takes its inputs: as they are, or brought below 2q.
struct AsIs {
    CIPHERNET_INLINE V read(V x, const AsIs&, const Context&) { return x; }
};
struct Reduced {
    CIPHERNET_INLINE V read(V x, const Reduced&, const Context& c) { return reduce_lazy(x, c); }
};
/// Residues modulo another prime s, those above s/2 made negative: `negative` is -s mod q. They come below the multiple of q
/// that follows s: where s < 2q, they need no reduction.
template <bool reduce>
struct Centred {
    V half, negative;

    CIPHERNET_INLINE V read(V x, const Centred& s, const Context& c) {
        const V y = _mm512_mask_add_epi64(x, _mm512_cmpgt_epu64_mask(x, s.half), x, s.negative);
        return reduce ? reduce_lazy(y, c) : y;
    }
};

/// Two layers at once over a block of 4 * quarter words: node k, then nodes 2k and 2k + 1. Out of `source`, which may be r.
template <Slack slack, class Input>
void forward_pass(u64* r, const u64* source, size_t quarter, size_t k, const Context& shared,
                  const Input& shared_input) {
    const Input input = shared_input;
    const Context c = shared;
    const Factor f1 = broadcast(c, k);
    const Factor f2 = broadcast(c, 2 * k);
    const Factor f3 = broadcast(c, 2 * k + 1);
    for (size_t j = 0; j < quarter; j += 8) {
        const u64* const from = source + j;
        u64* const p = r + j;
        V x0 = Input::read(load(from), input, c);
        V x1 = Input::read(load(from + quarter), input, c);
        V x2 = Input::read(load(from + 2 * quarter), input, c);
        V x3 = Input::read(load(from + 3 * quarter), input, c);
        forward_butterfly<slack>(x0, x2, f1, c);
        forward_butterfly<slack>(x1, x3, f1, c);
        forward_butterfly<slack>(x0, x1, f2, c);
        forward_butterfly<slack>(x2, x3, f3, c);
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

template <Slack slack>
CIPHERNET_INLINE V forward_canonical(V x, const Context& c) {
    return subtract_once(slack == Slack::q4 ? subtract_once(x, c.two_q) : reduce_lazy(x, c), c.q);
}

/// The last layers of the 64 words below each of the nodes k and k + 1: six of them (t = 32 .. 1), or five when these
/// nodes have had their turn. Canonical results.
template <Slack slack, bool six>
CIPHERNET_INLINE void forward_tail(u64* a, size_t k, const Context& c) {
    V x[2 * kTailPairs];
    for (size_t i = 0; i < 2 * kTailPairs; ++i) {
        x[i] = load(a + 8 * i);
        // Six layers from 2q come to 14q.
        if constexpr (slack == Slack::q16) x[i] = reduce_lazy(x[i], c);
    }
    if constexpr (six) {
        for (size_t i = 0; i < kTailPairs / 4; ++i) {
            const Factor f = broadcast(c, k + i);
            for (size_t l = 0; l < 4; ++l) forward_butterfly<slack>(x[8 * i + l], x[8 * i + l + 4], f, c);
        }
    }
    for (size_t i = 0; i < kTailPairs / 2; ++i) {
        const Factor f = broadcast(c, 2 * k + i);
        forward_butterfly<slack>(x[4 * i], x[4 * i + 2], f, c);
        forward_butterfly<slack>(x[4 * i + 1], x[4 * i + 3], f, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        forward_butterfly<slack>(x[2 * i], x[2 * i + 1], broadcast(c, 4 * k + i), c);
        swap_halves(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 8 * k + 2 * i;
        forward_butterfly<slack>(x[2 * i], x[2 * i + 1], {two_roots(c.roots + node), two_roots(c.quotients + node)}, c);
        swap_pairs(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 16 * k + 4 * i;
        forward_butterfly<slack>(x[2 * i], x[2 * i + 1], {four_roots(c.roots + node), four_roots(c.quotients + node)},
                                 c);
        swap_singles(x[2 * i], x[2 * i + 1]);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 32 * k + 8 * i;
        forward_butterfly<slack>(x[2 * i], x[2 * i + 1], {load(c.roots + node), load(c.quotients + node)}, c);
        single_to_natural(x[2 * i], x[2 * i + 1]);
        store(a + 16 * i, forward_canonical<slack>(x[2 * i], c));
        store(a + 16 * i + 8, forward_canonical<slack>(x[2 * i + 1], c));
    }
}

/// forward_tail over an even number of blocks of 64 words, nodes k, k + 1, ...
template <Slack slack, bool six>
void forward_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += 2) forward_tail<slack, six>(a + 64 * i, k + i, c);
}

/// Pass number `depth` (from the first): with room for 16q every third one reduces, since six layers go from 2q to 14q.
template <Slack slack>
void forward_pass(u64* a, size_t quarter, size_t k, size_t depth, const Context& c) {
    if (slack == Slack::q16 && depth != 0 && depth % 3 == 0)
        forward_pass<slack>(a, a, quarter, k, c, Reduced{});
    else
        forward_pass<slack>(a, a, quarter, k, c, AsIs{});
}

/// A block of `length` words below node k, after `depth` passes: all layers that are left. Depth first above the cache
/// size, breadth first within.
template <Slack slack>
void forward_block(u64* a, size_t length, size_t k, size_t depth, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        forward_pass<slack>(a, quarter, k, depth, c);
        for (size_t i = 0; i < 4; ++i) forward_block<slack>(a + i * quarter, quarter, 4 * k + i, depth + 1, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 64; part /= 4, parts *= 4, ++depth)
        for (size_t i = 0; i < parts; ++i) forward_pass<slack>(a + i * part, part / 4, k * parts + i, depth, c);
    if (part == 64) {
        forward_tails<slack, true>(a, parts, k * parts, c);
    } else {
        forward_tails<slack, false>(a, parts / 2, k * parts / 2, c);  // 32 words a part
    }
}

// --- inverse -----------------------------------------------------------------------------------------------------

/// (x, y) -> (x + y, (x - y) w). Slack::q4: in and out [0, 2q), clean. More slack: x and y are exact in their low 52 bits
/// and below `bound` q there; the sum is below twice that, the product below 2q.
template <Slack slack, int bound>
CIPHERNET_INLINE void inverse_butterfly(V& x, V& y, const Factor& f, const Context& c) {
    const V sum = plus(x, y);
    if constexpr (slack == Slack::q4) {
        const V difference = minus(plus(x, c.two_q), y);
        x = subtract_once(sum, c.two_q);
        y = multiply_lazy(difference, f.w, f.quotient, c.minus_q);
    } else {
        static_assert(2 * bound <= (slack == Slack::q16 ? 16 : 64));
        const V difference = minus(plus(x, multiple<bound>(c)), y);
        x = sum;
        y = multiply_lazy_carry(difference, f.w, f.quotient, c.minus_q);
    }
}

/// Two layers at once over a block of 4 * quarter words: nodes 2k and 2k + 1, then node k. With slack, in and out below 4q.
template <Slack slack>
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
        inverse_butterfly<slack, 4>(x0, x1, f2, c);
        inverse_butterfly<slack, 4>(x2, x3, f3, c);
        inverse_butterfly<slack, 8>(x0, x2, f1, c);
        inverse_butterfly<slack, 2>(x1, x3, f1, c);
        if constexpr (slack != Slack::q4) x0 = reduce_lazy(x0, c);
        store(p, x0);
        store(p + quarter, x1);
        store(p + 2 * quarter, x2);
        store(p + 3 * quarter, x3);
    }
}

/// The last two layers: nodes 2 and 3, then node 1, which takes 1/n along. Canonical results.
template <Slack slack>
void inverse_last_pass(u64* a, size_t quarter, const Context& shared, const NttTable* table) {
    const Context c = shared;
    const Factor f2 = broadcast(c, 2);
    const Factor f3 = broadcast(c, 3);
    const Factor s = {all(table->n_inverse.w), all(table->n_inverse.quotient)};
    const Factor f1 = {all(table->n_inverse_root.w), all(table->n_inverse_root.quotient)};
    const V sums = slack == Slack::q4 ? c.two_q : multiple<8>(c);  // a bound of x2
    for (size_t j = 0; j < quarter; j += 8) {
        u64* const p = a + j;
        V x0 = load(p);
        V x1 = load(p + quarter);
        V x2 = load(p + 2 * quarter);
        V x3 = load(p + 3 * quarter);
        inverse_butterfly<slack, 4>(x0, x1, f2, c);
        inverse_butterfly<slack, 4>(x2, x3, f3, c);
        const V y0 = multiply_lazy(plus(x0, x2), s.w, s.quotient, c.minus_q);
        const V y1 = multiply_lazy(plus(x1, x3), s.w, s.quotient, c.minus_q);
        const V y2 = multiply_lazy(minus(plus(x0, sums), x2), f1.w, f1.quotient, c.minus_q);
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
/// Canonical in, [0, 2q) out. With slack, the bound doubles from layer to layer.
template <Slack slack, bool six>
CIPHERNET_INLINE void inverse_tail(u64* a, size_t k, const Context& c) {
    // Where only 16q fit, the sums of the third layer are reduced.
    constexpr int kFourth = slack == Slack::q64 ? 8 : 2;
    V x[2 * kTailPairs];
    for (size_t i = 0; i < 2 * kTailPairs; ++i) x[i] = load(a + 8 * i);
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 32 * k + 8 * i;
        natural_to_single(x[2 * i], x[2 * i + 1]);
        inverse_butterfly<slack, 1>(x[2 * i], x[2 * i + 1], {load(c.roots + node), load(c.quotients + node)}, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 16 * k + 4 * i;
        swap_singles(x[2 * i], x[2 * i + 1]);
        inverse_butterfly<slack, 2>(x[2 * i], x[2 * i + 1],
                                    {four_roots(c.roots + node), four_roots(c.quotients + node)}, c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        const size_t node = 8 * k + 2 * i;
        swap_pairs(x[2 * i], x[2 * i + 1]);
        inverse_butterfly<slack, 4>(x[2 * i], x[2 * i + 1], {two_roots(c.roots + node), two_roots(c.quotients + node)},
                                    c);
        if constexpr (slack == Slack::q16) x[2 * i] = reduce_lazy(x[2 * i], c);
    }
    for (size_t i = 0; i < kTailPairs; ++i) {
        swap_halves(x[2 * i], x[2 * i + 1]);
        inverse_butterfly<slack, kFourth>(x[2 * i], x[2 * i + 1], broadcast(c, 4 * k + i), c);
    }
    for (size_t i = 0; i < kTailPairs / 2; ++i) {
        const Factor f = broadcast(c, 2 * k + i);
        inverse_butterfly<slack, 2 * kFourth>(x[4 * i], x[4 * i + 2], f, c);
        inverse_butterfly<slack, 2 * kFourth>(x[4 * i + 1], x[4 * i + 3], f, c);
    }
    if constexpr (six) {
        for (size_t i = 0; i < kTailPairs / 4; ++i) {
            const Factor f = broadcast(c, k + i);
            for (size_t l = 0; l < 4; ++l) inverse_butterfly<slack, 4 * kFourth>(x[8 * i + l], x[8 * i + l + 4], f, c);
        }
    }
    if constexpr (slack != Slack::q4) {
        // The sums of the last layer: the first half of every group of vectors.
        constexpr size_t kGroup = six ? 8 : 4;
        for (size_t i = 0; i < 2 * kTailPairs; ++i)
            if (i % kGroup < kGroup / 2) x[i] = reduce_lazy(x[i], c);
    }
    for (size_t i = 0; i < 2 * kTailPairs; ++i) store(a + 8 * i, x[i]);
}

/// inverse_tail over an even number of blocks of 64 words, nodes k, k + 1, ...
template <Slack slack, bool six>
void inverse_tails(u64* a, size_t count, size_t k, const Context& shared) {
    const Context c = shared;
    for (size_t i = 0; i < count; i += 2) inverse_tail<slack, six>(a + 64 * i, k + i, c);
}

/// All layers of a block of `length` words up to node k; [0, 2q) out, with slack [0, 4q).
template <Slack slack>
void inverse_block(u64* a, size_t length, size_t k, const Context& c) {
    if (length > kCacheWords) {
        const size_t quarter = length / 4;
        for (size_t i = 0; i < 4; ++i) inverse_block<slack>(a + i * quarter, quarter, 4 * k + i, c);
        inverse_pass<slack>(a, quarter, k, c);
        return;
    }
    size_t part = length;
    size_t parts = 1;
    for (; part > 64; part /= 4) parts *= 4;
    if (part == 64) {
        inverse_tails<slack, true>(a, parts, k * parts, c);
    } else {
        inverse_tails<slack, false>(a, parts / 2, k * parts / 2, c);  // 32 words a part
    }
    while (part < length) {
        part *= 4;
        parts /= 4;
        for (size_t i = 0; i < parts; ++i) inverse_pass<slack>(a + i * part, part / 4, k * parts + i, c);
    }
}

/// Below this length the last pass of the inverse and a tail of two blocks do not fit.
constexpr u64 kSmallestLogN = 9;

Context context(const NttTable* table, const u64* roots, const u64* quotients) {
    const ModulusConstants& m = table->modulus;
    return {.q = all(m.q),
            .two_q = all(2 * m.q),
            .minus_q = all((kMask52 + 1) - m.q),
            .one_quotient = all(m.barrett >> (m.bits - 1)),
            .roots = roots,
            .quotients = quotients};
}

template <Slack slack>
void forward(u64* a, const NttTable* table) {
    forward_block<slack>(a, size_t{1} << table->log_n, 1, 0, context(table, table->roots, table->root_quotients));
}

/// The first pass reads a and writes r; then the four blocks on their own.
template <Slack slack>
void forward_centred(u64* r, const u64* a, u64 s, const NttTable* table) {
    const Context c = context(table, table->roots, table->root_quotients);
    const u64 q = table->modulus.q;
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    const V half = all(s / 2);
    const V negative = all(q - 1 - (s - 1) % q);
    if (s < 2 * q)
        forward_pass<slack>(r, a, quarter, 1, c, Centred<false>{half, negative});
    else
        forward_pass<slack>(r, a, quarter, 1, c, Centred<true>{half, negative});
    for (size_t i = 0; i < 4; ++i) forward_block<slack>(r + i * quarter, quarter, 4 + i, 1, c);
}

template <Slack slack>
void inverse(u64* a, const NttTable* table) {
    const Context c = context(table, table->inverse_roots, table->inverse_root_quotients);
    const size_t quarter = (size_t{1} << table->log_n) / 4;
    for (size_t i = 0; i < 4; ++i) inverse_block<slack>(a + i * quarter, quarter, 4 + i, c);
    inverse_last_pass<slack>(a, quarter, c, table);
}

}  // namespace

void ntt_forward_avx512ifma(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_forward(a, table);
    // From 2q 17 layers come to 36q.
    if (table->modulus.bits <= 46) return forward<Slack::q64>(a, table);
    if (table->modulus.bits <= 48) return forward<Slack::q16>(a, table);
    forward<Slack::q4>(a, table);
}

void ntt_forward_centred_avx512ifma(u64* r, const u64* a, u64 s, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_forward_centred(r, a, s, table);
    if (table->modulus.bits <= 46) return forward_centred<Slack::q64>(r, a, s, table);
    if (table->modulus.bits <= 48) return forward_centred<Slack::q16>(r, a, s, table);
    forward_centred<Slack::q4>(r, a, s, table);
}

void ntt_inverse_avx512ifma(u64* a, const NttTable* table) {
    if (table->log_n < kSmallestLogN) return kKernelsScalar.ntt_inverse(a, table);
    if (table->modulus.bits <= 46) return inverse<Slack::q64>(a, table);
    if (table->modulus.bits <= 48) return inverse<Slack::q16>(a, table);
    inverse<Slack::q4>(a, table);
}

}  // namespace ciphernet
