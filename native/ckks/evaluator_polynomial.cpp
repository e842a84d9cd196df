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
#include "ckks/ciphertext_arithmetic.hpp"
#include "ckks/polynomial_evaluation.hpp"
#include "ckks/slot_polynomial.hpp"

namespace ciphernet::ckks {
namespace {

using Complex = std::complex<double>;

int bits(std::size_t x) { return static_cast<int>(std::bit_width(x)); }

void trim(PolynomialCoefficients& c) {
    while (c.size() > 1 && c.back() == Complex(0)) c.pop_back();
}

std::size_t giant_of(std::size_t degree) { return std::bit_floor(degree); }

/// What a polynomial of full degree takes, without what makes the terms.
struct TreeWork {
    int key_switches = 0;
    int products = 0;
};

TreeWork work_of_tree(std::size_t degree, int budget, std::size_t baby_steps) {
    TreeWork work;
    bool any = false;
    for (std::size_t left = degree; left > 0 && !is_leaf_polynomial(left, budget, baby_steps);) {
        const std::size_t giant = giant_of(left);
        if (left != giant) {  // a constant times a term is no product
            const TreeWork above = work_of_tree(left - giant, budget - 1, baby_steps);
            work.key_switches += above.key_switches;
            work.products += above.products + 1;
            any = true;
        }
        left = giant - 1;
    }
    if (any) ++work.key_switches;
    return work;
}

}  // namespace

int depth_of_term(std::size_t n) { return bits(n - 1); }

std::pair<PolynomialCoefficients, PolynomialCoefficients> split_polynomial(const PolynomialCoefficients& p,
                                                                           std::size_t giant, PolynomialBasis basis) {
    const auto middle = p.begin() + static_cast<std::ptrdiff_t>(giant);
    PolynomialCoefficients quotient(middle, p.end());
    PolynomialCoefficients remainder(p.begin(), middle);
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

bool is_leaf_polynomial(std::size_t degree, int budget, std::size_t baby_steps) {
    return degree < baby_steps && depth_of_term(degree) + 1 <= budget;
}

std::size_t choose_polynomial_baby_steps(std::size_t degree) {
    // A key switch takes about four times as long as the rest of a product.
    constexpr int kKeySwitch = 4;
    std::size_t best = 2;
    int least = std::numeric_limits<int>::max();
    for (std::size_t k = 2; k <= std::max<std::size_t>(2, degree + 1); k *= 2) {
        const int terms = static_cast<int>(std::min(k - 1, degree)) - 1 + std::max(0, bits(degree) - bits(k) + 1);
        const TreeWork tree = work_of_tree(degree, bits(degree), k);
        const int cost = kKeySwitch * (terms + tree.key_switches) + terms + tree.products;
        if (cost < least) {
            least = cost;
            best = k;
        }
    }
    return best;
}

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
    const PolynomialCoefficients c(p.coefficients.begin(), p.coefficients.begin() + p.degree() + 1);
    const std::size_t degree = c.size() - 1;
    const CiphertextArithmetic arithmetic(*this);
    return PolynomialEvaluation(arithmetic, p.basis, std::move(t), choose_polynomial_baby_steps(degree))
        .evaluate(c, bits(degree));
}

Ciphertext Evaluator::evaluate_polynomial(const Ciphertext& x, std::span<const double> coefficients) const {
    return evaluate_polynomial(x, {.coefficients = {coefficients.begin(), coefficients.end()}});
}

}  // namespace ciphernet::ckks
