#pragma once

#include <cstddef>
#include <vector>

#include "arith/double_double.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {

/// The canonical embedding of real polynomials, restricted to the n = 2^log_slots slots of CKKS: for
///   a(Y) = sum_{k < 2n} c_k Y^k  in R[Y]/(Y^2n + 1),   w_k = c_k + i c_{k+n},
/// slot j is a(zeta^(5^j)) = sum_{k < n} w_k zeta^(5^j k), zeta = exp(i pi / 2n), since zeta^(n 5^j) = i. Fewer slots
/// than N/2 live in the subring of Y = X^(N/2n), whose root zeta is the same power of exp(i pi / N).
///
/// Radix-2 transforms over the powers of 5 (Cheon, Kim, Kim, Song, "Homomorphic encryption for arithmetic of approximate
/// numbers", 2017; Chen, Chillotti, Song, "Improved bootstrapping for approximate homomorphic encryption", 2019), in
/// place. Only IEEE additions, subtractions and multiplications in a fixed order: the same bits on every machine.
/// Constant time in the values.
///
/// Real is double or DoubleDouble.
template <class Real>
class Embedding {
public:
    /// Tables for up to 2^log_slots slots; 0 <= log_slots <= 16.
    explicit Embedding(int log_slots);

    int log_slots() const { return log_slots_; }

    /// (w_k) -> (slot j), both in natural order; re and im hold 2^log_slots numbers each.
    void to_slots(Real* re, Real* im, int log_slots) const;
    /// The inverse, factor 1/n included.
    void from_slots(Real* re, Real* im, int log_slots) const;

private:
    EmbeddingTable table() const;

    int log_slots_;
    // The twiddle of butterfly j in the stage of half-length h, exp(2 pi i (5^j mod 8h) / 8h), stands at h + j;
    // in the second pair of tables at h + (j with its bits reversed).
    std::vector<Real> cos_, sin_;
    std::vector<Real> reversed_cos_, reversed_sin_;
};

/// A bound for both directions: the Euclidean norm of the error is at most this times the Euclidean norm of the exact
/// result. So, relative to the largest slot, no coefficient that from_slots gives is off by more than this, nor is
/// the root mean square over the slots that to_slots gives; a single slot of these is within sqrt(n) times it.
/// Proven (Higham, "Accuracy and stability of numerical algorithms", 2002, theorem 24.2) with unit roundoff 2^-53 and
/// roots correct to 2^-53 for double, and 2^-103 an operation and roots correct to 2^-100 for DoubleDouble;
/// free of underflow as long as every partial product stays above 2^-1022 or its loss does not matter.
template <class Real>
double embedding_error(int log_slots);

}  // namespace ciphernet
