#include <cmath>
#include <complex>
#include <vector>

#include "ckks/context.hpp"
#include "ckks/slot_polynomial.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;
using Complex = std::complex<double>;

Complex value(const SlotPolynomial& p, Complex x) {
    if (p.basis == PolynomialBasis::power) {
        Complex y = 0;
        for (std::size_t k = p.coefficients.size(); k-- > 0;) y = y * x + p.coefficients[k];
        return y;
    }
    // Clenshaw's recurrence.
    const Complex t = (2.0 * x - p.lower - p.upper) / (p.upper - p.lower);
    Complex next = 0;
    Complex after = 0;
    for (std::size_t k = p.coefficients.size(); k-- > 1;) {
        const Complex current = p.coefficients[k] + 2.0 * t * next - after;
        after = next;
        next = current;
    }
    return p.coefficients[0] + t * next - after;
}

Slots real_slots(std::size_t count, double lower, double upper, Rng& rng) {
    Slots r(count);
    for (auto& x : r) x = rng.uniform(lower, upper);
    r[0] = lower;
    r[1] = upper;
    return r;
}

TEST("polynomials of every degree, in both bases, real and complex, spend the fewest levels") {
    Context c(literal(10, 6, 40, 2));
    Rng rng(1);
    for (const PolynomialBasis basis : {PolynomialBasis::power, PolynomialBasis::chebyshev}) {
        for (const std::size_t degree :
             {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}, std::size_t{7}, std::size_t{8},
              std::size_t{15}, std::size_t{22}, std::size_t{31}, std::size_t{63}}) {
            for (const bool complex : {false, true}) {
                SlotPolynomial p{.basis = basis, .coefficients = {}};
                for (std::size_t k = 0; k <= degree; ++k)
                    p.coefficients.emplace_back(rng.uniform(-1, 1) / static_cast<double>(k + 1),
                                                complex ? rng.uniform(-1, 1) / static_cast<double>(k + 1) : 0);
                if (degree > 4) p.coefficients[degree / 2] = 0;
                const Slots a = real_slots(c.slots(), -1, 1, rng);
                const Ciphertext r = c.evaluator.evaluate_polynomial(c.encrypt(a, 6), p);
                int depth = 0;
                while (std::size_t{1} << depth < degree + 1) ++depth;
                CHECK_EQ(p.depth(), depth);
                CHECK_EQ(r.level(), 6 - depth);
                c.check(r, map(a, [&](Complex x) { return value(p, x); }), 6);
            }
        }
    }
}

TEST("a Chebyshev series on any interval spends one more level for the change of variable") {
    Context c(literal(10, 6, 40, 2));
    Rng rng(2);
    SlotPolynomial p{.basis = PolynomialBasis::chebyshev, .coefficients = {}, .lower = -0.5, .upper = 3};
    for (int k = 0; k <= 20; ++k) p.coefficients.emplace_back(1.0 / (1 + k * k));
    const Slots a = real_slots(c.slots(), -0.5, 3, rng);
    const Ciphertext r = c.evaluator.evaluate_polynomial(c.encrypt(a, 6, 3), p);
    CHECK_EQ(p.depth(), 6);
    CHECK_EQ(r.level(), 0);
    c.check(r, map(a, [&](Complex x) { return value(p, x); }), 6);
}

TEST("odd and even polynomials, and those with gaps, skip what is zero") {
    Context c(literal(10, 5, 40, 2));
    Rng rng(3);
    for (const PolynomialBasis basis : {PolynomialBasis::power, PolynomialBasis::chebyshev}) {
        for (const std::vector<int>& degrees : {std::vector<int>{1, 3, 5, 7}, {0, 2, 4, 16}, {16}, {5}, {0, 31}}) {
            SlotPolynomial p{.basis = basis, .coefficients = std::vector<Complex>(32)};
            for (const int k : degrees) p.coefficients[static_cast<std::size_t>(k)] = rng.uniform(0.1, 0.4);
            const Slots a = real_slots(c.slots(), -1, 1, rng);
            const Ciphertext r = c.evaluator.evaluate_polynomial(c.encrypt(a, 5), p);
            CHECK_EQ(r.level(), 5 - p.depth());
            c.check(r, map(a, [&](Complex x) { return value(p, x); }), 6);
        }
    }
}

TEST("series that cannot be evaluated are refused before any work") {
    Context c(literal(10, 2, 40));
    const Ciphertext x = c.encrypt({}, 2);
    const auto evaluate = [&](const SlotPolynomial& p) { return c.evaluator.evaluate_polynomial(x, p); };
    const PolynomialBasis chebyshev = PolynomialBasis::chebyshev;
    CHECK_THROWS_CODE(evaluate({.coefficients = {1, 1, 1, 1, 1}}), ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(evaluate({.basis = chebyshev, .coefficients = {1, 1, 1, 1}, .lower = 0, .upper = 1}),
                      ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(evaluate({.basis = chebyshev, .coefficients = {1, 1}, .lower = 1, .upper = 1}),
                      ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluate({.basis = chebyshev, .coefficients = {1, 1}, .lower = std::nan(""), .upper = 1}),
                      ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluate({.coefficients = {1, 0, 0}}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluate({.coefficients = {}}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluate({.coefficients = {0, {1, std::nan("")}}}), ErrorCode::not_finite);
}

}  // namespace
}  // namespace ciphernet::ckks
