// The product of an LWE key switch on NEON.

#include "kernels/neon.hpp"

namespace ciphernet {
namespace {

using Ints = uint32x4_t;
using Pairs = int16x8_t;
constexpr size_t kInts = 4;
constexpr size_t kVectors = 4;
constexpr size_t kAtOnce = 2;

CIPHERNET_INLINE Ints no_ints() { return vdupq_n_u32(0); }
CIPHERNET_INLINE Ints load(const u32* p) { return vld1q_u32(p); }
CIPHERNET_INLINE void store(u32* p, Ints x) { vst1q_u32(p, x); }
CIPHERNET_INLINE Ints plus_ints(Ints x, Ints y) { return vaddq_u32(x, y); }
CIPHERNET_INLINE Ints minus_ints(Ints x, Ints y) { return vsubq_u32(x, y); }
CIPHERNET_INLINE Ints shift_16(Ints x) { return vshlq_n_u32(x, 16); }
CIPHERNET_INLINE Pairs pairs_at(const std::int16_t* p) { return vld1q_s16(p); }
CIPHERNET_INLINE Pairs repeat_pair(const std::int16_t* p) {
    int pair;
    __builtin_memcpy(&pair, p, sizeof pair);
    return vreinterpretq_s16_s32(vdupq_n_s32(pair));
}
CIPHERNET_INLINE Ints dot_pairs(Pairs x, Pairs y) {
    const int32x4_t low = vmull_s16(vget_low_s16(x), vget_low_s16(y));
    return vreinterpretq_u32_s32(vpaddq_s32(low, vmull_high_s16(x, y)));
}

}  // namespace
}  // namespace ciphernet

#include "kernels/lwe_loops.hpp"

CIPHERNET_DEFINE_LWE(neon)
