#pragma once

// The vectors of the AVX2 path, four lanes wide, under the names that doubles.hpp computes with. Everything has
// internal linkage: files with this header are compiled with flags that the rest of the program is not (see
// CMakeLists.txt), so no function of theirs may be merged with another's.

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

namespace ciphernet {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using std::size_t;

using Doubles = __m256d;
using Words = __m256i;

#define CIPHERNET_INLINE static inline __attribute__((always_inline))

CIPHERNET_INLINE Words load_words(const u64* p) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(p)); }
CIPHERNET_INLINE void store_words(u64* p, Words x) { _mm256_store_si256(reinterpret_cast<__m256i*>(p), x); }
/// Four signed bytes, one a lane.
CIPHERNET_INLINE Words load_signed(const std::int8_t* p) {
    int bytes;
    __builtin_memcpy(&bytes, p, sizeof bytes);
    return _mm256_cvtepi8_epi64(_mm_cvtsi32_si128(bytes));
}
CIPHERNET_INLINE Words all_words(u64 x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
CIPHERNET_INLINE Words plus(Words x, Words y) { return _mm256_add_epi64(x, y); }
CIPHERNET_INLINE Words minus(Words x, Words y) { return _mm256_sub_epi64(x, y); }
CIPHERNET_INLINE Words both(Words x, Words y) { return _mm256_and_si256(x, y); }
CIPHERNET_INLINE Words above_52_bits(Words x) { return _mm256_srli_epi64(x, 52); }
/// x, but 0 where y is 0.
CIPHERNET_INLINE Words unless_zero(Words y, Words x) {
    return _mm256_andnot_si256(_mm256_cmpeq_epi64(y, _mm256_setzero_si256()), x);
}

CIPHERNET_INLINE Doubles as_doubles(Words x) { return _mm256_castsi256_pd(x); }
CIPHERNET_INLINE Words as_words(Doubles x) { return _mm256_castpd_si256(x); }
CIPHERNET_INLINE Doubles load(const u64* p) { return as_doubles(load_words(p)); }
CIPHERNET_INLINE void store(u64* p, Doubles x) { store_words(p, as_words(x)); }
CIPHERNET_INLINE Doubles all(double x) { return _mm256_set1_pd(x); }
CIPHERNET_INLINE Doubles plus(Doubles x, Doubles y) { return _mm256_add_pd(x, y); }
CIPHERNET_INLINE Doubles minus(Doubles x, Doubles y) { return _mm256_sub_pd(x, y); }
CIPHERNET_INLINE Doubles times(Doubles x, Doubles y) { return _mm256_mul_pd(x, y); }
/// x * y + c, x * y - c and c - x * y, each rounded once.
CIPHERNET_INLINE Doubles times_plus(Doubles x, Doubles y, Doubles c) { return _mm256_fmadd_pd(x, y, c); }
CIPHERNET_INLINE Doubles times_minus(Doubles x, Doubles y, Doubles c) { return _mm256_fmsub_pd(x, y, c); }
CIPHERNET_INLINE Doubles minus_times(Doubles c, Doubles x, Doubles y) { return _mm256_fnmadd_pd(x, y, c); }
CIPHERNET_INLINE Doubles nearest(Doubles x) {
    return _mm256_round_pd(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
/// Lane by lane: `yes` where the sign bit of x is set, else `no`.
CIPHERNET_INLINE Words where_negative(Words x, Words yes, Words no) {
    return as_words(_mm256_blendv_pd(as_doubles(no), as_doubles(yes), as_doubles(x)));
}

/// The numbers x < 2^52: beside the exponent of 2^52 a word is 2^52 + x.
CIPHERNET_INLINE Doubles to_doubles(Words x) {
    const Doubles shift = all(0x1p52);
    return minus(as_doubles(_mm256_or_si256(x, as_words(shift))), shift);
}
/// The whole numbers -q < x < q -> [0, q), as words. x is no -0.
CIPHERNET_INLINE Words to_canonical_words(Doubles x, Doubles q) {
    const Doubles shift = all(0x1p52);
    const Doubles shifted = plus(x, _mm256_blendv_pd(shift, plus(shift, q), x));
    return _mm256_xor_si256(as_words(shifted), as_words(shift));
}

/// Two rows of four lanes: the even lanes of both, then the odd ones. Of (0 1 2 3), (4 5 6 7): 0 4 2 6 and 1 5 3 7.
CIPHERNET_INLINE void pair_lanes(Doubles& x, Doubles& y) {
    const Doubles even = _mm256_unpacklo_pd(x, y);
    y = _mm256_unpackhi_pd(x, y);
    x = even;
}
/// The lower halves of both, then the upper ones. Its own inverse.
CIPHERNET_INLINE void pair_halves(Doubles& x, Doubles& y) {
    const Doubles low = _mm256_permute2f128_pd(x, y, 0x20);
    y = _mm256_permute2f128_pd(x, y, 0x31);
    x = low;
}
/// The lanes 0 2 1 3.
CIPHERNET_INLINE Doubles swap_middle(Doubles x) { return _mm256_permute4x64_pd(x, 0xD8); }

}  // namespace
}  // namespace ciphernet
