#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/slot_polynomial.hpp"

// Polynomials by baby steps and giant steps (Paterson, Stockmeyer 1973) in the fewest levels, in the power basis and in
// Chebyshev's, where the levels that a leaf may spend decide how large it is (after Bossuat, Mouchet, Troncoso-Pastoriza,
// Hubaux, "Efficient bootstrapping for approximate homomorphic encryption with non-sparse keys", 2021).

namespace ciphernet::ckks {
namespace {

using Complex = std::complex<double>;
using Coefficients = std::vector<Complex>;

int bits(std::size_t x) { return static_cast<int>(std::bit_width(x)); }
/// The depth of term n: ceil(log2 n).
int depth_of(std::size_t n) { return bits(n - 1); }

void trim(Coefficients& c) {
    while (c.size() > 1 && c.back() == Complex(0)) c.pop_back();
}

/// p = quotient * term(giant) + remainder, deg p < 2 giant. Chebyshev: T_(g+i) = 2 T_g T_i - T_(g-i).
std::pair<Coefficients, Coefficients> split(const Coefficients& p, std::size_t giant, PolynomialBasis basis) {
    const auto middle = p.begin() + static_cast<std::ptrdiff_t>(giant);
    Coefficients quotient(middle, p.end());
    Coefficients remainder(p.begin(), middle);
    if (basis == PolynomialBasis::chebyshev) {
        for (std::size_t i = 1; i < quotient.size(); ++i) {
            remainder[giant - i] -= quotient[i];
            quotient[i] *= 2;
        }
    }
    trim(quotient);
    trim(remainder);
    return {std::move(quotient), std::move(remainder)};
}

/// A polynomial of this degree within `budget` levels is one linear combination of baby steps.
bool is_leaf(std::size_t degree, int budget, std::size_t baby_steps) {
    return degree < baby_steps && depth_of(degree) + 1 <= budget;
}

std::size_t giant_of(std::size_t degree) { return std::bit_floor(degree); }

/// Products of ciphertexts below a polynomial of full degree, without those that make the terms.
int products_of_tree(std::size_t degree, int budget, std::size_t baby_steps) {
    if (degree == 0 || is_leaf(degree, budget, baby_steps)) return 0;
    const std::size_t giant = giant_of(degree);
    const int above = degree == giant ? 0 : 1;  // a constant times a term is none
    return above + products_of_tree(degree - giant, budget - 1, baby_steps) +
           products_of_tree(giant - 1, budget, baby_steps);
}

/// The power of two with the fewest products in all.
std::size_t choose_baby_steps(std::size_t degree) {
    std::size_t best = 2;
    int fewest = std::numeric_limits<int>::max();
    for (std::size_t k = 2; k <= std::max<std::size_t>(2, degree + 1); k *= 2) {
        const int terms = static_cast<int>(std::min(k - 1, degree)) - 1 + std::max(0, bits(degree) - bits(k) + 1);
        const int products = terms + products_of_tree(degree, bits(degree), k);
        if (products < fewest) {
            fewest = products;
            best = k;
        }
    }
    return best;
}

/// What is left of a polynomial once the constant part is put aside, so that it can be added last.
struct Value {
    std::optional<Ciphertext> encrypted;
    Complex constant = 0;
};

class Evaluation {
public:
    Evaluation(const Evaluator& evaluator, PolynomialBasis basis, Ciphertext x, std::size_t baby_steps)
        : evaluator_(evaluator), basis_(basis), level_(x.level()), baby_steps_(baby_steps) {
        terms_.emplace(1, std::move(x));
    }

    Value evaluate(const Coefficients& p, int budget) {
        const std::size_t degree = p.size() - 1;
        if (degree == 0) return {std::nullopt, p[0]};
        if (is_leaf(degree, budget, baby_steps_)) return leaf(p);
        const std::size_t giant = giant_of(degree);
        const auto [quotient, remainder] = split(p, giant, basis_);
        Value low = evaluate(remainder, budget);
        const Value high = evaluate(quotient, budget - 1);
        Ciphertext product = high.encrypted ? evaluator_.multiply(with_constant(high), term(giant))
                                            : evaluator_.multiply_scalar(term(giant), high.constant);
        if (low.encrypted) product = evaluator_.add(product, *low.encrypted);
        return {std::move(product), low.constant};
    }

    Ciphertext with_constant(const Value& value) const {
        return value.constant == Complex(0) ? value.encrypted->copy()
                                            : evaluator_.add_scalar(*value.encrypted, value.constant);
    }

private:
    /// x^n or T_n at depth ceil(log2 n), from both halves of n.
    const Ciphertext& term(std::size_t n) {
        if (const auto found = terms_.find(n); found != terms_.end()) return found->second;
        const Ciphertext& upper = term((n + 1) / 2);
        const Ciphertext& lower = term(n / 2);
        Ciphertext r = n % 2 == 0 ? evaluator_.square(upper) : evaluator_.multiply(upper, lower);
        if (basis_ == PolynomialBasis::chebyshev) {
            const bool bounded = upper.noise.magnitude <= 1 && lower.noise.magnitude <= 1;
            r = evaluator_.add(r, r);
            r = n % 2 == 0 ? evaluator_.add_scalar(r, -1.0) : evaluator_.subtract(r, term(1));
            if (bounded) r.noise.magnitude = 1;  // on [-1, 1]
        }
        return terms_.emplace(n, std::move(r)).first->second;
    }

