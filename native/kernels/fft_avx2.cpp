// The negacyclic Fourier transform on AVX2 with FMA.

#include "kernels/avx2.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

constexpr size_t kLanes = 4;

CIPHERNET_INLINE Doubles load(const double* p) { return _mm256_loadu_pd(p); }
CIPHERNET_INLINE void store(double* p, Doubles x) { _mm256_storeu_pd(p, x); }
CIPHERNET_INLINE Words words_at(const u64* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
CIPHERNET_INLINE void store_words_at(u64* p, Words x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
CIPHERNET_INLINE Words shift_left(Words x, int bits) { return _mm256_sll_epi64(x, _mm_cvtsi32_si128(bits)); }
CIPHERNET_INLINE Words shift_right(Words x, int bits) { return _mm256_srl_epi64(x, _mm_cvtsi32_si128(bits)); }

}  // namespace
}  // namespace ciphernet

#include "kernels/fft_doubles.hpp"
#include "kernels/fft_loops.hpp"

CIPHERNET_DEFINE_FFT(avx2)
