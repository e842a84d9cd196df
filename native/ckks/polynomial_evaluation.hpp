#pragma once

#include <complex>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
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
/// The power of two with the least work: key switches first, products second.
std::size_t choose_polynomial_baby_steps(std::size_t degree);

/// 2 a b for values of one level, doubled before the rounding of the product, which is not.
template <class Arithmetic>
Arithmetic::Value twice_product(const Arithmetic& arithmetic, const typename Arithmetic::Value& a,
                                const typename Arithmetic::Value& b) {
    const typename Arithmetic::Value* const left[]{&a, &a};
    const typename Arithmetic::Value* const right[]{&b, &b};
    return arithmetic.sum_of_products(left, right);
}

/// The evaluation over anything that has levels and can be added and multiplied: ciphertexts, and numbers with the noise
/// that ciphertexts would have. Arithmetic has a type Value and
///   level(a), copy(a), add(a, b), subtract(a, b), add_scalar(a, z), multiply(a, b), multiply_scalar(a, z), drop(a, level),
///   sum_of_products(a, b): of the products a[i] b[i] of values of one level, one level lower,
///   combine(values, rows): for each row of weights their sum with values of one level, one level lower;
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
    Value evaluate(const PolynomialCoefficients& p, int budget) {
        combine_leaves(p, budget);
        return with_constant(parts_of(p, budget));
    }

private:
    /// What is left of a polynomial once the constant part is put aside, so that it can be added last.
    struct Parts {
        std::optional<Value> value;
        std::complex<double> constant = 0;
    };

    Parts parts_of(const PolynomialCoefficients& p, int budget) {
        const std::size_t degree = p.size() - 1;
        if (degree == 0) return {std::nullopt, p[0]};
        // quotient_1 term(g_1) + quotient_2 term(g_2) + ... + leaf: products of two values share what follows a product.
        std::vector<std::pair<std::size_t, Value>> products;
        std::optional<Value> rest;
        const auto add = [&](Value value) { rest = rest ? arithmetic_.add(*rest, value) : std::move(value); };
        PolynomialCoefficients left = p;
        while (left.size() > 1 && !is_leaf_polynomial(left.size() - 1, budget, baby_steps_)) {
            std::size_t giant = 1;
            while (2 * giant < left.size()) giant *= 2;
            auto [quotient, remainder] = split_polynomial(left, giant, basis_);
            Parts high = parts_of(quotient, budget - 1);
            if (high.value)
                products.emplace_back(giant, with_constant(std::move(high)));
            else
                add(arithmetic_.multiply_scalar(term(giant), high.constant));
            left = std::move(remainder);
        }
        Parts low = left.size() > 1 ? next_leaf(left) : Parts{std::nullopt, left[0]};
        if (low.value) add(std::move(*low.value));
        if (!products.empty()) {
            Value sum = sum_of_products(products);
            rest = rest ? arithmetic_.add(sum, *rest) : std::move(sum);
        }
        return {std::move(rest), low.constant};
    }

    Value sum_of_products(const std::vector<std::pair<std::size_t, Value>>& products) {
        int level = level_;
        for (const auto& [giant, quotient] : products)
            level = std::min({level, arithmetic_.level(quotient), arithmetic_.level(term(giant))});
        std::vector<Value> lowered;
        lowered.reserve(products.size());
        std::vector<const Value*> quotients, terms;
        for (const auto& [giant, quotient] : products) {
            const bool there = arithmetic_.level(quotient) == level;
            quotients.push_back(there ? &quotient : &lowered.emplace_back(arithmetic_.drop(quotient, level)));
            terms.push_back(&term_at(giant, level));
        }
        return arithmetic_.sum_of_products(quotients, terms);
    }

    Value with_constant(Parts parts) const {
        if (parts.constant == std::complex<double>(0)) return std::move(*parts.value);
        return arithmetic_.add_scalar(std::move(*parts.value), parts.constant);
    }

    /// x^n or T_n at depth ceil(log2 n), from both halves of n.
    const Value& term(std::size_t n) {
        if (const auto found = terms_.find(n); found != terms_.end()) return found->second;
        const std::size_t half = n / 2;
        const int level = std::min(arithmetic_.level(term(n - half)), arithmetic_.level(term(half)));
        const Value& upper = term_at(n - half, level);
        const Value& lower = term_at(half, level);
        if (basis_ == PolynomialBasis::power)
            return terms_.emplace(n, arithmetic_.multiply(upper, lower)).first->second;
        Value r = twice_product(arithmetic_, upper, lower);
        r = n % 2 == 0 ? arithmetic_.add_scalar(std::move(r), -1.0)
                       : arithmetic_.subtract(r, term_at(1, arithmetic_.level(r)));
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

    /// The leaves of a polynomial in the order in which parts_of() comes to them: what they are made of is the same baby steps.
    void find_leaves(const PolynomialCoefficients& p, int budget, std::vector<PolynomialCoefficients>& leaves) const {
        PolynomialCoefficients left = p;
        while (left.size() > 1 && !is_leaf_polynomial(left.size() - 1, budget, baby_steps_)) {
            std::size_t giant = 1;
            while (2 * giant < left.size()) giant *= 2;
            auto [quotient, remainder] = split_polynomial(left, giant, basis_);
            find_leaves(quotient, budget - 1, leaves);
            left = std::move(remainder);
        }
        if (left.size() > 1) leaves.push_back(std::move(left));
    }

    /// sum_k p_k term(k) for all leaves, one rescaling for each; those of a level together, so that terms are read once.
    void combine_leaves(const PolynomialCoefficients& p, int budget) {
        std::vector<PolynomialCoefficients> leaves;
        find_leaves(p, budget, leaves);
        leaves_.resize(leaves.size());
        std::map<int, std::vector<std::size_t>> by_depth;
        for (std::size_t i = 0; i < leaves.size(); ++i) by_depth[depth_of_term(leaves[i].size() - 1)].push_back(i);
        for (const auto& [depth, members] : by_depth) {
            std::set<std::size_t> used;
            for (const std::size_t i : members)
                for (std::size_t k = 1; k < leaves[i].size(); ++k)
                    if (leaves[i][k] != std::complex<double>(0)) used.insert(k);
            std::vector<const Value*> inputs;
            std::vector<PolynomialCoefficients> rows(members.size());
            for (const std::size_t k : used) {
                inputs.push_back(&term_at(k, level_ - depth));
                for (std::size_t m = 0; m < members.size(); ++m) {
                    const PolynomialCoefficients& leaf = leaves[members[m]];
                    rows[m].push_back(k < leaf.size() ? leaf[k] : 0);
                }
            }
            auto values = arithmetic_.combine(inputs, rows);
            for (std::size_t m = 0; m < members.size(); ++m) leaves_[members[m]].emplace(std::move(values[m]));
        }
    }

    Parts next_leaf(const PolynomialCoefficients& p) { return {std::move(leaves_[next_leaf_++]), p[0]}; }

    const Arithmetic& arithmetic_;
    PolynomialBasis basis_;
    int level_;
    std::size_t baby_steps_;
    std::map<std::size_t, Value> terms_;
    std::map<std::pair<std::size_t, int>, Value> lowered_;
    std::vector<std::optional<Value>> leaves_;
    std::size_t next_leaf_ = 0;
};

}  // namespace ciphernet::ckks
