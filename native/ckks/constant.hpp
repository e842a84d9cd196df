#pragma once

#include <complex>
#include <vector>

#include "base/execution.hpp"
#include "ckks/parameters.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::ckks {

/// The polynomial round(re * scale) + round(im * scale) X^(N/2): the number re + i im in every slot. At the evaluation
/// points it takes two values a limb: X^(N/2) is a square root of -1 at each, one in the first half of a limb and the
/// other in the second (bit-reversed order).
struct SlotConstant {
    std::vector<u64> first_half;
    std::vector<u64> second_half;
    bool real;
};

/// Throws Error{not_finite}, Error{value_out_of_range}.
SlotConstant slot_constant(const Ring& ring, Basis basis, std::complex<double> value, DoubleDouble scale);

/// X^(N/2): the imaginary unit in every slot, sparse packing included, since every 5^j is 1 modulo 4. Exact.
SlotConstant imaginary_unit(const Ring& ring, Basis basis);

/// r = a * c, r += c.
void multiply_constant(EvaluationPolynomial& r, const EvaluationPolynomial& a, const SlotConstant& c,
                       const Execution& execution);
void add_constant(EvaluationPolynomial& r, const SlotConstant& c, const Execution& execution);

}  // namespace ciphernet::ckks
