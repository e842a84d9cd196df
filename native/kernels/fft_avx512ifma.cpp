// The negacyclic Fourier transform on AVX-512.

#include "kernels/avx512ifma.hpp"

namespace ciphernet {
namespace {

using Doubles = __m512d;
constexpr size_t kLanes = 8;

CIPHERNET_INLINE Doubles load(const double* p) { return _mm512_loadu_pd(p); }
CIPHERNET_INLINE void store(double* p, Doubles x) { _mm512_storeu_pd(p, x); }
CIPHERNET_INLINE Doubles all(double x) { return _mm512_set1_pd(x); }
CIPHERNET_INLINE Doubles plus(Doubles x, Doubles y) { return _mm512_add_pd(x, y); }
CIPHERNET_INLINE Doubles minus(Doubles x, Doubles y) { return _mm512_sub_pd(x, y); }
CIPHERNET_INLINE Doubles times(Doubles x, Doubles y) { return _mm512_mul_pd(x, y); }
CIPHERNET_INLINE Doubles times_plus(Doubles x, Doubles y, Doubles c) { return _mm512_fmadd_pd(x, y, c); }
CIPHERNET_INLINE Doubles minus_times(Doubles c, Doubles x, Doubles y) { return _mm512_fnmadd_pd(x, y, c); }

/// Even rows and odd lanes, pairs of rows and lanes, halves: (row, lane) -> (lane, row).
CIPHERNET_INLINE void transpose(Doubles* x) {
    Doubles pairs[8];
    for (size_t j = 0; j < 8; j += 2) {
        pairs[j / 2] = _mm512_unpacklo_pd(x[j], x[j + 1]);
        pairs[4 + j / 2] = _mm512_unpackhi_pd(x[j], x[j + 1]);
    }
    for (size_t odd = 0; odd < 2; ++odd) {
        const Doubles* p = pairs + 4 * odd;
        const Doubles even_low = _mm512_shuffle_f64x2(p[0], p[1], 0x88);
        const Doubles odd_low = _mm512_shuffle_f64x2(p[0], p[1], 0xDD);
        const Doubles even_high = _mm512_shuffle_f64x2(p[2], p[3], 0x88);
        const Doubles odd_high = _mm512_shuffle_f64x2(p[2], p[3], 0xDD);
        x[odd] = _mm512_shuffle_f64x2(even_low, even_high, 0x88);
        x[4 + odd] = _mm512_shuffle_f64x2(even_low, even_high, 0xDD);
        x[2 + odd] = _mm512_shuffle_f64x2(odd_low, odd_high, 0x88);
        x[6 + odd] = _mm512_shuffle_f64x2(odd_low, odd_high, 0xDD);
    }
}

CIPHERNET_INLINE V words_at(const u64* p) { return _mm512_loadu_si512(p); }
CIPHERNET_INLINE Doubles torus_at(const u64* p) { return _mm512_cvtepi64_pd(words_at(p)); }
CIPHERNET_INLINE Doubles digit_at(const u64* p, const GadgetDigit& digit) {
    const V x = plus(words_at(p), all(digit.offset));
    const V shifted = _mm512_srl_epi64(_mm512_sll_epi64(x, _mm_cvtsi32_si128(digit.shift_left)),
                                       _mm_cvtsi32_si128(digit.shift_right));
    return minus(_mm512_cvtepi64_pd(shifted), all(digit.half));
}
/// 2^63, which no signed word holds, converts to the same bits.
CIPHERNET_INLINE void add_torus(u64* p, Doubles x) {
    const Doubles fraction = minus(x, _mm512_roundscale_pd(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
    const V words = _mm512_cvtpd_epi64(times(fraction, all(0x1p64)));
    _mm512_storeu_si512(p, plus(words_at(p), words));
}
/// r = (negated ? -x : x) - y
CIPHERNET_INLINE void turned_minus(u64* r, const u64* x, const u64* y, bool negated) {
    const V turned = words_at(x);
    _mm512_storeu_si512(r, minus(negated ? minus(zero(), turned) : turned, words_at(y)));
}

}  // namespace
}  // namespace ciphernet

#include "kernels/fft_loops.hpp"

CIPHERNET_DEFINE_FFT(avx512ifma)
