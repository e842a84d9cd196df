#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "arith/double_double.hpp"
#include "base/execution.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

/// Carries residues over to the centred numbers that they stand for, by balanced mixed-radix digits (Garner, "The
/// residue number system", 1959):
///   x = d_0 + q_0 (d_1 + q_1 (d_2 + ...)),  |d_i| <= (q_i - 1)/2,  for x in [-(Q-1)/2, (Q-1)/2].
/// The digits are exact; a number that is small beside Q has zeros for its upper digits, and these cost nothing.
/// Not constant time: how many digits are computed depends on the largest number.
class MixedRadix {
public:
    /// Constants for the ciphertext primes q_0 … q_L of the ring; every level uses the first of them.
    /// The ring must outlive it.
    explicit MixedRadix(const Ring& ring);

    /// r[i] = the centred value of coefficient i * stride, for i < count. No key-switching limbs in a.
    /// DoubleDouble: exact below 2^100, relative error below 2^-98 up to 2^900; beyond, it may not be finite (a
    /// ciphertext opened with the wrong key). double: the leading part of that.
    void compose(DoubleDouble* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                 const Execution& execution) const;
    void compose(double* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                 const Execution& execution) const;

private:
    template <class Real>
    void compose_blocks(Real* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                        const Execution& execution) const;
    /// The digits d_i + (q_i-1)/2 of the residues, one row a limb; returns how many rows it needed. A row of residues may
    /// be that of the digits.
    std::size_t digits(u64* rows, const u64* const* residues, const u64* ones, const CoefficientPolynomial& a) const;

    /// What takes residues u of x modulo q_i over to those of (x - d_t)/q_t, given e = d_t + (q_t-1)/2:
    /// u w[0] + e w[1] + w[2].
    struct Step {
        u64 w[3];
    };
    const Step& step(std::size_t t, std::size_t i) const { return steps_[i * (i - 1) / 2 + t]; }

    const Ring* ring_;
    std::vector<Step> steps_;  ///< t < i
};

/// Integers of any size, made by rounding and held in words that the 52-bit kernels take, to be reduced modulo many
/// primes: x = sum_j (word_j - 2^49) 2^(49 j). Constant time in the numbers but for their bound.
class WideIntegers {
public:
    /// The nearest integers (halves upwards) to x, all |x| <= bound <= 2^1000; the bound decides on the words in use.
    /// Number k stands at place k * stride, with zeros between.
    WideIntegers(std::span<const double> x, double bound, std::size_t stride, const Execution& execution);
    WideIntegers(std::span<const DoubleDouble> x, double bound, std::size_t stride, const Execution& execution);

    /// How many residues reduce() writes: the places, padded to the 8 that kernels work on.
    std::size_t padded_count() const { return padded_; }
    /// r[i] = integer i mod q, canonical; r is 64-byte aligned. The residues beyond the last number are zero.
    void reduce(u64* r, const Modulus& q) const;

private:
    template <class Real>
    void fill(std::span<const Real> x, double bound, std::size_t stride, const Execution& execution);

    std::size_t padded_ = 0;
    std::size_t count_ = 0;  ///< words an integer
    AlignedBuffer words_;    ///< row j: word_j of all; the last row: ones
};

/// The polynomial with these N coefficients, at the evaluation points.
EvaluationPolynomial to_evaluation(const WideIntegers& coefficients, const Ring& ring, Basis basis,
                                   const Execution& execution);

}  // namespace ciphernet
