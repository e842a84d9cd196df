#include "ckks/bootstrapping/noise_model.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <random>
#include <span>

#include "base/error.hpp"
#include "ckks/bootstrapping/bootstrapping_keys.hpp"
#include "ckks/bootstrapping/dft.hpp"
#include "ckks/noise.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::ckks {
namespace {

double square(double x) { return x * x; }
double exp2i(int bits) { return std::ldexp(1.0, bits); }

/// The formulas of noise.hpp at the levels of a set that is not made yet.
class Levels {
public:
    explicit Levels(const ParametersLiteral& literal)
        : n_(std::size_t{1} << literal.log_n), log_q_(literal.log_q), log_scales_(nominal_log_scales(literal)) {
        int bits = 0;
        for (const int b : literal.log_q) bits += b;
        int special = 0;
        for (const int b : literal.log_p) special += b;
        digits_ = std::ceil(bits / (special + kBootstrappingDigitExcess));
        if (literal.bootstrapping) steps_.emplace(static_cast<int>(literal.log_q.size()) - 1, *literal.bootstrapping);
    }

    std::size_t n() const { return n_; }
    int log_q(int level) const { return log_q_[static_cast<std::size_t>(level)]; }
    int log_scale(int level) const { return log_scales_[static_cast<std::size_t>(level)]; }
    double scale(int level) const { return exp2i(log_scale(level)); }
    double transform_scale(int level) const { return exp2i(log_scale(level - 1) + log_q(level) - log_scale(level)); }
    /// Parameters::product_gain().
    double product_gain(int level) const {
        if (!steps_ || !steps_->leads_to_users(level)) return 1;
        return exp2i(2 * log_scale(level) - log_q(level) - log_scale(level - 1));
    }
    /// Variances of a slot.
    double rounding(int level) const { return square(rounding_deviation(n_, scale(level))); }
    double key_switch(double scale) const {
        return square(key_switch_deviation(n_, scale, digits_ * std::exp2(2 * kBootstrappingDigitExcess)));
    }

private:
    std::size_t n_;
    const std::vector<int>& log_q_;
    std::vector<int> log_scales_;
    double digits_;
    std::optional<BootstrappingLevels> steps_;
};

/// Numbers that stand for real slots, at a level.
struct NoisyReals {
    int level;
    std::vector<double> values;
};

/// Errors are made this much larger than they are, so that double precision is far below them; they stay so small that
/// everything is linear in them.
constexpr double kMagnification = 0x1p16;

/// What PolynomialEvaluation computes with: every operation adds the error that the ciphertexts' would have.
class NoisyArithmetic {
public:
    using Value = NoisyReals;

    enum class Errors : bool { none, of_ciphertexts };

    NoisyArithmetic(const Levels& levels, Errors errors, std::uint64_t seed)
        : levels_(levels), errors_(errors), generator_(seed) {}

    int level(const NoisyReals& a) const { return a.level; }
    NoisyReals copy(const NoisyReals& a) const { return a; }
    NoisyReals add(const NoisyReals& a, const NoisyReals& b) const {
        return combine_with(a, b, [](double x, double y) { return x + y; });
    }
    NoisyReals subtract(const NoisyReals& a, const NoisyReals& b) const {
        return combine_with(a, b, [](double x, double y) { return x - y; });
    }
    NoisyReals add_scalar(NoisyReals a, std::complex<double> b) const {
        for (double& x : a.values) x += b.real();
        return a;
    }
    NoisyReals multiply(const NoisyReals& a, const NoisyReals& b) const {
        const double gain = levels_.product_gain(std::min(a.level, b.level));
        NoisyReals r = combine_with(a, b, [gain](double x, double y) { return gain * x * y; });
        return rescaled(std::move(r));
    }
    double product_gain(const NoisyReals& a) const { return levels_.product_gain(a.level); }
    NoisyReals sum_of_products(std::span<const NoisyReals* const> a, std::span<const NoisyReals* const> b) const {
        const double gain = levels_.product_gain(a[0]->level);
        NoisyReals r{a[0]->level, std::vector<double>(a[0]->values.size())};
        for (std::size_t k = 0; k < a.size(); ++k)
            for (std::size_t i = 0; i < r.values.size(); ++i) r.values[i] += gain * a[k]->values[i] * b[k]->values[i];
        return rescaled(std::move(r));
    }
    NoisyReals multiply_scalar(NoisyReals a, std::complex<double> b) const {
        for (double& x : a.values) x *= b.real();
        return rescaled(std::move(a));
    }
    NoisyReals drop(const NoisyReals& a, int level) const {
        if (level == a.level) return a;
        return with_rounding({level, a.values});
    }
    std::vector<NoisyReals> combine(std::span<const NoisyReals* const> values,
                                    std::span<const PolynomialCoefficients> rows) const {
        std::vector<NoisyReals> results;
        for (const PolynomialCoefficients& weights : rows) {
            NoisyReals r{values[0]->level, std::vector<double>(values[0]->values.size())};
            for (std::size_t k = 0; k < values.size(); ++k)
                for (std::size_t i = 0; i < r.values.size(); ++i)
                    r.values[i] += weights[k].real() * values[k]->values[i];
            results.push_back(rescaled(std::move(r)));
        }
        return results;
    }
    void bound_chebyshev(NoisyReals&, const NoisyReals&, const NoisyReals&) const {}

