#include "ckks/bootstrapping/intent.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <numbers>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "ckks/bootstrapping/packing.hpp"
#include "ckks/bootstrapping/second_pass.hpp"
#include "ckks/noise.hpp"
#include "ckks/polynomial_evaluation.hpp"
#include "rlwe/security.hpp"

namespace ciphernet::ckks {
namespace {

constexpr int kSmallestLogN = 10;
constexpr int kLargestLogN = 17;
constexpr int kWordBits = 50;  ///< of a special prime
constexpr int kSmallestPrimeBits = 24;
constexpr int kMostBitsOfOnePrime = 49;

/// Limbs, digits and keys of a set before its primes are chosen.
class Sizes {
public:
    explicit Sizes(const ParametersLiteral& literal) : log_n_(literal.log_n), special_(literal.log_p) {
        double room = 0;
        int digits = 0;
        double p = kBootstrappingDigitExcess;
        for (const int bits : literal.log_p) p += bits;
        for (std::size_t l = 0; l < literal.log_q.size(); ++l) {
            const bool single = literal.log_q[l] <= (l == 0 ? kMaxModulusBits : kMostBitsOfOnePrime);
            const int parts = single ? 1 : 2;
            for (int i = 0; i < parts; ++i) {
                const int bits = (literal.log_q[l] + (i == 0 ? parts - 1 : 0)) / parts;
                if (bits > room) {
                    ++digits;
                    room = p;
                }
                room -= bits;
                limb_bits_.push_back(bits);
            }
            limbs_.push_back(static_cast<int>(limb_bits_.size()));
            digits_.push_back(digits);
        }
    }

    int log_n() const { return log_n_; }
    int limbs(int level) const { return limbs_[static_cast<std::size_t>(level)]; }
    int special() const { return static_cast<int>(special_.size()); }
    int digits(int level) const { return digits_[static_cast<std::size_t>(level)]; }
    KeySwitchShape shape(int level) const {
        return {.log_n = log_n_, .limbs = limbs(level), .special = special(), .digits = digits(level)};
    }
    /// Bytes of one polynomial over Q and P.
    double polynomial_bytes(int level) const {
        double bits = 0;
        for (int i = 0; i < limbs(level); ++i) bits += limb_bits_[static_cast<std::size_t>(i)];
        for (const int b : special_) bits += b;
        return std::ldexp(bits, log_n_) / 8;
    }
    double diagonal_bytes(int level, int log_period) const {
        if (!LinearTransform::is_repeated(log_n_, log_period)) return polynomial_bytes(level);
        return static_cast<double>(limbs(level) + special()) * std::ldexp(sizeof(u64), log_period + 1);
    }
    double key_bytes(int level) const { return 2 * digits(level) * polynomial_bytes(level); }

private:
    int log_n_;
    std::vector<int> special_;
    std::vector<int> limb_bits_;
    std::vector<int> limbs_, digits_;
};

/// What operations cost, in limbs.
class Counter {
public:
    explicit Counter(const Sizes& sizes) : sizes_(sizes) {}

    /// A product with relinearization, a rotation.
    void key_switch(int level, double count = 1) {
        work.key_switches += count;
        const double all = sizes_.limbs(level) + sizes_.special();
        work.transforms += count * (decomposition(level) + 2 * all);
        work.streamed_products += count * keys(level);
        work.base_conversions += count * (conversions(level) + 2 * division(level));
    }
    void transform(int level, std::span<const int> diagonals, std::size_t babies, std::size_t giants) {
        const double all = sizes_.limbs(level) + sizes_.special();
        const auto count = static_cast<double>(giants);
        work.key_switches += static_cast<double>(babies) + count;
        work.transforms += (1 + count) * decomposition(level) + count * all + 2 * all;
        work.streamed_products +=
            (static_cast<double>(babies) + count) * keys(level) + 2 * all * static_cast<double>(diagonals.size());
        work.base_conversions += (1 + count) * conversions(level) + (2 + count) * division(level);
    }
    void rescale(int level, double terms) {
        work.transforms += 2 * sizes_.limbs(level);
        work.scalar_products += 2 * terms * sizes_.limbs(level);
    }
    void raise(int top) {
        work.transforms += 2 * sizes_.limbs(top);
        key_switch(top);
    }

