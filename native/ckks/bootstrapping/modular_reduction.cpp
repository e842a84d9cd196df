#include "ckks/bootstrapping/modular_reduction.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace ciphernet::ckks {
namespace {

using Real = long double;
constexpr Real kPi = std::numbers::pi_v<Real>;

/// T_0(y) … T_degree(y)
std::vector<Real> chebyshev(Real y, int degree) {
    std::vector<Real> t{1, y};
    while (static_cast<int>(t.size()) <= degree) t.push_back(2 * y * t[t.size() - 1] - t[t.size() - 2]);
    t.resize(static_cast<std::size_t>(degree) + 1);
    return t;
}

/// c with the least |A c - b|, by Householder's reflections; rows of A with their b behind, at least as many as columns. The
/// rows lie within a few columns' worth of each other, so the triangle may be nearly singular: what is below 2^-60 of the
/// largest pivot is left out.
std::vector<Real> least_squares(std::vector<std::vector<Real>> rows) {
    const std::size_t columns = rows[0].size() - 1;
    std::vector<Real> pivots;
    for (std::size_t k = 0; k < columns; ++k) {
        Real norm = 0;
        for (std::size_t i = k; i < rows.size(); ++i) norm += rows[i][k] * rows[i][k];
        norm = std::sqrt(norm);
        const Real alpha = rows[k][k] > 0 ? -norm : norm;
        std::vector<Real> v(rows.size());
        for (std::size_t i = k; i < rows.size(); ++i) v[i] = rows[i][k];
        v[k] -= alpha;
        Real square = 0;
        for (std::size_t i = k; i < rows.size(); ++i) square += v[i] * v[i];
        if (square > 0)
            for (std::size_t j = k; j <= columns; ++j) {
                Real dot = 0;
                for (std::size_t i = k; i < rows.size(); ++i) dot += v[i] * rows[i][j];
                for (std::size_t i = k; i < rows.size(); ++i) rows[i][j] -= 2 * dot / square * v[i];
            }
        pivots.push_back(std::abs(alpha));
    }
    const Real least = *std::max_element(pivots.begin(), pivots.end()) * 0x1p-60L;
    std::vector<Real> c(columns);
    for (std::size_t k = columns; k-- > 0;) {
        if (pivots[k] <= least) continue;
        Real rest = rows[k][columns];
        for (std::size_t j = k + 1; j < columns; ++j) rest -= rows[k][j] * c[j];
        c[k] = rest / rows[k][k];
    }
    return c;
}

/// The density at x of a sum of n independent uniform numbers from -1/2 to 1/2 (Irwin, Hall 1927).
Real density(int n, Real x) {
    const Real from_end = n / 2.0L - std::abs(x);  // few terms at the ends, where the sum is tiny
    Real term = 1;                                 // (-1)^k C(n, k) / (n - 1)!, but for the factorial
    for (int k = 2; k < n; ++k) term /= k;
    Real sum = 0;
    for (int k = 0; k <= n && from_end > k; ++k) {
        sum += term * std::pow(from_end - k, static_cast<Real>(n - 1));
        term *= -static_cast<Real>(n - k) / (k + 1);
    }
    return sum;
}

/// The series of the arcsine.
std::vector<std::complex<double>> arcsine_series(int degree) {
    std::vector<std::complex<double>> c(static_cast<std::size_t>(degree) + 1);
    double coefficient = 1;  // (2k)! / (4^k k!^2)
    for (int k = 0; 2 * k + 1 <= degree; ++k) {
        c[static_cast<std::size_t>(2 * k + 1)] = coefficient / (2 * k + 1);
        coefficient *= (2.0 * k + 1) / (2.0 * k + 2);
    }
    return c;
}

}  // namespace

namespace {

/// Integers that occur less often than this, in one coefficient, are no concern.
constexpr double kNever = 0x1p-150;

/// What the fits of one circuit have in common.
struct Fit {
    const BootstrappingLiteral& b;
    Real range, width;
    /// Random slots have small coefficients, whose errors all slots share; a large one is alone. Where slots are reduced
    /// themselves, as coefficients, they are as large as they may be.
    Real edge_weight, typical;
    std::vector<Real> probabilities;  ///< of the integers from -largest() on

    explicit Fit(const BootstrappingLiteral& circuit)
        : b(circuit),
          range((b.secret_weight + 1) / 2.0L + 0.5L),
          width(std::exp2(static_cast<Real>(-b.log_message_ratio))),
          edge_weight(b.transforms_to_coefficients_first() ? 1 : 0x1p-5L),
          // A coefficient of random slots is about the square root of 1 / slots; a slot's part 1 / sqrt(3).
          typical(b.transforms_to_coefficients_first() ? 0.577L : 0x1p-5L) {
        // t / q_0 is a sum of h + 1 numbers that are uniform from -1/2 to 1/2.
        for (int i = -largest(); i <= largest(); ++i) probabilities.push_back(density(b.secret_weight + 1, i));
    }

