#include "ckks/noise.hpp"

#include <cmath>

#include "ckks/encoding.hpp"

namespace ciphernet::ckks {
namespace {

constexpr double kEncodingVariance = 1.0 / 12;  ///< of a coefficient rounded to an integer

/// The slot deviation of a polynomial whose coefficients have this variance.
double slot_deviation(std::size_t n, double scale, double variance) {
    return std::sqrt(static_cast<double>(n) * variance) / scale;
}

/// Of a slot of magnitude 1 that is encoded and decoded again in floating point (see encode()).
double transform_error(const Parameters& parameters, double scale) {
    const int log_slots = parameters.log_slots();
    return 2 * (scale <= kLargestDoubleScale ? embedding_error<double>(log_slots)
                                             : embedding_error<DoubleDouble>(log_slots)) +
           0x1p-52;
}

double secret_norm(std::size_t n) { return 2.0 * static_cast<double>(n) / 3.0; }

double secret_key_variance() { return rlwe::kSigma * rlwe::kSigma; }
double public_key_variance(std::size_t n) { return rlwe::kSigma * rlwe::kSigma * (1 + 2 * secret_norm(n)); }

}  // namespace

double encoding_deviation(std::size_t n, double scale) { return slot_deviation(n, scale, kEncodingVariance); }

double fresh_secret_key_deviation(std::size_t n, double scale) {
    return slot_deviation(n, scale, secret_key_variance() + kEncodingVariance);
}

double fresh_public_key_deviation(std::size_t n, double scale) {
    return slot_deviation(n, scale, public_key_variance(n) + kEncodingVariance);
}

double rounding_deviation(std::size_t n, double scale, int degree) {
    const double norm = secret_norm(n);
    const double square_norm = degree == 2 ? 16 * 2 * norm * norm : 0;
    return slot_deviation(n, scale, (1 + norm + square_norm) / 12);
}

double key_switch_deviation(std::size_t n, double scale, double digits) {
    return slot_deviation(n, scale, static_cast<double>(n) * rlwe::kSigma * rlwe::kSigma * digits / 12);
}

double scalar_deviation(double scale) { return 0.5 / scale; }

/// t with slots * sqrt(pi t) exp(-2t) = 2^-bits, by Newton-like substitution (it contracts by 1/(4t)).
double tail_factor(std::size_t slots, double bits) {
    const double target = std::log(static_cast<double>(slots)) + bits * std::log(2.0);
    double t = 20;
    for (int i = 0; i < 8; ++i) t = (target + 0.5 * std::log(3.14159265358979 * t)) / 2;
    return t;
}

double NoiseEstimate::error_bound(std::size_t slots) const { return deviation * tail_factor(slots); }
double NoiseEstimate::precision_bits(std::size_t slots) const { return -std::log2(error_bound(slots)); }

double encoding_deviation(const Parameters& parameters, int level, double magnitude) {
    const double scale = parameters.scale(level).hi;
    return encoding_deviation(parameters.ring().n(), scale) + magnitude * transform_error(parameters, scale);
}

double secret_key_deviation(const Parameters& parameters, int level) {
    return slot_deviation(parameters.ring().n(), parameters.scale(level).hi, secret_key_variance());
}

double public_key_deviation(const Parameters& parameters, int level) {
    const std::size_t n = parameters.ring().n();
    return slot_deviation(n, parameters.scale(level).hi, public_key_variance(n));
}

double rounding_deviation(const Parameters& parameters, double scale, int degree) {
    return rounding_deviation(parameters.ring().n(), scale, degree);
}

double key_switch_deviation(const Parameters& parameters, int level, double scale, double log2_divisor) {
    const rlwe::Parameters& rlwe = parameters.rlwe();
    double digits = 0;  // sum of (D_j / (P 2^log2_divisor))^2
    for (int j = 0; j < rlwe.digit_count(level); ++j) {
        const auto [first, end] = rlwe.digit_limbs(level, j);
        double bits = -rlwe.log2_p() - log2_divisor;
        for (int i = first; i < end; ++i) bits += std::log2(static_cast<double>(rlwe.ring().modulus(i).value()));
        digits += std::exp2(2 * bits);
    }
    return key_switch_deviation(rlwe.n(), scale, digits);
}

NoiseEstimate sum(const NoiseEstimate& a, const NoiseEstimate& b) {
    // Operands may share their errors (x + x), so deviations add rather than variances.
    return {a.deviation + b.deviation, a.magnitude + b.magnitude};
}

NoiseEstimate product(const NoiseEstimate& a, const NoiseEstimate& b) {
    return {a.magnitude * b.deviation + b.magnitude * a.deviation + a.deviation * b.deviation,
            a.magnitude * b.magnitude};
}

}  // namespace ciphernet::ckks
