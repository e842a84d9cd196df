// The negacyclic Fourier transform on NEON.

#include "kernels/kernels.hpp"
#include "kernels/neon.hpp"

namespace ciphernet {
namespace {

constexpr size_t kLanes = 4;

CIPHERNET_INLINE Doubles load(const double* p) { return {vld1q_f64(p), vld1q_f64(p + 2)}; }
CIPHERNET_INLINE void store(double* p, Doubles x) {
    vst1q_f64(p, x.low);
    vst1q_f64(p + 2, x.high);
}
CIPHERNET_INLINE Words words_at(const u64* p) { return load_words(p); }
CIPHERNET_INLINE void store_words_at(u64* p, Words x) { store_words(p, x); }
CIPHERNET_INLINE Words shift_left(Words x, int bits) {
    const int64x2_t by = vdupq_n_s64(bits);
    return {vshlq_u64(x.low, by), vshlq_u64(x.high, by)};
}
CIPHERNET_INLINE Words shift_right(Words x, int bits) { return shift_left(x, -bits); }

}  // namespace
}  // namespace ciphernet

#include "kernels/fft_doubles.hpp"
#include "kernels/fft_loops.hpp"

CIPHERNET_DEFINE_FFT(neon)