    BootstrappingWork work;

private:
    double decomposition(int level) const {
        return static_cast<double>(sizes_.digits(level)) * (sizes_.limbs(level) + sizes_.special());
    }
    double keys(int level) const { return 2 * decomposition(level); }
    /// Every digit's limbs to all others, for digits of equal width.
    double conversions(int level) const {
        const double limbs = sizes_.limbs(level);
        return limbs * (limbs + sizes_.special() - limbs / sizes_.digits(level));
    }
    /// One polynomial divided by P.
    double division(int level) const { return static_cast<double>(sizes_.special()) * sizes_.limbs(level); }

    const Sizes& sizes_;
};

/// What PolynomialEvaluation computes with: levels alone.
class CountingArithmetic {
public:
    using Value = int;

    explicit CountingArithmetic(Counter& counter) : counter_(counter) {}
    int level(int a) const { return a; }
    int copy(int a) const { return a; }
    int add(int a, int b) const { return std::min(a, b); }
    int subtract(int a, int b) const { return std::min(a, b); }
    int add_scalar(int a, std::complex<double>) const { return a; }
    int multiply(int a, int b) const {
        counter_.key_switch(std::min(a, b));
        return std::min(a, b) - 1;
    }
    int sum_of_products(std::span<const int* const> a, std::span<const int* const>) const {
        counter_.key_switch(*a[0]);
        return *a[0] - 1;
    }
    int multiply_scalar(int a, std::complex<double>) const {
        counter_.rescale(a, 1);
        return a - 1;
    }
    double product_gain(int) const { return 1; }
    int drop(int a, int level) const {
        if (level != a) counter_.rescale(level + 1, 1);
        return level;
    }
    std::vector<int> combine(std::span<const int* const> values, std::span<const PolynomialCoefficients> rows) const {
        for (std::size_t r = 0; r < rows.size(); ++r) counter_.rescale(*values[0], static_cast<double>(values.size()));
        return std::vector<int>(rows.size(), *values[0] - 1);
    }
    void bound_chebyshev(int, int, int) const {}

private:
    Counter& counter_;
};

/// Everything but the noise, which is slow.
void count(BootstrappingPlan& plan) {
    const ParametersLiteral set = packed_literal(plan.literal, plan.batch);
    const BootstrappingLiteral& b = *set.bootstrapping;
    const Sizes sizes(set);
    const BootstrappingLevels at(static_cast<int>(set.log_q.size()) - 1, b);
    Counter counter(sizes);
    double matrices = 0;
    const std::vector<SplitFactor> factors =
        split_factors(set, plan.keys, [&sizes](int level) { return sizes.shape(level); });
    for (const SplitFactor& factor : factors) {
        const std::vector<int> steps = rotations_of_split(factor.indices, factor.baby_steps);
        const auto giants =
            static_cast<std::size_t>(std::ranges::count_if(steps, [&](int step) { return step >= factor.baby_steps; }));
        counter.transform(factor.level, factor.indices, steps.size() - giants, giants);
        matrices += static_cast<double>(factor.indices.size()) * sizes.diagonal_bytes(factor.level, factor.log_period);
    }
    const std::vector<RotationAtLevel> rotations =
        with_unpacking(bootstrapping_rotations(set, factors), plan.literal, plan.batch);

    counter.raise(at.to_slots);
    for (int log_steps = set.log_slots; log_steps < set.log_n - 1; ++log_steps) counter.key_switch(at.to_slots);
    counter.key_switch(at.reduction);
    const int parts = set.log_slots < set.log_n - 1 ? 1 : 2;
    // The same operations whatever the coefficients, none of which is zero, nor what splits leave of them.
    const auto any = [](int degree) {
        SlotPolynomial p{.basis = PolynomialBasis::chebyshev, .coefficients = {}};
        for (int k = 0; k <= degree; ++k) p.coefficients.emplace_back(std::sqrt(k + 2.0));
        return p;
    };
    const ModularReduction reduction{.range = 1,
                                     .cosine = any(b.degree),
                                     .double_angles = b.double_angles,
                                     .arcsine = b.arcsine_degree > 1 ? any(b.arcsine_degree) : SlotPolynomial{},
                                     .deviation = 0,
                                     .edge_deviation = 0,
                                     .integers = {}};
    for (int i = 0; i < parts; ++i) reduce_with(CountingArithmetic(counter), at.reduction, reduction);

    if (plan.batch > 1) {
        const int level = at.user + 1;
        counter.key_switch(level, static_cast<double>(unpacking_key_switches(plan.literal, plan.batch)));
        for (std::size_t i = 1; i < plan.batch; ++i) counter.rescale(level, 1);  // one is counted with the transform
    }

    plan.work = counter.work;
    for (double* of : {&plan.work.transforms, &plan.work.streamed_products, &plan.work.scalar_products,
                       &plan.work.base_conversions, &plan.work.key_switches})
        *of *= plan.passes;
    plan.key_count = rotations.size() + 4;
    double keys = 2 * sizes.key_bytes(at.reduction) + sizes.key_bytes(at.to_slots);
    for (const auto& [step, level] : rotations) keys += sizes.key_bytes(level);
    plan.key_bytes = static_cast<std::size_t>(keys);
    plan.key_bytes_on_disk = static_cast<std::size_t>(keys / 2);
    plan.matrix_bytes = static_cast<std::size_t>(matrices);
    plan.log2_qp = 0;
    for (const int bits : set.log_q) plan.log2_qp += bits;
    for (const int bits : set.log_p) plan.log2_qp += bits;
    plan.log2_qp_limit = rlwe::max_log_qp(set.log_n);
    plan.log2_sparse = set.log_q[0] + set.log_p[0];
    plan.log2_sparse_limit = rlwe::max_log_q_sparse(set.log_n, b.secret_weight);
}

/// A number that grows with the time: a butterfly and a streamed product take about as long.
double cost_of(const BootstrappingPlan& plan) {
    return plan.work.transforms * plan.literal.log_n / 2 * 0.8 + plan.work.streamed_products +
           0.3 * plan.work.scalar_products;
}

void check(const BootstrappingIntent& intent) {
    const auto refuse = [](const std::string& message) { throw Error(ErrorCode::invalid_argument, message); };
    if (intent.slots < 2 || intent.slots > std::size_t{1} << (kLargestLogN - 1))
        refuse("Expected slots from 2 to 65536 but received " + std::to_string(intent.slots) + ".");
    if (!std::has_single_bit(intent.batch) || intent.batch > std::size_t{1} << (kLargestLogN - 2) ||
        std::bit_ceil(intent.slots) * intent.batch > std::size_t{1} << (kLargestLogN - 1))
        refuse("Expected batch to be a power of two, batch times slots at most 65536, but received " +
               std::to_string(intent.batch) + " for " + std::to_string(intent.slots) + " slots.");
    if (intent.levels_after < 1 || intent.levels_after > 60)
        refuse("Expected levelsAfter from 1 to 60 but received " + std::to_string(intent.levels_after) + ".");
    if (intent.log_scale != 0 && (intent.log_scale < kSmallestPrimeBits || intent.log_scale > 60))
        refuse("Expected logScale from 24 to 60 but received " + std::to_string(intent.log_scale) + ".");
    if (!(intent.precision_bits >= 8 && intent.precision_bits <= 40))
        refuse("Expected precisionBits from 8 to 40 but received " + std::to_string(intent.precision_bits) + ".");
    if (intent.passes != 1 && intent.passes != 2)
        refuse("Expected 1 or 2 for passes but received " + std::to_string(intent.passes) + ".");
    if (!(intent.magnitude >= 0x1p-20 && intent.magnitude <= 0x1p20))
        refuse("Expected magnitude between 2^-20 and 2^20 but received " + std::to_string(intent.magnitude) + ".");
}

/// A literal without P, from the sizes of its parts.
struct Shape {
    int log_n, log_slots;
    int log_scale;  ///< for users
    int log_q0;
    int log_to_slots, log_to_coefficients;  ///< of their levels
    BootstrappingLiteral circuit;

