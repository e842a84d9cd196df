// Keystream and sampling on AVX2.

#include "kernels/avx2.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

template <int Bits>
CIPHERNET_INLINE Words rotate_left(Words x) {
    return _mm256_or_si256(_mm256_slli_epi32(x, Bits), _mm256_srli_epi32(x, 32 - Bits));
}
CIPHERNET_INLINE Words rotate_left_16(Words x) {
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13,  //
                                                   2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
}
CIPHERNET_INLINE Words rotate_left_8(Words x) {
    return _mm256_shuffle_epi8(x, _mm256_setr_epi8(3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14,  //
                                                   3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
}

/// Two quarter rounds (RFC 8439 section 2.1) side by side, each on one word of eight consecutive blocks.
CIPHERNET_INLINE void quarter_rounds(Words& a, Words& b, Words& c, Words& d,  //
                                     Words& a2, Words& b2, Words& c2, Words& d2) {
    a = _mm256_add_epi32(a, b);
    a2 = _mm256_add_epi32(a2, b2);
    d = rotate_left_16(_mm256_xor_si256(d, a));
    d2 = rotate_left_16(_mm256_xor_si256(d2, a2));
    c = _mm256_add_epi32(c, d);
    c2 = _mm256_add_epi32(c2, d2);
    b = rotate_left<12>(_mm256_xor_si256(b, c));
    b2 = rotate_left<12>(_mm256_xor_si256(b2, c2));
    a = _mm256_add_epi32(a, b);
    a2 = _mm256_add_epi32(a2, b2);
    d = rotate_left_8(_mm256_xor_si256(d, a));
    d2 = rotate_left_8(_mm256_xor_si256(d2, a2));
    c = _mm256_add_epi32(c, d);
    c2 = _mm256_add_epi32(c2, d2);
    b = rotate_left<7>(_mm256_xor_si256(b, c));
    b2 = rotate_left<7>(_mm256_xor_si256(b2, c2));
}

/// Puts two vectors aside. The state fills all sixteen registers and the rotations need some: this takes those that
/// wait longest, where the compiler's own choice costs a fifth of the speed.
CIPHERNET_INLINE void put_aside(Words& x, Words& y) { __asm__("" : "+m"(x), "+m"(y)); }

CIPHERNET_INLINE Words word_of(const u32* state, size_t w) { return _mm256_set1_epi32(static_cast<int>(state[w])); }

CIPHERNET_INLINE Words counters(u32 first) {
    return _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(first)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/// In 128-bit lane i of x[j] then: the four words of block 4i + j.
CIPHERNET_INLINE void transpose(Words* x) {
    const Words a = _mm256_unpacklo_epi32(x[0], x[1]);
    const Words b = _mm256_unpackhi_epi32(x[0], x[1]);
    const Words c = _mm256_unpacklo_epi32(x[2], x[3]);
    const Words d = _mm256_unpackhi_epi32(x[2], x[3]);
    x[0] = _mm256_unpacklo_epi64(a, c);
    x[1] = _mm256_unpackhi_epi64(a, c);
    x[2] = _mm256_unpacklo_epi64(b, d);
    x[3] = _mm256_unpackhi_epi64(b, d);
}

CIPHERNET_INLINE void store_bytes(std::uint8_t* out, Words x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), x);
}

}  // namespace

void chacha20_avx2(std::uint8_t* out, const u32* state, size_t blocks) {
    Words x[16];
    for (u32 counter = state[12]; blocks > 0; counter += 8, out += 512) {
        for (size_t w = 0; w < 16; ++w) x[w] = word_of(state, w);
        x[12] = counters(counter);
        for (int round = 0; round < 20; round += 2) {
            quarter_rounds(x[0], x[4], x[8], x[12], x[1], x[5], x[9], x[13]);
            put_aside(x[8], x[9]);
            quarter_rounds(x[2], x[6], x[10], x[14], x[3], x[7], x[11], x[15]);
            quarter_rounds(x[0], x[5], x[10], x[15], x[1], x[6], x[11], x[12]);
            put_aside(x[10], x[11]);
            quarter_rounds(x[2], x[7], x[8], x[13], x[3], x[4], x[9], x[14]);
        }
        const size_t count = blocks < 8 ? blocks : 8;
        // Half a block, eight words, is what a vector holds.
        for (size_t w = 0; w < 16; w += 8) {
            for (size_t k = w; k < w + 8; ++k)
                x[k] = _mm256_add_epi32(x[k], k == 12 ? counters(counter) : word_of(state, k));
            transpose(x + w);
            transpose(x + w + 4);
            for (size_t j = 0; j < 4; ++j) {
                if (j < count)
                    store_bytes(out + 64 * j + 4 * w, _mm256_permute2x128_si256(x[w + j], x[w + 4 + j], 0x20));
                if (4 + j < count)
                    store_bytes(out + 64 * (4 + j) + 4 * w, _mm256_permute2x128_si256(x[w + j], x[w + 4 + j], 0x31));
            }
        }
        blocks -= count;
    }
}