    /// Adds errors of this variance to every number.
    void disturb(NoisyReals& a, double variance) const {
        std::normal_distribution<double> normal(0, kMagnification * std::sqrt(variance));
        for (double& x : a.values) x += normal(generator_);
    }

private:
    template <class Operation>
    NoisyReals combine_with(const NoisyReals& a, const NoisyReals& b, const Operation& operation) const {
        NoisyReals x = drop(a, std::min(a.level, b.level));
        const NoisyReals y = drop(b, x.level);
        for (std::size_t i = 0; i < x.values.size(); ++i) x.values[i] = operation(x.values[i], y.values[i]);
        return x;
    }
    NoisyReals rescaled(NoisyReals a) const {
        --a.level;
        return with_rounding(std::move(a));
    }
    /// Half of a slot's error is in its real part.
    NoisyReals with_rounding(NoisyReals a) const {
        if (errors_ == Errors::of_ciphertexts) disturb(a, levels_.rounding(a.level) / 2);
        return a;
    }

    const Levels& levels_;
    Errors errors_;
    mutable std::mt19937_64 generator_;
};

/// Predictions are the same every time.
constexpr std::uint64_t kSeed = 1;

/// Variances of the reduction's result, a real part, in units of 2 pi e: of the operations' own errors, and what it makes of an
/// error of variance 1 of its operand.
struct ReductionNoise {
    double own;
    double gain;
};

ReductionNoise simulate(const Levels& levels, const ModularReduction& reduction, int weight, int level,
                        std::uint64_t seed) {
    constexpr std::size_t kSamples = 4096;
    // t / q_0 is a sum of weight + 1 numbers between -1/2 and 1/2; its integer part as that.
    std::mt19937_64 generator(seed);
    std::uniform_real_distribution<double> uniform(-0.5, 0.5);
    NoisyReals x{level, std::vector<double>(kSamples)};
    for (double& value : x.values) {
        double sum = 0;
        for (int i = 0; i <= weight; ++i) sum += uniform(generator);
        value = std::round(sum) / reduction.range;
    }
    using Errors = NoisyArithmetic::Errors;
    const NoisyArithmetic exact(levels, Errors::none, seed);
    const NoisyReals right = reduce_with(exact, x, reduction);
    const auto variance = [&](const NoisyReals& got) {
        double sum = 0;
        for (std::size_t i = 0; i < kSamples; ++i) sum += square((got.values[i] - right.values[i]) / kMagnification);
        return sum / kSamples / square(levels.product_gain(right.level + 1));
    };
    const NoisyArithmetic noisy(levels, Errors::of_ciphertexts, seed);
    NoisyReals disturbed = x;
    constexpr double input = 0x1p-90;
    exact.disturb(disturbed, input);
    return {variance(reduce_with(noisy, x, reduction)), variance(reduce_with(exact, disturbed, reduction)) / input};
}

/// A slot's error and the values themselves, as variances, as they go through the factors of a transform.
struct Signal {
    double error;
    double size;
};

/// Every row of a factor is unitary but for its scale, so that errors and values grow alike, by `gain` in all.
Signal through_transform(Signal s, const Levels& levels, const std::vector<std::vector<int>>& factors,
                         const std::vector<int>& log_periods, int level, double gain) {
    const double step = std::pow(gain, 1.0 / static_cast<double>(factors.size()));
    for (std::size_t f = 0; f < factors.size(); ++f) {
        // A diagonal that repeats has as few coefficients.
        const double scale = levels.transform_scale(level);
        const double encoding = static_cast<double>(factors[f].size()) *
                                square(encoding_deviation(std::size_t{2} << log_periods[f], scale));
        s.error =
            step * (s.error + levels.key_switch(levels.scale(level))) + encoding * s.size + levels.rounding(level - 1);
        s.size *= step;
        --level;
    }
    return s;
}

/// E[-log2 |error|] for a Gaussian error of this typical size and a x^3 besides, x uniform on [-1, 1].
double mean_bits_beside_cube(double gaussian, double a) {
    constexpr int kPoints = 256;
    double bits = 0;
    for (int i = 0; i < kPoints; ++i) {
        const double x = (i + 0.5) / kPoints;
        bits -= std::log2(std::hypot(gaussian, a * x * x * x));
    }
    return bits / kPoints;
}

}  // namespace

