#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

// Operations on whole polynomials. Operands share the ring; where r has fewer limbs than an operand, the operand is
// taken modulo r's modulus. r may be an operand.

/// body(limb) for every limb, in parallel when the polynomial is large enough for that to pay.
void for_each_limb(const Execution& execution, std::size_t n, int limbs, const std::function<void(int)>& body);

/// A range of limbs.
struct LimbGroup {
    int first, end;
};

/// Ranges that make up [first, end), of at most `most` limbs each and of nearly one size, so many that all threads have as
/// much to do.
std::vector<LimbGroup> limb_groups(int threads, int first, int end, int most);

/// body(first, end) for ranges that make up [0, limbs), of at most `most` limbs each and of nearly one size, so many that
/// all threads have as much to do.
void for_each_group(const Execution& execution, std::size_t n, int limbs, int most,
                    const std::function<void(int first, int end)>& body);

/// body(row, first, words) for stretches that make up each of `rows` rows of n words, in parallel: what goes coefficient by
/// coefficient. `width`: how many words each of a row stands for, to tell when threads pay.
void for_each_stretch(const Execution& execution, std::size_t n, int rows, int width,
                      const std::function<void(int row, std::size_t first, std::size_t words)>& body);

EvaluationPolynomial to_evaluation(CoefficientPolynomial a, const Execution& execution);
CoefficientPolynomial to_coefficient(EvaluationPolynomial a, const Execution& execution);

/// r = a + b, r = a - b, r = -a.
template <Form kForm>
void add(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Polynomial<kForm>& b, const Execution& execution);
template <Form kForm>
void subtract(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Polynomial<kForm>& b, const Execution& execution);
template <Form kForm>
void negate(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Execution& execution);

/// r = a * b, r += a * b (pointwise: the product in the ring).
void multiply(EvaluationPolynomial& r, const EvaluationPolynomial& a, const EvaluationPolynomial& b,
              const Execution& execution);
void multiply_add(EvaluationPolynomial& r, const EvaluationPolynomial& a, const EvaluationPolynomial& b,
                  const Execution& execution);

/// r = a * w for one integer w given by its residues, one a limb of r.
template <Form kForm>
void multiply_scalar(Polynomial<kForm>& r, const Polynomial<kForm>& a, std::span<const u64> w,
                     const Execution& execution);

/// r += w at every evaluation point, or at the constant coefficient: adds the integer with these residues.
void add_constant(EvaluationPolynomial& r, std::span<const u64> w, const Execution& execution);

/// The residues of the polynomial with these small coefficients (|x| < every prime). Constant time in the values.
CoefficientPolynomial from_signed(const Ring& ring, Basis basis, std::span<const std::int8_t> coefficients,
                                  const Execution& execution);

}  // namespace ciphernet
