#pragma once

// What the files of the AVX-512 IFMA path share. Everything has internal linkage: these files are compiled with flags
// that the rest of the program is not (see CMakeLists.txt), so no function of theirs may be merged with another's.

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns inside its own intrinsics, which start from an "undefined" register (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/kernels.hpp"

namespace ciphernet {

void ntt_forward_avx512ifma(std::uint64_t* a, const NttTable* table);
void ntt_forward_centred_avx512ifma(std::uint64_t* r, const std::uint64_t* a, std::uint64_t s, const NttTable* table);
void ntt_inverse_avx512ifma(std::uint64_t* a, const NttTable* table);
void pack_avx512ifma(std::uint8_t* out, const std::uint64_t* a, std::size_t n, int bits);
bool unpack_avx512ifma(std::uint64_t* r, const std::uint8_t* in, std::size_t n, int bits, std::uint64_t bound);

namespace {

using V = __m512i;  // eight words
using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using std::size_t;
using M = ModulusConstants;

constexpr u64 kMask52 = (u64{1} << 52) - 1;

#define CIPHERNET_INLINE static inline __attribute__((always_inline))

CIPHERNET_INLINE V all(u64 x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
CIPHERNET_INLINE V load(const u64* p) { return _mm512_load_si512(p); }
CIPHERNET_INLINE void store(u64* p, V x) { _mm512_store_si512(p, x); }
CIPHERNET_INLINE V plus(V x, V y) { return _mm512_add_epi64(x, y); }
CIPHERNET_INLINE V minus(V x, V y) { return _mm512_sub_epi64(x, y); }
/// c + the low 52 bits of x * y; only the low 52 bits of x and y count.
CIPHERNET_INLINE V madd_low(V c, V x, V y) { return _mm512_madd52lo_epu64(c, x, y); }
/// c + floor(x * y / 2^52); only the low 52 bits of x and y count.
CIPHERNET_INLINE V madd_high(V c, V x, V y) { return _mm512_madd52hi_epu64(c, x, y); }
CIPHERNET_INLINE V zero() { return _mm512_setzero_si512(); }
CIPHERNET_INLINE V low_52(V x) { return _mm512_and_si512(x, all(kMask52)); }

/// x in [0, 2m) -> [0, m): below m the difference wraps round to a huge number.
CIPHERNET_INLINE V subtract_once(V x, V m) { return _mm512_min_epu64(x, minus(x, m)); }

/// x * w mod q in [0, 2q), exact in its low 52 bits; above them may stand a carry. Any x < 2^52 (higher bits ignored).
/// minus_q = 2^52 - q turns the subtraction into an accumulation.
CIPHERNET_INLINE V multiply_lazy_carry(V x, V w, V quotient, V minus_q) {
    const V estimate = madd_high(zero(), x, quotient);
    return madd_low(madd_low(zero(), x, w), estimate, minus_q);
}
CIPHERNET_INLINE V multiply_lazy(V x, V w, V quotient, V minus_q) {
    return low_52(multiply_lazy_carry(x, w, quotient, minus_q));
}

/// The places of eight packed numbers, at most 56 bits each: lane k takes the eight bytes from bit 8 floor(k bits / 8) on and
/// shifts them into place.
struct PackedLanes {
    V order, shift, mask;
    __mmask64 bytes;  ///< those that the eight numbers fill
    size_t bits;

    explicit __attribute__((always_inline)) PackedLanes(int width)
        : mask(all((u64{1} << width) - 1)),
          bytes(static_cast<__mmask64>((u64{1} << width) - 1)),
          bits(static_cast<size_t>(width)) {
        const V bit = _mm512_mullo_epi64(_mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7), all(bits));
        // Byte t of lane k is byte floor(k bits / 8) + t: no carry, since all are below 64.
        order = plus(_mm512_mullo_epi64(_mm512_srli_epi64(bit, 3), all(0x0101010101010101)), all(0x0706050403020100));
        shift = _mm512_and_si512(bit, all(7));
    }
};

CIPHERNET_INLINE V load_packed(const u8* p, const PackedLanes& lanes) {
    const V raw = _mm512_maskz_loadu_epi8(lanes.bytes, p);
    return _mm512_and_si512(_mm512_srlv_epi64(_mm512_permutexvar_epi8(lanes.order, raw), lanes.shift), lanes.mask);
}

}  // namespace
}  // namespace ciphernet