    /// The same at a lower level; kept, since many leaves ask for it.
    const Ciphertext& term_at(std::size_t n, int level) {
        const Ciphertext& own = term(n);
        if (own.level() == level) return own;
        const auto found = lowered_.find({n, level});
        if (found != lowered_.end()) return found->second;
        return lowered_.emplace(std::pair{n, level}, evaluator_.drop_to_level(own, level)).first->second;
    }

    /// sum_k p_k term(k), one rescaling for all.
    Value leaf(const Coefficients& p) {
        const int level = level_ - depth_of(p.size() - 1);
        std::vector<const Ciphertext*> inputs;
        std::vector<double> weights;
        bool real = true;
        for (std::size_t k = 1; k < p.size(); ++k) {
            if (p[k] == Complex(0)) continue;
            inputs.push_back(&term_at(k, level));
            weights.push_back(p[k].real());
            real = real && p[k].imag() == 0;
        }
        if (real) return {std::move(evaluator_.linear_map(inputs, weights, std::vector<double>{0})[0]), p[0]};
        std::optional<Ciphertext> sum;
        for (std::size_t k = 1, next = 0; k < p.size(); ++k) {
            if (p[k] == Complex(0)) continue;
            Ciphertext product = evaluator_.multiply_scalar(*inputs[next++], p[k], false);
            sum = sum ? evaluator_.add(*sum, product) : std::move(product);
        }
        return {evaluator_.rescale(*sum), p[0]};
    }

    const Evaluator& evaluator_;
    PolynomialBasis basis_;
    int level_;
    std::size_t baby_steps_;
    std::map<std::size_t, Ciphertext> terms_;
    std::map<std::pair<std::size_t, int>, Ciphertext> lowered_;
};

}  // namespace

int SlotPolynomial::degree() const {
    auto degree = static_cast<int>(coefficients.size()) - 1;
    while (degree >= 0 && coefficients[static_cast<std::size_t>(degree)] == Complex(0)) --degree;
    return degree;
}

int SlotPolynomial::depth() const {
    return bits(static_cast<std::size_t>(std::max(0, degree()))) + (changes_variable() ? 1 : 0);
}

Ciphertext Evaluator::evaluate_polynomial(const Ciphertext& x, const SlotPolynomial& p) const {
    check(x);
    for (std::size_t i = 0; i < p.coefficients.size(); ++i)
        if (!std::isfinite(p.coefficients[i].real()) || !std::isfinite(p.coefficients[i].imag()))
            throw Error(ErrorCode::not_finite,
                        "Expected finite coefficients but coefficient " + std::to_string(i) + " is not.");
    if (p.degree() < 1)
        throw Error(ErrorCode::invalid_argument,
                    "Expected a polynomial of degree 1 or more but received a constant. Encode the constant instead.");
    if (p.basis == PolynomialBasis::chebyshev &&
        !(std::isfinite(p.lower) && std::isfinite(p.upper) && p.lower < p.upper))
        throw Error(ErrorCode::invalid_argument, "Expected an interval from a number to a larger one but received [" +
                                                     std::to_string(p.lower) + ", " + std::to_string(p.upper) + "].");
    const int available = x.level() - (x.scale_degree - 1);
    if (available < p.depth())
        throw Error(ErrorCode::level_exhausted,
                    "A polynomial of degree " + std::to_string(p.degree()) + " spends " + std::to_string(p.depth()) +
                        " levels; the ciphertext has " + std::to_string(available) + ".",
                    {{"needed", std::to_string(p.depth())}, {"left", std::to_string(available)}});
    Ciphertext t = at(x, available, 1);
    if (p.changes_variable()) {
        t = multiply_scalar(t, 2 / (p.upper - p.lower));
        t = add_scalar(t, -(p.upper + p.lower) / (p.upper - p.lower));
    }
    if (p.basis == PolynomialBasis::chebyshev) t.noise.magnitude = std::min(t.noise.magnitude, 1.0);
    Coefficients c(p.coefficients.begin(), p.coefficients.begin() + p.degree() + 1);
    const std::size_t degree = c.size() - 1;
    Evaluation evaluation(*this, p.basis, std::move(t), choose_baby_steps(degree));
    return evaluation.with_constant(evaluation.evaluate(c, bits(degree)));
}

Ciphertext Evaluator::evaluate_polynomial(const Ciphertext& x, std::span<const double> coefficients) const {
    return evaluate_polynomial(x, {.coefficients = {coefficients.begin(), coefficients.end()}});
}

}  // namespace ciphernet::ckks