    int largest() const { return b.secret_weight / 2; }  ///< |I + e| < (h + 1) / 2
    Real probability(int integer) const { return probabilities[static_cast<std::size_t>(integer + largest())]; }

    /// Chebyshev coefficients. Integers that hardly ever occur get little weight, but `least_weight`.
    std::vector<Real> coefficients(Real least_weight) const {
        const Real divisor = std::exp2(static_cast<Real>(b.double_angles));
        std::vector<std::vector<Real>> rows;
        for (int i = -largest(); i <= largest(); ++i) {
            const Real weight = std::max(least_weight, std::sqrt(probability(i)));
            for (const Real at : {-1.0L, 0.0L, 1.0L}) {
                const Real x = i + at * width;
                std::vector<Real> row = chebyshev(x / range, b.degree);
                row.push_back(std::cos(2 * kPi * (x - 0.25L) / divisor));
                for (Real& entry : row) entry *= at == 0 ? weight : weight * edge_weight;
                rows.push_back(std::move(row));
            }
        }
        return least_squares(std::move(rows));
    }

    /// Everything but the arcsine.
    ModularReduction reduction(Real least_weight) const {
        const std::vector<Real> c = coefficients(least_weight);
        ModularReduction r{.range = static_cast<double>(range),
                           .cosine = {.basis = PolynomialBasis::chebyshev, .coefficients = {}},
                           .double_angles = b.double_angles,
                           .arcsine = {},
                           .deviation = 0,
                           .edge_deviation = 0,
                           .integers = {}};
        for (const Real x : c) r.cosine.coefficients.emplace_back(static_cast<double>(x));
        Real mean = 0;
        Real edge = 0;
        Real total = 0;
        for (int i = -largest(); i <= largest(); ++i) {
            double largest_error = 0;
            for (const Real at : {-1.0L, -typical, 0.0L, typical, 1.0L}) {
                const Real x = i + at * width;
                const std::vector<Real> t = chebyshev(x / range, b.degree);
                Real value = 0;
                for (std::size_t k = 0; k < t.size(); ++k) value += static_cast<Real>(static_cast<double>(c[k])) * t[k];
                for (int d = 0; d < b.double_angles; ++d) value = 2 * value * value - 1;
                const Real error = std::abs(value - std::sin(2 * kPi * at * width));
                (std::abs(at) <= typical ? mean : edge) += probability(i) * error * error;
                if (std::abs(at) <= typical) total += probability(i);
                largest_error = std::max(largest_error, static_cast<double>(error));
            }
            r.integers.push_back({i, static_cast<double>(probability(i)), largest_error});
        }
        // Three typical remainders, two at the edge.
        r.deviation = static_cast<double>(std::sqrt(mean / total));
        r.edge_deviation = static_cast<double>(std::sqrt(edge / total * 3 / 2));
        return r;
    }
};

/// The error that decides: of integers as they occur, or of the worst, which may be as many times as large as random errors get.
double deciding_error(const ModularReduction& r) {
    constexpr double kRandom = 8;
    double error = r.deviation;
    for (const ModularReduction::Integer& integer : r.integers)
        if (integer.probability >= kNever) error = std::max(error, integer.largest_error / kRandom);
    return error;
}

}  // namespace

ModularReduction modular_reduction(const BootstrappingLiteral& b) {
    const Fit fit(b);
    // The less a polynomial can do, the more alike integers are to be treated.
    std::optional<ModularReduction> best;
    for (const Real least_weight : {0x1p-18L, 0x1p-9L, 0x1p-4L}) {
        ModularReduction r = fit.reduction(least_weight);
        if (!best || deciding_error(r) < deciding_error(*best)) best = std::move(r);
    }
    if (b.arcsine_degree > 1) best->arcsine.coefficients = arcsine_series(b.arcsine_degree);
    return std::move(*best);
}

double angle_error(const BootstrappingLiteral& b, double e) {
    const double angle = 2 * std::numbers::pi * e;
    const double sine = std::sin(angle);
    double value = 0;
    const auto series = arcsine_series(b.arcsine_degree);
    for (std::size_t k = series.size(); k-- > 0;) value = value * sine + series[k].real();
    return std::abs(value - angle);
}

}  // namespace ciphernet::ckks