    /// Bits of the reduction's last level: where it leads to the users' scale, the rest of q_0 over a message goes there.
    int log_last() const {
        if (!circuit.transforms_to_coefficients_first()) return circuit.log_scale;
        const double gain = circuit.log_message_ratio - std::log2(2 * std::numbers::pi);
        return static_cast<int>(std::lround(2 * circuit.log_scale - log_scale - gain));
    }

    ParametersLiteral literal(const BootstrappingIntent& intent) const {
        std::vector<int> log_q{log_q0};
        const auto append = [&](int count, int bits) {
            log_q.insert(log_q.end(), static_cast<std::size_t>(count), bits);
        };
        append(intent.levels_after + circuit.input_level(), log_scale);
        if (!circuit.transforms_to_coefficients_first()) append(circuit.slots_to_coefficients, log_to_coefficients);
        append(1, log_last());
        append(circuit.modular_reduction() - 1, circuit.log_scale);
        append(circuit.coefficients_to_slots, log_to_slots);
        return {.log_n = log_n,
                .log_q = std::move(log_q),
                .log_p = {kWordBits, kWordBits, kWordBits},
                .log_scale = log_scale,
                .log_slots = log_slots,
                .magnitude = intent.magnitude,
                .security = intent.security,
                .bootstrapping = circuit};
    }
};

/// Bits of a level of the way back: the scale falls from the reduction's to the users', and what is left encodes the matrices
/// finely enough.
int bits_of_back(const Shape& shape, double precision_bits) {
    const double transform_scale =
        precision_bits + 2.8 + std::log2(encoding_deviation(std::size_t{1} << shape.log_n, 1));
    const double fall =
        static_cast<double>(shape.circuit.log_scale - shape.log_scale) / shape.circuit.slots_to_coefficients;
    return std::max(kSmallestPrimeBits, static_cast<int>(std::ceil(transform_scale + fall)));
}

/// Whether a set keeps what the intent asks for.
bool is_precise(const ParametersLiteral& literal, const BootstrappingIntent& intent) {
    const BootstrappingNoise noise =
        bootstrapping_noise(packed_literal(literal, intent.batch), std::countr_zero(intent.batch));
    // With few slots up to 0.7 bits less than predicted were measured.
    const double margin = literal.log_slots < literal.log_n - 1 ? 0.7 : 0;
    return std::min(noise.mean_bits, noise.constant_bits) >= intent.precision_bits + margin &&
           noise.log2_failure <= -128;
}

/// The smallest scale of the reduction that gives the precision, everything else being as it is; none when the largest
/// does not.
std::optional<Shape> with_least_scale(Shape shape, const BootstrappingIntent& intent) {
    const auto suffices = [&](int log_scale, int log_to_slots) {
        shape.circuit.log_scale = log_scale;
        shape.log_to_slots = log_to_slots;
        shape.log_to_coefficients = bits_of_back(shape, intent.precision_bits);
        return is_precise(shape.literal(intent), intent);
    };
    // The smallest number that suffices, from the least to the most, which does.
    const auto smallest = [](int least, int most, const auto& holds) {
        while (least < most) {
            const int middle = (least + most) / 2;
            if (holds(middle))
                most = middle;
            else
                least = middle + 1;
        }
        return most;
    };
    static constexpr int kLeastScale = 2 * kSmallestPrimeBits;
    // Where the last level takes the rest of q_0, it is to remain one of two primes.
    int most_scale = 80;
    for (shape.circuit.log_scale = most_scale; shape.log_last() > 2 * kMostBitsOfOnePrime; --shape.circuit.log_scale)
        most_scale = shape.circuit.log_scale - 1;
    // The factors' entries need about eight bits less than the values gain from one end to the other; then less, if less does.
    const auto usual = [](int log_scale) { return std::max(log_scale - 4, kLeastScale); };
    if (!suffices(most_scale, usual(most_scale))) return std::nullopt;
    const int log_scale = smallest(kLeastScale, most_scale, [&](int s) { return suffices(s, usual(s)); });
    const int log_to_slots =
        smallest(kMostBitsOfOnePrime, usual(log_scale), [&](int bits) { return suffices(log_scale, bits); });
    suffices(log_scale, log_to_slots);
    return shape;
}

/// Bits of the users' scale at which one rounding leaves a little more than what is asked for.
double needed_log_scale(double precision_bits, int log_n) {
    constexpr double kSpareBits = 1.2;
    return precision_bits + kSpareBits - 1.4 + std::log2(rounding_deviation(std::size_t{1} << log_n, 1));
}

std::optional<BootstrappingPlan> cheapest(const BootstrappingIntent& intent, int log_n) {
    const double limit = intent.security == Security::none ? 1e9 : rlwe::max_log_qp(log_n);
    const int log_slots = std::max(1, static_cast<int>(std::bit_width(std::bit_ceil(intent.slots))) - 1);
    if (log_slots + std::countr_zero(intent.batch) > log_n - 1) return std::nullopt;
    const int log_magnitude = static_cast<int>(std::ceil(std::log2(intent.magnitude)));
    const double needed = needed_log_scale(intent.precision_bits, log_n);
    const int log_scale =
        intent.log_scale != 0 ? intent.log_scale : std::max(kSmallestPrimeBits, static_cast<int>(std::ceil(needed)));
    if (log_scale < needed || log_scale > 60) return std::nullopt;
    // Bits that coefficients are enlarged by, so that the rounding that comes with raising hardly counts.
    constexpr int kEnlargement = 4;

    std::vector<BootstrappingPlan> candidates;
    using enum BootstrappingOrder;
    std::vector<BootstrappingLiteral> circuits;
    for (const auto order : {slots_to_coefficients_first, coefficients_to_slots_first}) {
        if (order == slots_to_coefficients_first && log_slots != log_n - 1) continue;
        const auto append = [&](int degree, int double_angles, int arcsine = 1) {
            circuits.push_back(
                {.order = order, .degree = degree, .double_angles = double_angles, .arcsine_degree = arcsine});
        };
        append(31, 3);
        append(63, 1);
        append(47, 2);
        append(55, 2);
        if (order == slots_to_coefficients_first) continue;
        append(47, 2, 3);
        append(55, 2, 5);
    }
    for (const BootstrappingLiteral& circuit : circuits) {
        Shape shape{.log_n = log_n,
                    .log_slots = log_slots,
                    .log_scale = log_scale,
                    .log_q0 = 0,
                    .log_to_slots = 0,
                    .log_to_coefficients = 0,
                    .circuit = circuit};
        // The ratio at which the sine, or the arcsine's series, is good enough for constant slots.
        int ratio = 2;
        const auto sine_bits = [&] {
            shape.circuit.log_message_ratio = ratio;
            const double largest = std::exp2(-ratio);
            return -std::log2(angle_error(shape.circuit, largest) / largest / 6.2831853);
        };
        while (ratio < 30 && sine_bits() < intent.precision_bits + 0.6) ++ratio;
        shape.circuit.log_message_ratio = ratio + log_magnitude;
        const int enlargement = circuit.transforms_to_coefficients_first() ? 0 : kEnlargement;
        shape.log_q0 = std::max(log_scale + ratio + log_magnitude + enlargement, kSmallestPrimeBits);
        // A q_0 of one prime that is nearly as large as one of P would make the key to the sparse secret noisy.
        if (shape.log_q0 > kWordBits - 6 && shape.log_q0 <= kWordBits) shape.log_q0 = kWordBits + 2;
        if (intent.security != Security::none &&
            shape.log_q0 + kWordBits > rlwe::max_log_q_sparse(log_n, shape.circuit.secret_weight))
            continue;
        const auto precise = with_least_scale(shape, intent);
        if (!precise) continue;
        shape = *precise;
        for (int to_slots = 2; to_slots <= std::min(5, log_slots); ++to_slots)
            for (int to_coefficients = 2; to_coefficients <= std::min(4, log_slots); ++to_coefficients) {
                shape.circuit.coefficients_to_slots = to_slots;
                shape.circuit.slots_to_coefficients = to_coefficients;
                shape.log_to_coefficients = bits_of_back(shape, intent.precision_bits);
                for (int special = 3; special <= 16; ++special) {
                    BootstrappingPlan plan{};
                    plan.literal = shape.literal(intent);
                    plan.literal.log_p.assign(static_cast<std::size_t>(special), kWordBits);
                    plan.keys = intent.keys;
                    plan.batch = intent.batch;
                    plan.passes = 1;
                    count(plan);
                    if (plan.log2_qp > limit - 1) break;
                    // At N = 2^16; a ring of twice the degree has keys of four times the size.
                    const double most_bytes = std::ldexp(4e9, 2 * std::max(0, log_n - 16));
                    if (static_cast<double>(std::max(plan.matrix_bytes, plan.key_bytes)) > most_bytes) continue;
                    candidates.push_back(std::move(plan));
                }
            }
    }
    // Factors of more diagonals are less precise than those that the scale was chosen with. Equal costs keep their order.
    std::vector<std::pair<double, std::size_t>> by_cost;
    for (std::size_t i = 0; i < candidates.size(); ++i) by_cost.emplace_back(cost_of(candidates[i]), i);
    std::ranges::sort(by_cost);
    for (const auto& [cost, i] : by_cost)
        if (is_precise(candidates[i].literal, intent)) return std::move(candidates[i]);
    return std::nullopt;
}

void check_passes(const BootstrappingPlan& plan) {
    if (plan.passes == 1) return;
    if (plan.passes != 2)
        throw Error(ErrorCode::invalid_argument,
                    "Expected 1 or 2 for passes but received " + std::to_string(plan.passes) + ".");
    const BootstrappingLiteral& b = *plan.literal.bootstrapping;
    const BootstrappingLevels at(static_cast<int>(plan.literal.log_q.size()) - 1, b);
    if (at.user <= b.input_level())
        throw Error(ErrorCode::level_exhausted,
                    "A second pass spends a level, and this set has none after bootstrapping. Add one to logQ.",
                    {{"level", std::to_string(at.user)}});
}

BootstrappingNoise noise_of(const BootstrappingPlan& plan) {
    const ParametersLiteral set = packed_literal(plan.literal, plan.batch);
    const int log_batch = std::countr_zero(plan.batch);
    const BootstrappingNoise one = bootstrapping_noise(set, log_batch);
    return plan.passes == 2 ? second_pass_noise(set, one, log_batch) : one;
}

/// The set of the least precision of one pass with which two give what is asked for: less than twice as many bits.
std::optional<BootstrappingPlan> cheapest_of_two_passes(const BootstrappingIntent& intent, int log_n) {
    BootstrappingIntent one = intent;
    one.levels_after = intent.levels_after + 1;
    if (one.log_scale == 0) {
        // Two roundings and the error of the second pass stand where one rounding is planned for.
        constexpr double kFurtherBits = 0.5;
        one.log_scale = static_cast<int>(std::ceil(needed_log_scale(intent.precision_bits, log_n) + kFurtherBits));
        if (one.log_scale > 60) return std::nullopt;
    }
    constexpr double kStep = 0.5;
    for (one.precision_bits = std::max(8.0, intent.precision_bits / 2); one.precision_bits < intent.precision_bits;
         one.precision_bits += kStep) {
        auto found = cheapest(one, log_n);
        if (!found) return std::nullopt;
        found->passes = 2;
        const BootstrappingNoise noise = noise_of(*found);
        if (std::min(noise.mean_bits, noise.constant_bits) >= intent.precision_bits) return found;
    }
    return std::nullopt;
}

std::string bits_text(double x) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", x);
    return text;
}

void explain(BootstrappingPlan& plan) {
    const ParametersLiteral& set = plan.literal;
    const BootstrappingLiteral& b = *set.bootstrapping;
    const auto number = [](int x) { return std::to_string(x); };
    plan.reasons = {
        "scale 2^" + number(set.log_scale) + ": a rounding at the users' levels costs less than the precision",
        "q_0 of " + number(set.log_q[0]) + " bits: 2^" + number(b.log_message_ratio) +
            " times a message of magnitude 1, so that " +
            (b.arcsine_degree == 1 ? "the sine can stand for its angle"
                                   : "the arcsine's series to degree " + number(b.arcsine_degree) + " is good enough") +
            " (" + bits_text(-std::log2(plan.noise.angle_error)) + " bits for constant slots)",
        "modular reduction at 2^" + number(b.log_scale) + " in " + number(b.modular_reduction()) +
            " levels: a dense secret's roundings leave " + bits_text(plan.noise.mean_bits) + " bits",
        b.transforms_to_coefficients_first()
            ? "slots to coefficients first, at the lowest levels: no error of the reduction is summed over all slots"
            : "slots to coefficients last: the errors of so few slots add up to little",
        number(b.coefficients_to_slots) + " and " + number(b.slots_to_coefficients) + " factors, " +
            number(static_cast<int>(set.log_p.size())) +
            " key-switching primes: the least work within the modulus and " + "the memory for keys and matrices",
        "log2(QP) = " + bits_text(plan.log2_qp) +
            (set.security == Security::none
                 ? ", not held to any security"
                 : ", at most " + bits_text(plan.log2_qp_limit) + " at 128 bits of security")};
    if (plan.passes == 2)
        plan.reasons.push_back("two passes, { passes: 2 } of bootstrap(): the second spends one of the users' levels");
}

}  // namespace

