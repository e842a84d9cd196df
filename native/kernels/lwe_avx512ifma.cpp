// The product of an LWE key switch on AVX-512.

#include "kernels/avx512ifma.hpp"

namespace ciphernet {
namespace {

using Ints = __m512i;
using Pairs = __m512i;
constexpr size_t kInts = 16;
constexpr size_t kVectors = 2;
constexpr size_t kAtOnce = 4;

CIPHERNET_INLINE Ints no_ints() { return _mm512_setzero_si512(); }
CIPHERNET_INLINE Ints load(const u32* p) { return _mm512_loadu_si512(p); }
CIPHERNET_INLINE void store(u32* p, Ints x) { _mm512_storeu_si512(p, x); }
CIPHERNET_INLINE Ints plus_ints(Ints x, Ints y) { return _mm512_add_epi32(x, y); }
CIPHERNET_INLINE Ints minus_ints(Ints x, Ints y) { return _mm512_sub_epi32(x, y); }
CIPHERNET_INLINE Ints shift_16(Ints x) { return _mm512_slli_epi32(x, 16); }
CIPHERNET_INLINE Pairs pairs_at(const std::int16_t* p) { return _mm512_loadu_si512(p); }
CIPHERNET_INLINE Pairs repeat_pair(const std::int16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return _mm512_set1_epi32(pair);
}
CIPHERNET_INLINE Ints dot_pairs(Pairs x, Pairs y) { return _mm512_madd_epi16(x, y); }

}  // namespace
}  // namespace ciphernet

#include "kernels/lwe_loops.hpp"

CIPHERNET_DEFINE_LWE(avx512ifma)