namespace {

/// For each set of kept words of a vector, as a bit mask, the 32-bit halves of these words one after another.
alignas(32) const u32 kCompress[16][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0}, {2, 3, 0, 0, 0, 0, 0, 0}, {0, 1, 2, 3, 0, 0, 0, 0},
    {4, 5, 0, 0, 0, 0, 0, 0}, {0, 1, 4, 5, 0, 0, 0, 0}, {2, 3, 4, 5, 0, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 0, 0},
    {6, 7, 0, 0, 0, 0, 0, 0}, {0, 1, 6, 7, 0, 0, 0, 0}, {2, 3, 6, 7, 0, 0, 0, 0}, {0, 1, 2, 3, 6, 7, 0, 0},
    {4, 5, 6, 7, 0, 0, 0, 0}, {0, 1, 4, 5, 6, 7, 0, 0}, {2, 3, 4, 5, 6, 7, 0, 0}, {0, 1, 2, 3, 4, 5, 6, 7},
};

CIPHERNET_INLINE Words load_unaligned(const u64* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }

}  // namespace

size_t select_below_avx2(u64* r, size_t n, u64 mask, u64 bound) {
    const Words masks = all_words(mask);
    const Words bounds = all_words(bound);
    size_t kept = 0;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const Words x = both(load_unaligned(r + i), masks);
        const int below = _mm256_movemask_pd(as_doubles(_mm256_cmpgt_epi64(bounds, x)));  // signed: both below 2^63
        const Words order = _mm256_load_si256(reinterpret_cast<const __m256i*>(kCompress[below]));
        // kept <= i: the words behind those kept here overwrite only what has been read.
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(r + kept), _mm256_permutevar8x32_epi32(x, order));
        kept += static_cast<size_t>(__builtin_popcount(static_cast<unsigned>(below)));
    }
    for (; i < n; ++i) {
        const u64 x = r[i] & mask;
        r[kept] = x;
        kept += x < bound;
    }
    return kept;
}

void gaussian_avx2(std::int32_t* r, const u64* words, size_t n, const u64* table, size_t entries) {
    constexpr size_t kVectors = 2;
    for (size_t i = 0; i < n; i += 4 * kVectors) {
        Words v[kVectors];
        Words magnitude[kVectors];
        for (size_t j = 0; j < kVectors; ++j) {
            v[j] = _mm256_srli_epi64(load_unaligned(words + i + 4 * j), 1);
            magnitude[j] = all_words(entries);
        }
        // Each entry above v, of all, takes one off; signed comparisons of numbers below 2^63.
        for (size_t k = 0; k < entries; ++k) {
            const Words entry = all_words(table[k]);
            for (size_t j = 0; j < kVectors; ++j) magnitude[j] = plus(magnitude[j], _mm256_cmpgt_epi64(entry, v[j]));
        }
        Words value[kVectors];
        for (size_t j = 0; j < kVectors; ++j) {
            const Words sign = minus(all_words(0), both(load_unaligned(words + i + 4 * j), all_words(1)));  // 0 or -1
            value[j] = minus(_mm256_xor_si256(magnitude[j], sign), sign);
        }
        // The lower halves of the eight words, in order.
        const __m256 halves = _mm256_shuffle_ps(_mm256_castsi256_ps(value[0]), _mm256_castsi256_ps(value[1]), 0x88);
        const Words samples = _mm256_permute4x64_epi64(_mm256_castps_si256(halves), 0xD8);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(r + i), samples);
    }
}

}  // namespace ciphernet
