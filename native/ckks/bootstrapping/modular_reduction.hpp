#pragma once

#include "ckks/parameters.hpp"
#include "ckks/slot_polynomial.hpp"

namespace ciphernet::ckks {

/// What takes x = I + e, I an integer, |e| small, to 2 pi e: cos(2 pi (x - 1/4)) = sin(2 pi e). The cosine of the angle divided by
/// 2^r is a polynomial, r doublings of the angle (c -> 2 c^2 - 1) lead back, and the arcsine's series may follow. (Han, Ki,
/// "Better bootstrapping for approximate homomorphic encryption", 2020; arcsine: Lee, Lee, Lee, Kim, No, "High-precision
/// bootstrapping of RNS-CKKS homomorphic encryption using optimal minimax polynomial approximation and inverse sine
/// function", 2021.)
struct ModularReduction {
    /// x = range * y for the operand y in [-1, 1].
    double range;
    /// T_k(y), fitted near integers x only.
    SlotPolynomial cosine;
    int double_angles;
    /// Of the sine, in powers; none: degree -1.
    SlotPolynomial arcsine;
    /// The root mean square of the error at random x, the integers being a sum of secret_weight + 1 uniform numbers from -1/2 to
    /// 1/2 rounded; and the largest over all integers that occur at all. Of 2 pi e, for |e| <= 2^-log_message_ratio, without
    /// what the sine itself is off.
    double deviation;
    double largest_error;
};

/// The integers are bounded: |t| <= (h + 1) / 2 q_0 for a secret of weight h, always, so that none is ever out of range.
ModularReduction modular_reduction(const BootstrappingLiteral& b);

/// |what is computed instead of 2 pi e, less that| in exact arithmetic, when cosine and doublings are exact: what the sine, or
/// its arcsine's series, is off.
double angle_error(const BootstrappingLiteral& b, double e);

}  // namespace ciphernet::ckks
