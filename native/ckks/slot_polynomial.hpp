#pragma once

#include <complex>
#include <vector>

namespace ciphernet::ckks {

enum class PolynomialBasis {
    power,      ///< 1, x, x^2, …
    chebyshev,  ///< T_0, T_1, T_2, … of t = (2x - lower - upper) / (upper - lower)
};

/// A polynomial that is evaluated at every slot. In the Chebyshev basis slots are real numbers within the interval: beyond it
/// the T_k, and with them the result and its error, grow fast, which the predicted noise does not know.
struct SlotPolynomial {
    PolynomialBasis basis = PolynomialBasis::power;
    std::vector<std::complex<double>> coefficients;
    double lower = -1;  ///< the interval; power basis: unused
    double upper = 1;

    /// Without leading zeros; -1 for the zero polynomial.
    int degree() const;
    /// Levels that an evaluation spends: ceil(log2(degree + 1)), and one for the change to t when the interval is not
    /// [-1, 1].
    int depth() const;
    bool changes_variable() const { return basis == PolynomialBasis::chebyshev && (lower != -1 || upper != 1); }
};

}  // namespace ciphernet::ckks
