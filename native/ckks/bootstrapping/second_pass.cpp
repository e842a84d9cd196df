#include "ckks/bootstrapping/second_pass.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ckks/noise.hpp"

namespace ciphernet::ckks {
namespace {

double square(double x) { return x * x; }

}  // namespace

int second_pass_bits(const ParametersLiteral& literal, const BootstrappingNoise& one, double magnitude) {
    const double error = NoiseEstimate{one.deviation, 0}.error_bound(std::size_t{1} << literal.log_slots) +
                         largest_angle_error(literal, magnitude);
    return std::max(0, static_cast<int>(std::floor(std::log2(literal.magnitude / error))));
}

BootstrappingNoise second_pass_noise(const ParametersLiteral& literal, const BootstrappingNoise& one, int log_batch) {
    const BootstrappingLiteral& b = *literal.bootstrapping;
    const BootstrappingLevels at(static_cast<int>(literal.log_q.size()) - 1, b);
    const std::vector<int> log_scales = nominal_log_scales(literal);
    const std::size_t n = std::size_t{1} << literal.log_n;
    // Only the coefficients that a slot is made of reach it.
    const double copies = std::ldexp(1.0, literal.log_n - 1 - literal.log_slots + log_batch);
    const auto rounding = [&](int level) {
        const double scale = std::ldexp(1.0, log_scales[static_cast<std::size_t>(std::max(0, level))]);
        return square(rounding_deviation(n, scale)) / copies;
    };
    // Slots of the unit square are of magnitude √2.
    const int bits = second_pass_bits(literal, one, std::numbers::sqrt2 * literal.magnitude);
    const double smaller = std::ldexp(1.0, -bits);
    // What is left of a random message is a smaller one, and the sine of that is nearer to its angle.
    constexpr double kRandomSize = 2.0 / 3;
    const double size = std::min(1.0, one.deviation / smaller / std::sqrt(kRandomSize));

    BootstrappingNoise r = one;
    double total = 0;
    const auto add = [&](NoiseLine line) {
        total += square(line.deviation);
        r.lines.push_back(std::move(line));
    };
    r.lines.clear();
    for (const NoiseLine& line : one.lines)
        add({line.step, line.deviation * smaller * (line.step == kSineLine ? size * size * size : 1)});
    const double between = std::sqrt(rounding(b.input_level()) + rounding(at.user - 1));
    add({"between the passes", between});
    r.deviation = std::sqrt(total);
    // Slots that are all alike: the sine bends what it was off by the first time, and noise is what it was.
    const double typical = std::exp2(-kGaussianBits) / std::numbers::sqrt2;
    const double unbent = std::sqrt(std::max(0.0, std::exp2(-2 * one.constant_bits) - square(one.angle_error)));
    const double enlarged = std::min(1.0, one.angle_error / smaller);
    r.angle_error = one.angle_error * enlarged * enlarged * enlarged * smaller;
    r.mean_bits = -std::log2(typical * r.deviation);
    r.constant_bits = std::min(r.mean_bits, -std::log2(std::hypot(unbent * smaller, typical * between, r.angle_error)));
    r.log2_failure = one.log2_failure + 1;
    return r;
}

}  // namespace ciphernet::ckks
