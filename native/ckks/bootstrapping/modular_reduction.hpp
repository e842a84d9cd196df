#pragma once

#include <bit>
#include <utility>

#include "ckks/parameters.hpp"
#include "ckks/polynomial_evaluation.hpp"
#include "ckks/slot_polynomial.hpp"

namespace ciphernet::ckks {

/// What takes x = I + e, I an integer, |e| small, to 2 pi e: cos(2 pi (x - 1/4)) = sin(2 pi e). The cosine of the angle divided by
/// 2^r is a polynomial, r doublings of the angle (c -> 2 c^2 - 1) lead back, and the arcsine's series may follow. (Han, Ki,
/// "Better bootstrapping for approximate homomorphic encryption", 2020; arcsine: Lee, Lee, Lee, Kim, No, "High-precision
/// bootstrapping of RNS-CKKS homomorphic encryption using optimal minimax polynomial approximation and inverse sine
/// function", 2021.)
struct ModularReduction {
    /// x = range * y for the operand y in [-1, 1].
    double range;
    /// T_k(y), fitted near integers x only.
    SlotPolynomial cosine;
    int double_angles;
    /// Of the sine, in powers; none: degree -1.
    SlotPolynomial arcsine;
    /// The root mean square of the error of 2 pi e that is left by the fit of the polynomial, for the |e| of random slots and
    /// integers as they occur.
    double deviation;
    /// The same at |e| = 2^-log_message_ratio, where the one coefficient is that slots have which are all alike.
    double edge_deviation;
    struct Integer {
        int value;
        double probability;    ///< t / q_0 is a sum of h + 1 uniform numbers from -1/2 to 1/2
        double largest_error;  ///< of 2 pi e, for |e| <= 2^-log_message_ratio
    };
    /// All that occur.
    std::vector<Integer> integers;
};

/// The integers are bounded: |t| <= (h + 1) / 2 q_0 for a secret of weight h, always, so that none is ever out of range.
ModularReduction modular_reduction(const BootstrappingLiteral& b);

/// The reduction of x, over ciphertexts or over anything else that PolynomialEvaluation computes with. x spends as many
/// levels as BootstrappingLiteral::modular_reduction() says. The result is multiplied by the arithmetic's product_gain() of
/// the last product. `done` is called after the cosine, every doubling and the arcsine.
template <class Arithmetic, class Done = decltype([] {})>
Arithmetic::Value reduce_with(const Arithmetic& arithmetic, typename Arithmetic::Value x,
                              const ModularReduction& reduction, const Done& done = {}) {
    const auto evaluate = [&](const SlotPolynomial& p, Arithmetic::Value t) {
        const auto degree = static_cast<std::size_t>(p.degree());
        return PolynomialEvaluation(arithmetic, p.basis, std::move(t), choose_polynomial_baby_steps(degree))
            .evaluate({p.coefficients.begin(), p.coefficients.begin() + p.degree() + 1},
                      static_cast<int>(std::bit_width(degree)));
    };
    auto c = evaluate(reduction.cosine, std::move(x));
    done();
    for (int i = 0; i < reduction.double_angles; ++i) {
        const double gain = arithmetic.product_gain(c);
        c = arithmetic.add_scalar(twice_product(arithmetic, c, c), -gain);
        done();
    }
    if (reduction.arcsine.degree() > 1) {
        c = evaluate(reduction.arcsine, std::move(c));
        done();
    }
    return c;
}

/// |what is computed instead of 2 pi e, less that| in exact arithmetic, when cosine and doublings are exact: what the sine, or
/// its arcsine's series, is off.
double angle_error(const BootstrappingLiteral& b, double e);

}  // namespace ciphernet::ckks
