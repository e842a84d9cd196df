#include "tfhe/noise.hpp"

#include <cmath>

#include "tfhe/sampling.hpp"

namespace ciphernet::tfhe {
namespace {

double digit_square(const GadgetLiteral& gadget) { return (std::ldexp(1, 2 * gadget.base_log) + 2) / 12; }

/// Of a rounding of the torus to 2^-bits.
double rounding(int bits) { return std::ldexp(1, -2 * bits) / 12; }

/// log2 of erfc(x), also where it is too small for a double.
double log2_erfc(double x) {
    if (x < 20) return std::log2(std::erfc(x));
    return -x * x / std::log(2.0) - std::log2(x * std::sqrt(std::acos(-1.0)));
}

}  // namespace

double fresh_variance(const Parameters& parameters) {
    return std::ldexp(tuniform_variance(parameters.literal().glwe_noise), -128);
}

double key_switch_variance(const Parameters& parameters) {
    const ParametersLiteral& literal = parameters.literal();
    const auto dimension = static_cast<double>(parameters.big_dimension());
    const double key = std::ldexp(tuniform_variance(literal.lwe_noise - 32), -64);
    return dimension * (literal.key_switch.levels * digit_square(literal.key_switch) * key +
                        rounding(literal.key_switch.base_log * literal.key_switch.levels) / 4) +
           rounding(32);
}

double modulus_switch_variance(const Parameters& parameters) {
    return (static_cast<double>(parameters.lwe_dimension()) / 4 + 1) * rounding(parameters.literal().log_n + 1);
}

double bootstrap_variance(const Parameters& parameters) {
    const ParametersLiteral& literal = parameters.literal();
    const auto rows = static_cast<double>(parameters.ggsw_rows());
    const auto n = static_cast<double>(parameters.n());
    const auto big = static_cast<double>(parameters.big_dimension());
    const double products = rows * n * digit_square(literal.bootstrap) * fresh_variance(parameters);
    const double roundings = rounding(literal.bootstrap.base_log * literal.bootstrap.levels) / 2 * (1 + big / 2);
    // |digits|^2 is N E[d^2], |key|^2 N / 12 of a uniform torus; errors of a mask reach the phase through k N / 2 bits.
    const double transform = rows * fft_error_variance(parameters.n()) * n * digit_square(literal.bootstrap) * n / 12;
    return static_cast<double>(parameters.lwe_dimension()) * (products + roundings + transform * (1 + big / 2));
}

double log2_failure_probability(const Parameters& parameters, double squared_norm) {
    const double variance = linear_variance(squared_norm, bootstrap_variance(parameters)) +
                            key_switch_variance(parameters) + modulus_switch_variance(parameters);
    const double half = std::ldexp(1, -parameters.message_bits() - 2);
    return log2_erfc(half / std::sqrt(2 * variance));
}

}  // namespace ciphernet::tfhe