BootstrappingNoise bootstrapping_noise(const ParametersLiteral& literal, int log_batch) {
    if (!literal.bootstrapping)
        throw Error(ErrorCode::parameters_invalid, "This parameter set has no levels for bootstrapping.");
    const BootstrappingLiteral& b = *literal.bootstrapping;
    const Levels levels(literal);
    const BootstrappingLevels at(static_cast<int>(literal.log_q.size()) - 1, b);
    const ModularReduction reduction = modular_reduction(b);
    const double n = static_cast<double>(levels.n());
    const double slots = exp2i(literal.log_slots);
    const double copies = n / 2 / slots;
    const double q_0 = exp2i(literal.log_q[0]);
    const bool first = b.transforms_to_coefficients_first();
    const double message = q_0 / message_ratio(literal);  // the scale of the coefficients that are raised
    // A slot is a sum over all coefficients, or one of them.
    const double summed = first ? 1 : slots;
    constexpr double kRandomSize = 2.0 / 3;  // of slots in the unit square
    BootstrappingNoise r{
        .lines = {}, .deviation = 0, .angle_error = 0, .mean_bits = 0, .constant_bits = 0, .log2_failure = 0};
    double total = 0;
    const double batch = exp2i(log_batch);
    const auto add = [&](const char* step, double variance) {
        variance /= batch;
        r.lines.push_back({step, std::sqrt(variance)});
        total += variance;
    };

    // Of a sparse packing's errors, only those of the coefficients that its slots are made of reach them.
    // The key to the sparse secret has one prime of P, and digits of one prime of q_0.
    const int sparse_digits = literal.log_q[0] > kMaxModulusBits ? 2 : 1;
    const double sparse_key = square(key_switch_deviation(
        levels.n(), message, sparse_digits * exp2i(2 * ((literal.log_q[0] + 1) / sparse_digits - literal.log_p[0]))));
    add("raise", (n * (1 + b.secret_weight) / 12 / square(message) + sparse_key +
                  square(rounding_deviation(levels.n(), message)) + levels.key_switch(message)) /
                     copies * (summed / slots));

    // t / Delta in the slots, whose coefficients are about sqrt((h + 1) / 12) q_0.
    const double coefficient = (b.secret_weight + 1) / 12.0 * square(q_0 / levels.scale(at.to_slots));
    const double traced = literal.log_slots < literal.log_n - 1 ? std::log2(copies) : 0;
    const double forth_gain = square(levels.scale(at.to_slots) / (reduction.range * q_0) / (2 * copies)) / slots;
    Signal forth{traced * square(copies) * levels.key_switch(levels.scale(at.to_slots)) / 2,
                 2 * slots * square(copies) * coefficient};
    const DftShape forth_shape = bootstrapping_shape(literal, b.coefficients_to_slots);
    forth = through_transform(forth, levels, coefficients_to_slots_indices(forth_shape),
                              coefficients_to_slots_log_periods(forth_shape), at.to_slots, forth_gain);

    // Adding the conjugate makes the error real, and the conjugation's own is added.
    const double conjugation = levels.rounding(at.reduction) + levels.key_switch(levels.scale(at.reduction));
    const ReductionNoise in_reduction = simulate(levels, reduction, b.secret_weight, at.reduction, kSeed);
    const double coefficient_out = square(q_0 / (2 * std::numbers::pi * message));
    const double out = coefficient_out * summed;  // of all that follows, for a slot
    add("coefficients to slots", out * 2 * in_reduction.gain * (2 * forth.error + conjugation) / copies);
    add("modular reduction", out * 4 * in_reduction.own / copies);
    add("cosine's polynomial", out * 2 * square(reduction.deviation));

    const DftShape back_shape = bootstrapping_shape(literal, b.slots_to_coefficients);
    const double back_gain = first ? square(message / levels.scale(0)) * slots : out;
    Signal back{0, first ? kRandomSize : kRandomSize / out};
    back = through_transform(back, levels, slots_to_coefficients_indices(back_shape),
                             slots_to_coefficients_log_periods(back_shape), at.to_coefficients, back_gain);
    add("slots to coefficients", back.error / copies / (first ? back_gain : 1));
    if (log_batch > 0) {
        // Every key switch of Packing::unpack() is doubled by those that follow; at the scale before the last division.
        const int level = at.user + 1;
        const double scale = levels.scale(at.user) * exp2i(levels.log_q(level));
        const double one = square(rounding_deviation(levels.n(), scale)) + levels.key_switch(scale);
        add("unpacking", (square(batch * copies) - 1) / 3 * one / copies);
    }
    // A c^3 for a coefficient c, and E[c^6] = 15 s^6 for a Gaussian of variance s^2 = 1 / (3 slots), those of one ciphertext;
    // 1 / 7 for a uniform one.
    r.angle_error = largest_angle_error(literal, 1);
    const double gaussian = std::sqrt(total / 2) * std::exp2(-kGaussianBits);
    add(kSineLine, first ? 2.0 / 7 * square(r.angle_error) : 30.0 / 27 * square(r.angle_error * batch / slots) * batch);

    r.deviation = std::sqrt(total);
    const double part = r.deviation / std::numbers::sqrt2;
    const double edge = reduction.edge_deviation * std::sqrt(coefficient_out);
    r.mean_bits = first ? mean_bits_beside_cube(gaussian, r.angle_error) : kGaussianBits - std::log2(part);
    r.constant_bits = std::min(
        r.mean_bits, -std::log2(std::hypot(first ? gaussian : part * std::exp2(-kGaussianBits), edge, r.angle_error)));

    // One coefficient's error reaches every slot, or is one. Random errors of slots come to six deviations among so many.
    double failure = 0;
    for (const ModularReduction::Integer& integer : reduction.integers)
        if (integer.largest_error * std::sqrt(coefficient_out) > 6 * r.deviation) failure += integer.probability;
    r.log2_failure = std::log2(2 * slots * failure);
    return r;
}

double message_ratio(const ParametersLiteral& literal) {
    const BootstrappingLiteral& b = *literal.bootstrapping;
    const Levels levels(literal);
    if (b.transforms_to_coefficients_first()) {
        const BootstrappingLevels at(static_cast<int>(literal.log_q.size()) - 1, b);
        return 2 * std::numbers::pi * levels.product_gain(at.user + 1);
    }
    const int enlarged =
        levels.log_scale(0) + std::max(0, literal.log_q[0] - levels.log_scale(0) - b.log_message_ratio);
    return exp2i(literal.log_q[0] - enlarged);
}

double largest_angle_error(const ParametersLiteral& literal, double magnitude) {
    const double ratio = message_ratio(literal);
    return angle_error(*literal.bootstrapping, magnitude / ratio) * ratio / (2 * std::numbers::pi);
}

}  // namespace ciphernet::ckks
