#pragma once

// Arithmetic modulo q < 2^50 on doubles, four lanes at a time, over the vectors of avx2.hpp or neon.hpp. Residues are
// whole numbers of either sign; "within b q" means |x| <= b q.
//
// A product x w is exact as the sum of two doubles, h = x w rounded and l = fma(x, w, -h). With t a whole number near
// h / q, h - t q is a whole number below 2^53 and so exact in one fma, and r = (h - t q) + l = x w mod q within
// |t - x w / q| q, which the functions bound. What t is off by: half from rounding it to a whole number, and
// |x w / q| 2^-53 from the rounding of h, of 1/q and, where it is rounded on its own, of their product.
// (The idea stands in van der Hoeven, Lecerf, Quintin, "Modular SIMD arithmetic in Mathemagix", 2016.)
//
// No zero here is -0, which to_canonical_words() on AVX2 relies on: a sum is -0 only if both terms are, no
// conversion gives -0, l and with it every product is +0 when it is zero, and so is x - t q in reduce_near().

#if defined(__AVX2__)
#include "kernels/avx2.hpp"
#elif defined(__aarch64__)
#include "kernels/neon.hpp"
#else
#error "This file needs AVX2 with FMA, or NEON on a 64-bit ARM."
#endif

#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

using M = ModulusConstants;

/// 3/2 2^52: to add it rounds |x| < 2^51 to a whole number, to nearest; to subtract it again leaves that.
constexpr double kRound = 0x1.8p52;

/// A modulus in registers.
struct Wide {
    Doubles q, inverse;

    explicit __attribute__((always_inline)) Wide(const M* m)
        : q(all(static_cast<double>(m->q))), inverse(all(m->inverse)) {}
};

/// The representative of w within q/2. w in [0, q). No branch: half of the roots would be mispredicted.
CIPHERNET_INLINE double balanced(u64 w, u64 q) {
    const std::int64_t above_half = static_cast<std::int64_t>(q / 2 - w) >> 63;  // -1 or 0
    return static_cast<double>(static_cast<std::int64_t>(w - (q & static_cast<u64>(above_half))));
}

/// x mod q within (1/2 + 2^-49) q. |x| < 2^52 for any q; |x| <= 8 q for q < 2^50. The quotient is off by
/// half and |x / q| 2^-52: nothing that counts when that is at most 8, and at most 1/3 at q = 3 and x = 2^52, where
/// |r| < q still holds.
CIPHERNET_INLINE Doubles reduce_near(Doubles x, const Wide& m) {
    return minus_times(x, nearest(times(x, m.inverse)), m.q);
}

/// x w mod q within 3/4 q. x and w within q: |x w / q| is below 2^50, and t off by 1/2 + 2^50 2^-52.
CIPHERNET_INLINE Doubles product(Doubles x, Doubles w, const Wide& m) {
    const Doubles h = times(x, w);
    const Doubles l = times_minus(x, w, h);
    const Doubles t = minus(times_plus(h, m.inverse, all(kRound)), all(kRound));
    return plus(minus_times(h, t, m.q), l);
}

/// x w mod q within (1/2 + 3/8 |x / q|) q. x within 5 q, w within q. This t has no limit of 2^51 but one rounding more.
CIPHERNET_INLINE Doubles product_of_wide(Doubles x, Doubles w, const Wide& m) {
    const Doubles h = times(x, w);
    const Doubles l = times_minus(x, w, h);
    return plus(minus_times(h, nearest(times(h, m.inverse)), m.q), l);
}

/// A factor that multiplies many residues: its balanced residue w and w/q, with which t does not wait for h.
struct Factor {
    Doubles w, ratio;
};
/// Of a constant: the ratio is off by 2^-55 at most.
CIPHERNET_INLINE Factor factor(u64 w, const M* m) {
    const double residue = balanced(w, m->q);
    return {all(residue), all(residue / static_cast<double>(m->q))};
}
/// Of a root, sparing a division: the ratio is off by 2^-53 at most.
CIPHERNET_INLINE Factor factor(u64 w, u64 q, const Wide& m) {
    const Doubles residue = all(balanced(w, q));
    return {residue, times(residue, m.inverse)};
}

/// x f mod q within (1/2 + e) q, e being |x| times what the ratio is off by. |x| <= 2^52, so that |x f / q| < 2^51.
///   any such x, a constant: within 5/8 q, whatever q.
///   x within 4 q, a root: within (1/2 + |x / q| / 8) q, at most q.
CIPHERNET_INLINE Doubles product(Doubles x, const Factor& f, const Wide& m) {
    const Doubles t = minus(times_plus(x, f.ratio, all(kRound)), all(kRound));
    const Doubles h = times(x, f.w);
    const Doubles l = times_minus(x, f.w, h);
    return plus(minus_times(h, t, m.q), l);
}

}  // namespace
}  // namespace ciphernet
