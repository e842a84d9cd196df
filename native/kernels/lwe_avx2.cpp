// The product of an LWE key switch on AVX2.

#include "kernels/avx2.hpp"

namespace ciphernet {
namespace {

using Ints = __m256i;
using Pairs = __m256i;
constexpr size_t kInts = 8;
constexpr size_t kVectors = 2;
constexpr size_t kAtOnce = 2;

CIPHERNET_INLINE Ints no_ints() { return _mm256_setzero_si256(); }
CIPHERNET_INLINE Ints load(const u32* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
CIPHERNET_INLINE void store(u32* p, Ints x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
CIPHERNET_INLINE Ints plus_ints(Ints x, Ints y) { return _mm256_add_epi32(x, y); }
CIPHERNET_INLINE Ints minus_ints(Ints x, Ints y) { return _mm256_sub_epi32(x, y); }
CIPHERNET_INLINE Ints shift_16(Ints x) { return _mm256_slli_epi32(x, 16); }
CIPHERNET_INLINE Pairs pairs_at(const std::int16_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}
CIPHERNET_INLINE Pairs repeat_pair(const std::int16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return _mm256_set1_epi32(pair);
}
CIPHERNET_INLINE Ints dot_pairs(Pairs x, Pairs y) { return _mm256_madd_epi16(x, y); }

}  // namespace
}  // namespace ciphernet

#include "kernels/lwe_loops.hpp"

CIPHERNET_DEFINE_LWE(avx2)
