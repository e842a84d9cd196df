#pragma once

// Arithmetic modulo q < 2^50 on doubles, four lanes at a time, over the vectors of avx2.hpp or neon.hpp. Residues are whole
// numbers of either sign, "within b q" meaning |x| <= b q.
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

/// 3/2 2^52: to add it rounds |x| < 2^51 to a whole number (to nearest, ties to even), to subtract it again leaves that.
constexpr double kRound = 0x1.8p52;

/// A modulus in registers.
struct Wide {
    Doubles q, inverse;

    explicit __attribute__((always_inline)) Wide(const M* m)
        : q(all(static_cast<double>(m->q))), inverse(all(m->inverse)) {}
};

/// The representative of w within q/2. w in [0, q).
CIPHERNET_INLINE double balanced(u64 w, u64 q) {
    return static_cast<double>(static_cast<std::int64_t>(w > q / 2 ? w - q : w));
}

/// x mod q within (1/2 + 2^-49) q. |x| < 2^52 for any q; |x| <= 8 q for q < 2^50. The quotient is off by
/// half and |x / q| 2^-52: nothing that counts when that is at most 8, and at most 1/3 at q = 3 and x = 2^52, where
/// |r| < q still holds.
CIPHERNET_INLINE Doubles reduce_near(Doubles x, const Wide& m) {
    return minus_times(x, nearest(times(x, m.inverse)), m.q);
}

/// x w mod q. |x w| <= 2 q^2 and so within (1/2 + |x w / q| 2^-52) q, |x w / q| being below 2^51.
///   x within 4 q, w balanced: within (1/2 + |x / q| / 8) q, at most q.
///   x and w within q: within 3/4 q.
CIPHERNET_INLINE Doubles product(Doubles x, Doubles w, const Wide& m) {
    const Doubles h = times(x, w);
    const Doubles l = times_minus(x, w, h);
    const Doubles t = minus(times_plus(h, m.inverse, all(kRound)), all(kRound));
    return plus(minus_times(h, t, m.q), l);
}

/// x w mod q within (1/2 + 3/8 |x / q|) q. x within 5 q, w within q. This t has no limit of 2^51, but one rounding more.
CIPHERNET_INLINE Doubles product_of_wide(Doubles x, Doubles w, const Wide& m) {
    const Doubles h = times(x, w);
    const Doubles l = times_minus(x, w, h);
    return plus(minus_times(h, nearest(times(h, m.inverse)), m.q), l);
}

/// A constant factor: its balanced residue and that divided by q, off by 2^-55 at most.
struct Factor {
    Doubles w, ratio;
};
CIPHERNET_INLINE Factor factor(u64 w, const M* m) {
    const double residue = balanced(w, m->q);
    return {all(residue), all(residue / static_cast<double>(m->q))};
}

/// x f mod q within 5/8 q. |x| <= 2^52, whatever q: |x f / q| < 2^51, and t is off by 1/2 + 2^52 2^-55.
CIPHERNET_INLINE Doubles product(Doubles x, const Factor& f, const Wide& m) {
    const Doubles h = times(x, f.w);
    const Doubles l = times_minus(x, f.w, h);
    const Doubles t = minus(times_plus(x, f.ratio, all(kRound)), all(kRound));
    return plus(minus_times(h, t, m.q), l);
}

}  // namespace
}  // namespace ciphernet
