// Keystream and sampling on AVX-512.

#include "kernels/avx512ifma.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// RFC 8439 section 2.1, on one word of sixteen consecutive blocks.
CIPHERNET_INLINE void quarter_round(V& a, V& b, V& c, V& d) {
    a = _mm512_add_epi32(a, b);
    d = _mm512_rol_epi32(_mm512_xor_si512(d, a), 16);
    c = _mm512_add_epi32(c, d);
    b = _mm512_rol_epi32(_mm512_xor_si512(b, c), 12);
    a = _mm512_add_epi32(a, b);
    d = _mm512_rol_epi32(_mm512_xor_si512(d, a), 8);
    c = _mm512_add_epi32(c, d);
    b = _mm512_rol_epi32(_mm512_xor_si512(b, c), 7);
}

CIPHERNET_INLINE V word_of(const u32* state, size_t w) { return _mm512_set1_epi32(static_cast<int>(state[w])); }

CIPHERNET_INLINE V counters(u32 first) {
    return _mm512_add_epi32(_mm512_set1_epi32(static_cast<int>(first)),
                            _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}

/// Sixteen blocks of sixteen words, one word of all blocks a vector -> one block a vector.
CIPHERNET_INLINE void transpose(V* x) {
    for (size_t w = 0; w < 16; w += 4) {
        // In 128-bit lane i of x[w + j]: the words w … w + 3 of block 4i + j.
        const V a = _mm512_unpacklo_epi32(x[w], x[w + 1]);
        const V b = _mm512_unpackhi_epi32(x[w], x[w + 1]);
        const V c = _mm512_unpacklo_epi32(x[w + 2], x[w + 3]);
        const V d = _mm512_unpackhi_epi32(x[w + 2], x[w + 3]);
        x[w] = _mm512_unpacklo_epi64(a, c);
        x[w + 1] = _mm512_unpackhi_epi64(a, c);
        x[w + 2] = _mm512_unpacklo_epi64(b, d);
        x[w + 3] = _mm512_unpackhi_epi64(b, d);
    }
    V block[16];
    for (size_t j = 0; j < 4; ++j) {
        const V a = _mm512_shuffle_i32x4(x[j], x[4 + j], 0x44);
        const V b = _mm512_shuffle_i32x4(x[j], x[4 + j], 0xEE);
        const V c = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0x44);
        const V d = _mm512_shuffle_i32x4(x[8 + j], x[12 + j], 0xEE);
        block[j] = _mm512_shuffle_i32x4(a, c, 0x88);
        block[4 + j] = _mm512_shuffle_i32x4(a, c, 0xDD);
        block[8 + j] = _mm512_shuffle_i32x4(b, d, 0x88);
        block[12 + j] = _mm512_shuffle_i32x4(b, d, 0xDD);
    }
    for (size_t l = 0; l < 16; ++l) x[l] = block[l];
}

}  // namespace

void chacha20_avx512ifma(std::uint8_t* out, const u32* state, size_t blocks) {
    V x[16];
    for (u32 counter = state[12]; blocks > 0; counter += 16, out += 1024) {
        for (size_t w = 0; w < 16; ++w) x[w] = word_of(state, w);
        x[12] = counters(counter);
        for (int round = 0; round < 20; round += 2) {
            for (size_t w = 0; w < 4; ++w) quarter_round(x[w], x[4 + w], x[8 + w], x[12 + w]);
            for (size_t w = 0; w < 4; ++w)
                quarter_round(x[w], x[4 + (w + 1) % 4], x[8 + (w + 2) % 4], x[12 + (w + 3) % 4]);
        }
        for (size_t w = 0; w < 16; ++w) x[w] = _mm512_add_epi32(x[w], w == 12 ? counters(counter) : word_of(state, w));
        transpose(x);
        const size_t count = blocks < 16 ? blocks : 16;
        if (count == 16) {
            for (size_t l = 0; l < 16; ++l) _mm512_storeu_si512(out + 64 * l, x[l]);
        } else {
            for (size_t l = 0; l < 16; ++l)
                if (l < count) _mm512_storeu_si512(out + 64 * l, x[l]);
        }
        blocks -= count;
    }
}

size_t select_below_avx512ifma(u64* r, size_t n, u64 mask, u64 bound) {
    const V masks = all(mask);
    const V bounds = all(bound);
    size_t kept = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const V x = _mm512_and_si512(_mm512_loadu_si512(r + i), masks);
        const __mmask8 below = _mm512_cmplt_epu64_mask(x, bounds);
        // kept <= i: the words behind those kept here overwrite only what has been read. Compressing in a register and
        // storing it whole is much faster than a compressing store on some CPUs.
        _mm512_storeu_si512(r + kept, _mm512_maskz_compress_epi64(below, x));
        kept += static_cast<size_t>(__builtin_popcount(below));
    }
    for (; i < n; ++i) {
        const u64 x = r[i] & mask;
        r[kept] = x;
        kept += x < bound;
    }
    return kept;
}

namespace {

/// 8 * Vectors samples.
template <size_t Vectors>
CIPHERNET_INLINE void gaussian_vectors(std::int32_t* r, const u64* words, const u64* table, size_t entries) {
    V v[Vectors];
    V magnitude[Vectors];
    for (size_t j = 0; j < Vectors; ++j) {
        v[j] = _mm512_srli_epi64(_mm512_loadu_si512(words + 8 * j), 1);
        magnitude[j] = zero();
    }
    const V one = all(1);
    for (size_t k = 0; k < entries; ++k) {
        const V entry = all(table[k]);
        for (size_t j = 0; j < Vectors; ++j)
            magnitude[j] = _mm512_mask_add_epi64(magnitude[j], _mm512_cmpge_epu64_mask(v[j], entry), magnitude[j], one);
    }
    for (size_t j = 0; j < Vectors; ++j) {
        const V sign = minus(zero(), _mm512_and_si512(_mm512_loadu_si512(words + 8 * j), one));  // 0 or -1
        const V signed_value = minus(_mm512_xor_si512(magnitude[j], sign), sign);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(r + 8 * j), _mm512_cvtepi64_epi32(signed_value));
    }
}

}  // namespace

void gaussian_avx512ifma(std::int32_t* r, const u64* words, size_t n, const u64* table, size_t entries) {
    size_t i = 0;
    for (; i + 64 <= n; i += 64) gaussian_vectors<8>(r + i, words + i, table, entries);
    for (; i < n; i += 8) gaussian_vectors<1>(r + i, words + i, table, entries);
}

}  // namespace ciphernet
