#pragma once

// The vectors of the NEON path under the names that doubles.hpp computes with: four lanes, two registers each.
// Everything has internal linkage, as in avx2.hpp.

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

namespace ciphernet {
namespace {

using u32 = std::uint32_t;
using u64 = std::uint64_t;
using std::size_t;

struct Doubles {
    float64x2_t low, high;
};
struct Words {
    uint64x2_t low, high;
};

#define CIPHERNET_INLINE static inline __attribute__((always_inline))

CIPHERNET_INLINE Words load_words(const u64* p) { return {vld1q_u64(p), vld1q_u64(p + 2)}; }
CIPHERNET_INLINE void store_words(u64* p, Words x) {
    vst1q_u64(p, x.low);
    vst1q_u64(p + 2, x.high);
}
/// Four signed bytes, one a lane.
CIPHERNET_INLINE Words load_signed(const std::int8_t* p) {
    u32 bytes;
    __builtin_memcpy(&bytes, p, sizeof bytes);
    const int32x4_t x = vmovl_s16(vget_low_s16(vmovl_s8(vcreate_s8(bytes))));
    return {vreinterpretq_u64_s64(vmovl_s32(vget_low_s32(x))), vreinterpretq_u64_s64(vmovl_high_s32(x))};
}
CIPHERNET_INLINE Words all_words(u64 x) { return {vdupq_n_u64(x), vdupq_n_u64(x)}; }
CIPHERNET_INLINE Words plus(Words x, Words y) { return {vaddq_u64(x.low, y.low), vaddq_u64(x.high, y.high)}; }
CIPHERNET_INLINE Words minus(Words x, Words y) { return {vsubq_u64(x.low, y.low), vsubq_u64(x.high, y.high)}; }
CIPHERNET_INLINE Words both(Words x, Words y) { return {vandq_u64(x.low, y.low), vandq_u64(x.high, y.high)}; }
CIPHERNET_INLINE Words above_52_bits(Words x) { return {vshrq_n_u64(x.low, 52), vshrq_n_u64(x.high, 52)}; }
/// x, but 0 where y is 0.
CIPHERNET_INLINE Words unless_zero(Words y, Words x) {
    return {vandq_u64(vtstq_u64(y.low, y.low), x.low), vandq_u64(vtstq_u64(y.high, y.high), x.high)};
}

CIPHERNET_INLINE Doubles as_doubles(Words x) { return {vreinterpretq_f64_u64(x.low), vreinterpretq_f64_u64(x.high)}; }
CIPHERNET_INLINE Words as_words(Doubles x) { return {vreinterpretq_u64_f64(x.low), vreinterpretq_u64_f64(x.high)}; }
CIPHERNET_INLINE Doubles load(const u64* p) { return as_doubles(load_words(p)); }
CIPHERNET_INLINE void store(u64* p, Doubles x) { store_words(p, as_words(x)); }
CIPHERNET_INLINE Doubles all(double x) { return {vdupq_n_f64(x), vdupq_n_f64(x)}; }
CIPHERNET_INLINE Doubles plus(Doubles x, Doubles y) { return {vaddq_f64(x.low, y.low), vaddq_f64(x.high, y.high)}; }
CIPHERNET_INLINE Doubles minus(Doubles x, Doubles y) { return {vsubq_f64(x.low, y.low), vsubq_f64(x.high, y.high)}; }
CIPHERNET_INLINE Doubles times(Doubles x, Doubles y) { return {vmulq_f64(x.low, y.low), vmulq_f64(x.high, y.high)}; }
/// x * y + c, x * y - c and c - x * y, each rounded once.
CIPHERNET_INLINE Doubles times_plus(Doubles x, Doubles y, Doubles c) {
    return {vfmaq_f64(c.low, x.low, y.low), vfmaq_f64(c.high, x.high, y.high)};
}
CIPHERNET_INLINE Doubles times_minus(Doubles x, Doubles y, Doubles c) {
    return {vnegq_f64(vfmsq_f64(c.low, x.low, y.low)), vnegq_f64(vfmsq_f64(c.high, x.high, y.high))};
}
CIPHERNET_INLINE Doubles minus_times(Doubles c, Doubles x, Doubles y) {
    return {vfmsq_f64(c.low, x.low, y.low), vfmsq_f64(c.high, x.high, y.high)};
}
CIPHERNET_INLINE Doubles nearest(Doubles x) { return {vrndnq_f64(x.low), vrndnq_f64(x.high)}; }
/// Lane by lane: `yes` where the sign bit of x is set, else `no`.
CIPHERNET_INLINE Words where_negative(Words x, Words yes, Words no) {
    return {vbslq_u64(vcltzq_s64(vreinterpretq_s64_u64(x.low)), yes.low, no.low),
            vbslq_u64(vcltzq_s64(vreinterpretq_s64_u64(x.high)), yes.high, no.high)};
}

/// The numbers x < 2^52.
CIPHERNET_INLINE Doubles to_doubles(Words x) { return {vcvtq_f64_u64(x.low), vcvtq_f64_u64(x.high)}; }
/// The whole numbers -q < x < q -> [0, q), as words.
CIPHERNET_INLINE Words to_canonical_words(Doubles x, Doubles q) {
    const Words q_where_negative = {vandq_u64(vcltzq_f64(x.low), vreinterpretq_u64_f64(q.low)),
                                    vandq_u64(vcltzq_f64(x.high), vreinterpretq_u64_f64(q.high))};
    const Doubles r = plus(x, as_doubles(q_where_negative));
    return {vcvtq_u64_f64(r.low), vcvtq_u64_f64(r.high)};
}

/// Two rows of four lanes: the even lanes of both, then the odd ones. Of (0 1 2 3), (4 5 6 7): 0 4 2 6 and 1 5 3 7.
CIPHERNET_INLINE void pair_lanes(Doubles& x, Doubles& y) {
    const Doubles even = {vtrn1q_f64(x.low, y.low), vtrn1q_f64(x.high, y.high)};
    y = {vtrn2q_f64(x.low, y.low), vtrn2q_f64(x.high, y.high)};
    x = even;
}
/// The lower halves of both, then the upper ones. Its own inverse.
CIPHERNET_INLINE void pair_halves(Doubles& x, Doubles& y) {
    const float64x2_t swapped = x.high;
    x.high = y.low;
    y.low = swapped;
}
/// The lanes 0 2 1 3.
CIPHERNET_INLINE Doubles swap_middle(Doubles x) { return {vtrn1q_f64(x.low, x.high), vtrn2q_f64(x.low, x.high)}; }

}  // namespace
}  // namespace ciphernet
