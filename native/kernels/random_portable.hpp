#pragma once

// The loops of random sampling in vectors of 128 bits, which are in the baseline of every 64-bit target: the vector
// extension of GCC and Clang. (Plain loops over lanes ran half as fast.) The scalar path and the NEON path are made of
// it. Everything has internal linkage, so that each path has its own copy.

#include <bit>
#include <cstddef>
#include <cstdint>

namespace ciphernet {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using std::size_t;

/// One word of the state of four consecutive blocks; behind the last round, four words of one block.
constexpr size_t kLanes = 4;
using Lanes = u32 __attribute__((vector_size(4 * kLanes)));

template <int Bits>
inline Lanes rotate_left(Lanes x) {
    return (x << Bits) | (x >> (32 - Bits));
}

/// RFC 8439 section 2.1.
inline void quarter_round(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
    a += b;
    d = rotate_left<16>(d ^ a);
    c += d;
    b = rotate_left<12>(b ^ c);
    a += b;
    d = rotate_left<8>(d ^ a);
    c += d;
    b = rotate_left<7>(b ^ c);
}

inline void store_little_endian(std::uint8_t* out, Lanes x) {
    if constexpr (std::endian::native == std::endian::big)
        for (size_t l = 0; l < kLanes; ++l) x[l] = __builtin_bswap32(x[l]);
    __builtin_memcpy(out, &x, sizeof x);
}

/// Blocks counter … counter + 3 modulo 2^32, of which the first `count` are written.
inline void chacha20_group(std::uint8_t* out, const u32* state, u32 counter, size_t count) {
    Lanes initial[16];
    for (size_t w = 0; w < 16; ++w) initial[w] = Lanes{} + state[w];
    initial[12] = Lanes{0, 1, 2, 3} + counter;
    Lanes x[16];
    for (size_t w = 0; w < 16; ++w) x[w] = initial[w];
    for (int round = 0; round < 20; round += 2) {
        quarter_round(x[0], x[4], x[8], x[12]);
        quarter_round(x[1], x[5], x[9], x[13]);
        quarter_round(x[2], x[6], x[10], x[14]);
        quarter_round(x[3], x[7], x[11], x[15]);
        quarter_round(x[0], x[5], x[10], x[15]);
        quarter_round(x[1], x[6], x[11], x[12]);
        quarter_round(x[2], x[7], x[8], x[13]);
        quarter_round(x[3], x[4], x[9], x[14]);
    }
    for (size_t w = 0; w < 16; w += kLanes) {
        // Four words of four blocks become four blocks' four words.
        for (size_t k = 0; k < kLanes; ++k) x[w + k] += initial[w + k];
        const Lanes a = __builtin_shufflevector(x[w], x[w + 1], 0, 4, 1, 5);
        const Lanes b = __builtin_shufflevector(x[w], x[w + 1], 2, 6, 3, 7);
        const Lanes c = __builtin_shufflevector(x[w + 2], x[w + 3], 0, 4, 1, 5);
        const Lanes d = __builtin_shufflevector(x[w + 2], x[w + 3], 2, 6, 3, 7);
        const Lanes words[kLanes] = {
            __builtin_shufflevector(a, c, 0, 1, 4, 5), __builtin_shufflevector(a, c, 2, 3, 6, 7),
            __builtin_shufflevector(b, d, 0, 1, 4, 5), __builtin_shufflevector(b, d, 2, 3, 6, 7)};
        for (size_t l = 0; l < kLanes; ++l)
            if (l < count) store_little_endian(out + 64 * l + 4 * w, words[l]);
    }
}

inline void chacha20(std::uint8_t* out, const u32* state, size_t blocks) {
    u32 counter = state[12];
    for (; blocks >= kLanes; blocks -= kLanes, out += 64 * kLanes, counter += kLanes)
        chacha20_group(out, state, counter, kLanes);
    if (blocks > 0) chacha20_group(out, state, counter, blocks);
}

inline size_t select_below(u64* r, size_t n, u64 mask, u64 bound) {
    size_t kept = 0;
    for (size_t i = 0; i < n; ++i) {
        const u64 x = r[i] & mask;
        r[kept] = x;  // kept <= i: never in front of what is still to be read
        kept += x < bound;
    }
    return kept;
}

/// The tables are compared by subtraction and sign bit, because SSE2 has no 64-bit comparison.
using WordPair = u64 __attribute__((vector_size(16)));

inline void gaussian(std::int32_t* r, const u64* words, size_t n, const u64* table, size_t entries) {
    constexpr size_t kPairs = 4;
    for (size_t i = 0; i < n; i += 2 * kPairs) {
        WordPair v[kPairs];
        WordPair magnitude[kPairs];
        for (size_t p = 0; p < kPairs; ++p) {
            v[p] = WordPair{words[i + 2 * p], words[i + 2 * p + 1]} >> 1;
            magnitude[p] = WordPair{0, 0};
        }
        for (size_t k = 0; k < entries; ++k) {
            const WordPair below = WordPair{0, 0} + (table[k] - 1);
            // table[k] - 1 - v is negative exactly when v >= table[k]: both are below 2^63.
            for (size_t p = 0; p < kPairs; ++p) magnitude[p] += (below - v[p]) >> 63;
        }
        for (size_t p = 0; p < kPairs; ++p) {
            for (size_t l = 0; l < 2; ++l) {
                const auto m = static_cast<std::int32_t>(magnitude[p][l]);
                const auto sign = -static_cast<std::int32_t>(words[i + 2 * p + l] & 1);  // 0 or -1
                r[i + 2 * p + l] = (m ^ sign) - sign;
            }
        }
    }
}

}  // namespace
}  // namespace ciphernet
