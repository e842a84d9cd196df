#pragma once

#include <cstdint>
#include <vector>

#include "base/execution.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

/// The automorphism X -> X^element of Z[X]/(X^N + 1), element odd, as the permutation of evaluation points it is:
/// result[i] = a[index[i]]. Made once for a key or a rotation, used for every limb.
class Automorphism {
public:
    /// element odd, 0 < element < 2N.
    Automorphism(const Ring& ring, u32 element);

    u32 element() const { return element_; }
    const std::vector<u32>& index() const { return index_; }

private:
    u32 element_;
    std::vector<u32> index_;
};

/// The element 5^steps mod 2N that rotates the slots by `steps` to the left (negative: to the right).
u32 rotation_element(const Ring& ring, int steps);
/// The element 2N - 1 that conjugates the slots.
u32 conjugation_element(const Ring& ring);
/// The element whose automorphism undoes that of `element`.
u32 inverse_element(const Ring& ring, u32 element);

/// r(X) = a(X^element). r is not a.
void apply(EvaluationPolynomial& r, const EvaluationPolynomial& a, const Automorphism& automorphism,
           const Execution& execution);
void apply(CoefficientPolynomial& r, const CoefficientPolynomial& a, const Automorphism& automorphism,
           const Execution& execution);

}  // namespace ciphernet