BootstrappingPlan describe_bootstrapping(const ParametersLiteral& literal, KeyBudget keys, std::size_t batch,
                                         int passes) {
    BootstrappingPlan plan{};
    plan.literal = literal;
    if (plan.literal.log_slots == -1) plan.literal.log_slots = literal.log_n - 1;
    plan.keys = keys;
    plan.batch = batch;
    plan.passes = passes;
    check_passes(plan);
    plan.noise = noise_of(plan);
    count(plan);
    explain(plan);
    return plan;
}

BootstrappingPlan plan_bootstrapping(const BootstrappingIntent& intent) {
    check(intent);
    const int smallest = intent.security == Security::none ? kSmallestLogN : 15;
    for (int log_n = smallest; log_n <= kLargestLogN; ++log_n) {
        auto found = cheapest(intent, log_n);
        if (!found && intent.passes == 2) found = cheapest_of_two_passes(intent, log_n);
        if (found) return describe_bootstrapping(found->literal, found->keys, found->batch, found->passes);
    }
    throw Error(ErrorCode::parameters_invalid,
                std::to_string(intent.levels_after) + " levels after a bootstrapping with " +
                    bits_text(intent.precision_bits) +
                    " bits do not fit any ring up to N = 2^17. Ask for fewer levels or less precision" +
                    (intent.passes == 1 ? ", or allow two passes." : "."),
                {{"levelsAfter", std::to_string(intent.levels_after)}});
}

}  // namespace ciphernet::ckks
