#pragma once

#include <complex>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "ckks/slot_polynomial.hpp"

// Polynomials by baby steps and giant steps (Paterson, Stockmeyer 1973) in the fewest levels, in the power basis and in
// Chebyshev's, where the levels that a leaf may spend decide how large it is (after Bossuat, Mouchet, Troncoso-Pastoriza,
// Hubaux, "Efficient bootstrapping for approximate homomorphic encryption with non-sparse keys", 2021).

namespace ciphernet::ckks {

using PolynomialCoefficients = std::vector<std::complex<double>>;

/// p = quotient * term(giant) + remainder, deg p < 2 giant. Chebyshev: T_(g+i) = 2 T_g T_i - T_(g-i).
std::pair<PolynomialCoefficients, PolynomialCoefficients> split_polynomial(const PolynomialCoefficients& p,
                                                                           std::size_t giant, PolynomialBasis basis);
/// The depth of term n: ceil(log2 n).
int depth_of_term(std::size_t n);
/// A polynomial of this degree within `budget` levels is one linear combination of baby steps.
bool is_leaf_polynomial(std::size_t degree, int budget, std::size_t baby_steps);
/// The power of two with the fewest products in all.
std::size_t choose_polynomial_baby_steps(std::size_t degree);

/// The evaluation over anything that has levels and can be added and multiplied: ciphertexts, and numbers with the noise
/// that ciphertexts would have. Arithmetic has a type Value and
///   level(a), copy(a), add(a, b), subtract(a, b), add_scalar(a, z), multiply(a, b), multiply_scalar(a, z), drop(a, level),
///   combine(values, weights): sum of weights times values of one level, one level lower;
/// and product_gain(a), what multiply(a, a) is multiplied with besides: 1 wherever polynomials are evaluated.
template <class Arithmetic>
class PolynomialEvaluation {
public:
    using Value = Arithmetic::Value;

    /// x at the level that the evaluation begins at; in the Chebyshev basis within [-1, 1].
    PolynomialEvaluation(const Arithmetic& arithmetic, PolynomialBasis basis, Value x, std::size_t baby_steps)
        : arithmetic_(arithmetic), basis_(basis), level_(arithmetic.level(x)), baby_steps_(baby_steps) {
        terms_.emplace(1, std::move(x));
    }

    /// The polynomial, of degree 1 or more, within `budget` levels.
    Value evaluate(const PolynomialCoefficients& p, int budget) { return with_constant(parts_of(p, budget)); }

private:
    /// What is left of a polynomial once the constant part is put aside, so that it can be added last.
    struct Parts {
        std::optional<Value> value;
        std::complex<double> constant = 0;
    };

    Parts parts_of(const PolynomialCoefficients& p, int budget) {
        const std::size_t degree = p.size() - 1;
        if (degree == 0) return {std::nullopt, p[0]};
        if (is_leaf_polynomial(degree, budget, baby_steps_)) return leaf(p);
        std::size_t giant = 1;
        while (2 * giant <= degree) giant *= 2;
        const auto [quotient, remainder] = split_polynomial(p, giant, basis_);
        Parts low = parts_of(remainder, budget);
        const Parts high = parts_of(quotient, budget - 1);
        Value product = high.value ? arithmetic_.multiply(with_constant(high), term(giant))
                                   : arithmetic_.multiply_scalar(term(giant), high.constant);
        if (low.value) product = arithmetic_.add(product, *low.value);
        return {std::move(product), low.constant};
    }

    Value with_constant(const Parts& parts) const {
        return parts.constant == std::complex<double>(0) ? arithmetic_.copy(*parts.value)
                                                         : arithmetic_.add_scalar(*parts.value, parts.constant);
    }

    /// x^n or T_n at depth ceil(log2 n), from both halves of n.
    const Value& term(std::size_t n) {
        if (const auto found = terms_.find(n); found != terms_.end()) return found->second;
        const Value& upper = term((n + 1) / 2);
        const Value& lower = term(n / 2);
        if (basis_ == PolynomialBasis::power)
            return terms_.emplace(n, arithmetic_.multiply(upper, lower)).first->second;
        // Doubled before the product, whose rounding is not.
        Value r = arithmetic_.multiply(arithmetic_.add(upper, upper), lower);
        r = n % 2 == 0 ? arithmetic_.add_scalar(r, -1.0) : arithmetic_.subtract(r, term(1));
        arithmetic_.bound_chebyshev(r, upper, lower);
        return terms_.emplace(n, std::move(r)).first->second;
    }

    /// The same at a lower level; kept, since many leaves ask for it.
    const Value& term_at(std::size_t n, int level) {
        const Value& own = term(n);
        if (arithmetic_.level(own) == level) return own;
        const auto found = lowered_.find({n, level});
        if (found != lowered_.end()) return found->second;
        return lowered_.emplace(std::pair{n, level}, arithmetic_.drop(own, level)).first->second;
    }

    /// sum_k p_k term(k), one rescaling for all.
    Parts leaf(const PolynomialCoefficients& p) {
        const int level = level_ - depth_of_term(p.size() - 1);
        std::vector<const Value*> inputs;
        PolynomialCoefficients weights;
        for (std::size_t k = 1; k < p.size(); ++k) {
            if (p[k] == std::complex<double>(0)) continue;
            inputs.push_back(&term_at(k, level));
            weights.push_back(p[k]);
        }
        return {arithmetic_.combine(inputs, weights), p[0]};
    }

    const Arithmetic& arithmetic_;
    PolynomialBasis basis_;
    int level_;
    std::size_t baby_steps_;
    std::map<std::size_t, Value> terms_;
    std::map<std::pair<std::size_t, int>, Value> lowered_;
};

}  // namespace ciphernet::ckks
