#include "ckks/parameters.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numbers>
#include <optional>
#include <utility>

#include "arith/primes.hpp"
#include "base/error.hpp"

namespace ciphernet::ckks {
namespace {

constexpr int kMostLevels = 128;
/// A level of more bits takes two primes: at 50 bits no prime lies above the target, so the scale would drift.
constexpr int kMostBitsOfOnePrime = 49;
constexpr int kMostBitsOfLevel = 2 * kMostBitsOfOnePrime;

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorCode::parameters_invalid, message); }

std::optional<BootstrappingLevels> bootstrapping_levels(const ParametersLiteral& literal) {
    if (!literal.bootstrapping) return std::nullopt;
    return BootstrappingLevels(static_cast<int>(literal.log_q.size()) - 1, *literal.bootstrapping);
}

/// Whether the scale below this level is the nominal one, and not Delta^2 / q.
bool fixes_scale_below(const std::optional<BootstrappingLevels>& levels, std::size_t level) {
    const int l = static_cast<int>(level);
    return levels && (levels->is_linear(l) || levels->leads_to_users(l));
}

/// Bits that t = m + q_0 I has above q_0: |t| < (h + 1) / 2 q_0.
int overflow_bits(const BootstrappingLiteral& b) {
    return static_cast<int>(std::bit_width(static_cast<unsigned>(b.secret_weight) / 2 + 1));
}

void check_bootstrapping(const ParametersLiteral& literal) {
    const BootstrappingLiteral& b = *literal.bootstrapping;
    const auto expect = [](const char* name, int value, int least, int most) {
        if (value < least || value > most)
            refuse(std::string("Expected bootstrapping.") + name + " from " + std::to_string(least) + " to " +
                   std::to_string(most) + " but received " + std::to_string(value) + ".");
    };
    if (literal.log_slots == 0) refuse("Bootstrapping takes ciphertexts of at least 2 slots; give logSlots from 1 on.");
    expect("coefficientsToSlots", b.coefficients_to_slots, 1, std::min(8, literal.log_slots));
    expect("slotsToCoefficients", b.slots_to_coefficients, 1, std::min(8, literal.log_slots));
    expect("logScale", b.log_scale, 20, kMostBitsOfLevel);
    expect("degree", b.degree, 3, 127);
    expect("doubleAngles", b.double_angles, 0, 8);
    expect("arcsineDegree", b.arcsine_degree, 1, 7);
    expect("logMessageRatio", b.log_message_ratio, 2, 40);
    expect("secretWeight", b.secret_weight, 1, 1024);
    if (b.arcsine_degree % 2 == 0)
        refuse("Expected bootstrapping.arcsineDegree to be odd but received " + std::to_string(b.arcsine_degree) + ".");
    if (static_cast<int>(literal.log_q.size()) <= b.levels())
        refuse("Bootstrapping takes the uppermost " + std::to_string(b.levels()) + " levels of logQ, which has only " +
               std::to_string(literal.log_q.size()) + ", q_0 included.");
    if (literal.log_p.empty()) refuse("Bootstrapping needs key-switching primes: give logP at least one prime.");
    if (!b.transforms_to_coefficients_first()) return;
    if (literal.log_slots != literal.log_n - 1)
        refuse("Bootstrapping with slots to coefficients first takes full packing: all " +
               std::to_string(1 << (literal.log_n - 1)) + " slots. Leave logSlots out, or the order.");
    if (b.arcsine_degree != 1 || b.double_angles == 0)
        refuse(
            "Bootstrapping with slots to coefficients first ends with a doubling of the angle: give doubleAngles from 1 "
            "on and no arcsine.");
    const BootstrappingLevels at = *bootstrapping_levels(literal);
    if (at.user < at.to_coefficients)
        refuse("Bootstrapping with slots to coefficients first spends " + std::to_string(at.to_coefficients) +
               " levels of the users', and logQ leaves them " + std::to_string(at.user) + ".");
}

/// Where the reduction leads to the users' levels, its last modulus says by how much q_0 exceeds a message.
void check_message_ratio(const ParametersLiteral& literal, const std::vector<int>& log_scales) {
    const auto levels = bootstrapping_levels(literal);
    if (!levels || !levels->to_coefficients_first) return;
    const auto last = static_cast<std::size_t>(levels->user) + 1;
    const double ratio =
        2 * log_scales[last] - literal.log_q[last] - log_scales[last - 1] + std::log2(2 * std::numbers::pi);
    if (std::fabs(ratio - literal.bootstrapping->log_message_ratio) <= 1) return;
    const double needed = literal.log_q[last] + ratio - literal.bootstrapping->log_message_ratio;
    refuse("logQ[" + std::to_string(last) + "], the last of the modular reduction, has " +
           std::to_string(literal.log_q[last]) + " bits, which makes q_0 2^" +
           std::to_string(static_cast<int>(std::lround(ratio))) + " times a message and not 2^" +
           std::to_string(literal.bootstrapping->log_message_ratio) + ". Give it " +
           std::to_string(static_cast<int>(std::lround(needed))) + " bits.");
}

ParametersLiteral checked(ParametersLiteral literal) {
    if (literal.log_n < 10 || literal.log_n > 17)
        refuse("Expected logN from 10 to 17 but received " + std::to_string(literal.log_n) + ".");
    if (literal.log_q.empty() || literal.log_q.size() > kMostLevels + 1)
        refuse("Expected logQ to list from 1 to " + std::to_string(kMostLevels + 1) + " levels but received " +
               std::to_string(literal.log_q.size()) + ".");
    for (std::size_t l = 0; l < literal.log_q.size(); ++l)
        if (literal.log_q[l] < 20 || literal.log_q[l] > kMostBitsOfLevel)
            refuse("Expected logQ[" + std::to_string(l) + "] from 20 to " + std::to_string(kMostBitsOfLevel) +
                   " bits but received " + std::to_string(literal.log_q[l]) + ".");
    if (literal.log_p.size() > 60)
        refuse("Expected logP to list at most 60 primes but received " + std::to_string(literal.log_p.size()) + ".");
    for (const int bits : literal.log_p)
        if (bits < 20 || bits > kMaxModulusBits)
            refuse("Expected every entry of logP from 20 to 50 bits but received " + std::to_string(bits) + ".");
    if (literal.log_scale < 10 || literal.log_scale > kMostBitsOfLevel)
        refuse("Expected logScale from 10 to " + std::to_string(kMostBitsOfLevel) + " but received " +
               std::to_string(literal.log_scale) + ".");
    if (literal.log_slots == -1) literal.log_slots = literal.log_n - 1;
    if (literal.log_slots < 0 || literal.log_slots >= literal.log_n)
        refuse("Expected logSlots from 0 to logN - 1 = " + std::to_string(literal.log_n - 1) + " but received " +
               std::to_string(literal.log_slots) + ".");
    if (!std::isfinite(literal.magnitude) || literal.magnitude <= 0)
        refuse("Expected magnitude to be a positive number but received " + std::to_string(literal.magnitude) + ".");
    if (literal.bootstrapping) check_bootstrapping(literal);
    // The scale that the sizes give at each level must stay between the rounding error and the modulus.
    const std::vector<int> log_scales = nominal_log_scales(literal);
    for (std::size_t l = literal.log_q.size(); l-- > 1;)
        if (log_scales[l - 1] < 10 || log_scales[l - 1] > kMostBitsOfLevel)
            refuse(
                "With logScale = " + std::to_string(literal.log_scale) + " the scale of level " +
                std::to_string(l - 1) + " would be 2^" + std::to_string(log_scales[l - 1]) +
                ": it is squared and divided by the level's modulus at each level. Give the levels above 0 about logScale bits.");
    check_message_ratio(literal, log_scales);
    const int log_scale = log_scales[0];
    if (log_scale >= literal.log_q[0])
        refuse("q_0 has " + std::to_string(literal.log_q[0]) + " bits, but the scale of level 0 has " +
               std::to_string(log_scale) + ": no value would fit. Make q_0 at least 2 bits larger than the scale.");
    return literal;
}

/// q_0: the largest primes of the wanted size.
std::vector<u64> base_primes(int bits, u64 step, std::vector<u64>& taken) {
    std::vector<u64> primes;
    const int parts = bits > kMaxModulusBits ? 2 : 1;
    for (int i = 0; i < parts; ++i) {
        primes.push_back(largest_prime(i == 0 ? (bits + parts - 1) / parts : bits / parts, step, taken));
        taken.push_back(primes.back());
    }
    return primes;
}

/// One prime or two whose product lies as near to `target` as the primes allow.
std::vector<u64> level_primes(double target, u64 step, std::vector<u64>& taken) {
    std::vector<u64> primes;
    if (target < std::ldexp(1.5, kMostBitsOfOnePrime)) {
        primes = {nearest_prime(target, step, taken)};
    } else {
        // Primes of half the size are sparse, and those next to the root are soon taken: of several first primes around
        // and above the root, the one whose partner comes nearest.
        constexpr int kMostTrials = 64;
        constexpr double kStride = 0x1p-12;
        constexpr double kNearEnough = 0x1p-12;
        double best = 1;
        std::vector<u64> tried = taken;
        for (int i = 0; i < kMostTrials && best > kNearEnough; ++i) {
            const double aim = std::sqrt(target) * (1 + i * kStride);
            const u64 first =
                nearest_prime(i == 0 ? aim : std::max(aim, static_cast<double>(tried.back())), step, tried);
            tried.push_back(first);
            taken.push_back(first);
            const u64 second = nearest_prime(target / static_cast<double>(first), step, taken);
            taken.pop_back();
            const double deviation = std::fabs(static_cast<double>(first) * static_cast<double>(second) / target - 1);
            if (deviation >= best) continue;
            best = deviation;
            primes = {first, second};
        }
    }
    taken.insert(taken.end(), primes.begin(), primes.end());
    return primes;
}

/// Delta^2 / q, rounded like this and no otherwise wherever it is needed: a deviation doubles at every level, so that after
/// a hundred levels another rounding would give another scale.
DoubleDouble scale_below(DoubleDouble scale, const std::vector<u64>& primes) {
    scale = scale * scale;
    for (const u64 q : primes) scale = scale / static_cast<double>(q);
    return scale;
}

std::vector<std::vector<u64>> choose_levels(const ParametersLiteral& literal, std::vector<u64>& taken) {
    const u64 step = u64{2} << literal.log_n;
    std::vector<std::vector<u64>> levels(literal.log_q.size());
    levels[0] = base_primes(literal.log_q[0], step, taken);
    // A deviation of the scale doubles at every level; the next prime is chosen to take it back.
    const std::vector<int> log_scales = nominal_log_scales(literal);
    const auto steps = bootstrapping_levels(literal);
    DoubleDouble scale{std::ldexp(1.0, log_scales.back()), 0};
    for (std::size_t l = levels.size(); l-- > 1;) {
        const bool fixed = fixes_scale_below(steps, l);
        const double deviation = fixed ? 1 : scale.hi / std::ldexp(1.0, log_scales[l]);
        levels[l] = level_primes(std::ldexp(1.0, literal.log_q[l]) * deviation * deviation, step, taken);
        scale = fixed ? DoubleDouble{std::ldexp(1.0, log_scales[l - 1]), 0} : scale_below(scale, levels[l]);
    }
    return levels;
}

std::vector<u64> choose_special(const ParametersLiteral& literal, std::vector<u64>& taken) {
    std::vector<u64> primes;
    for (const int bits : literal.log_p) {
        primes.push_back(largest_prime(bits, u64{2} << literal.log_n, taken));
        taken.push_back(primes.back());
    }
    return primes;
}

std::vector<std::uint8_t> scheme_bytes(const ParametersLiteral& literal) {
    std::vector<std::uint8_t> bytes{'c', 'k', 'k', 's', 1};
    bytes.push_back(static_cast<std::uint8_t>(literal.log_scale));
    bytes.push_back(static_cast<std::uint8_t>(literal.log_slots));
    u64 magnitude = 0;
    std::memcpy(&magnitude, &literal.magnitude, sizeof magnitude);
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(magnitude >> (8 * i)));
    if (literal.bootstrapping) {
        const BootstrappingLiteral& b = *literal.bootstrapping;
        for (const int x : {b.coefficients_to_slots, b.slots_to_coefficients, b.log_scale, b.degree, b.double_angles,
                            b.arcsine_degree, b.log_message_ratio, b.secret_weight & 255, b.secret_weight >> 8})
            bytes.push_back(static_cast<std::uint8_t>(x));
        // Sets of the first order keep the fingerprint that they had when there was no other.
        if (b.transforms_to_coefficients_first()) bytes.push_back(static_cast<std::uint8_t>(b.order));
    }
    return bytes;
}

std::shared_ptr<const rlwe::Parameters> make_rlwe(const ParametersLiteral& literal,
                                                  std::vector<std::vector<u64>> levels, std::vector<u64> special) {
    return std::make_shared<const rlwe::Parameters>(
        rlwe::ParametersLiteral{.log_n = literal.log_n,
                                .levels = std::move(levels),
                                .special_primes = std::move(special),
                                .security = literal.security,
                                .digit_excess = literal.bootstrapping ? kBootstrappingDigitExcess : 0.5,
                                .scheme = scheme_bytes(literal)});
}

/// Refuses by size first: nobody waits for primes and tables of a set that is refused anyway.
void check_security(const ParametersLiteral& literal) {
    if (literal.security == Security::none) return;
    int bits = 0;
    for (const int b : literal.log_q) bits += b;
    for (const int b : literal.log_p) bits += b;
    const double limit = rlwe::max_log_qp(literal.log_n);
    const double slack = 1;  // the primes are not exact powers of two; the exact sum is checked once they are known
    if (bits <= limit + slack) return;
    throw Error(
        ErrorCode::security_insufficient,
        std::to_string(literal.log_q.size() - 1) + " levels need log2(QP) = " + std::to_string(bits) + "; N = 2^" +
            std::to_string(literal.log_n) + " allows " + std::to_string(static_cast<int>(limit)) +
            " at 128 bits of security. Use a larger N, fewer levels or a smaller scale (or security: 'none' for tests).",
        {{"logQP", std::to_string(bits)},
         {"limit", std::to_string(static_cast<int>(limit))},
         {"logN", std::to_string(literal.log_n)}});
}

}  // namespace

std::vector<int> nominal_log_scales(const ParametersLiteral& literal) {
    std::vector<int> scales(literal.log_q.size());
    // A deviation doubles at every level: far outside of what any level takes it stands still.
    constexpr int kFar = 1024;
    const auto descend = [&](std::size_t from, std::size_t to) {
        for (std::size_t l = from; l > to; --l)
            scales[l - 1] = std::clamp(2 * scales[l] - literal.log_q[l], -kFar, kFar);
    };
    const auto interpolate = [&](std::size_t from, std::size_t to) {
        for (std::size_t l = from - 1; l > to; --l)
            scales[l] =
                scales[to] + (scales[from] - scales[to]) * static_cast<int>(l - to) / static_cast<int>(from - to);
    };
    std::size_t top = scales.size() - 1;
    if (literal.bootstrapping) {
        const BootstrappingLiteral& b = *literal.bootstrapping;
        const BootstrappingLevels levels(static_cast<int>(top), b);
        const auto transform = static_cast<std::size_t>(levels.to_slots);
        const auto reduction = static_cast<std::size_t>(levels.reduction);
        const auto user = static_cast<std::size_t>(levels.user);
        const auto reduced = levels.to_coefficients_first ? user : static_cast<std::size_t>(levels.to_coefficients);
        scales[transform] = literal.log_q[0] + overflow_bits(b);
        scales[reduction] = b.log_scale;
        interpolate(transform, reduction);
        descend(reduction, reduced);
        scales[user] = literal.log_scale;
        interpolate(reduced, user);
        top = user;
    } else {
        scales[top] = literal.log_scale;
    }
    descend(top, 0);
    return scales;
}

Parameters::Parameters(const ParametersLiteral& literal) : literal_(checked(literal)) {
    check_security(literal_);
    std::vector<u64> taken;
    auto levels = choose_levels(literal_, taken);
    auto special = choose_special(literal_, taken);
    rlwe_ = make_rlwe(literal_, std::move(levels), std::move(special));
    make_tables();
}

Parameters::Parameters(const ParametersLiteral& literal, std::vector<std::vector<u64>> levels,
                       std::vector<u64> special_primes)
    : literal_(checked(literal)) {
    const u64 step = u64{2} << literal_.log_n;
    const auto check = [&](u64 q, int bits, const char* what) {
        if (q >> kMaxModulusBits != 0 || q % step != 1 || !is_prime(q) ||
            std::abs(std::log2(static_cast<double>(q)) - bits) > 1.5)
            refuse(std::string("The number ") + std::to_string(q) + " cannot be a prime of " + what +
                   ": expected a prime of about " + std::to_string(bits) + " bits that is 1 modulo 2N.");
    };
    if (levels.size() != literal_.log_q.size() || special_primes.size() != literal_.log_p.size())
        refuse("The primes do not fit the sizes in logQ and logP.");
    for (std::size_t l = 0; l < levels.size(); ++l) {
        if (levels[l].empty() || levels[l].size() > 2) refuse("A level is one prime or two.");
        for (const u64 q : levels[l]) check(q, literal_.log_q[l] / static_cast<int>(levels[l].size()), "Q");
    }
    for (std::size_t i = 0; i < special_primes.size(); ++i) check(special_primes[i], literal_.log_p[i], "P");
    rlwe_ = make_rlwe(literal_, std::move(levels), std::move(special_primes));
    make_tables();
}

Parameters Parameters::with_slots(int log_slots) const {
    Parameters r = *this;
    r.literal_.log_slots = log_slots;
    r.literal_ = checked(r.literal_);
    return r;
}

void Parameters::make_tables() {
    embeddings_ = std::make_shared<const Embeddings>(ring());
    const auto& levels = rlwe_->literal().levels;
    if (literal_.bootstrapping) make_encapsulation();
    const std::vector<int> log_scales = nominal_log_scales(literal_);
    const auto steps = bootstrapping_levels(literal_);
    scales_.assign(levels.size(), DoubleDouble{});
    linear_.assign(levels.size(), false);
    DoubleDouble scale{std::ldexp(1.0, log_scales.back()), 0};
    for (std::size_t l = levels.size(); l-- > 0;) {
        // Primes from a file may each be near their size and still drive the scale away: its deviation doubles a level.
        if (!(scale.hi >= 0x1p8 && scale.hi <= std::ldexp(1.0, kMostBitsOfLevel + 2)))
            refuse("The primes above level " + std::to_string(l) + " drive its scale to " + std::to_string(scale.hi) +
                   ".");
        scales_[l] = scale;
        if (l == 0) break;
        linear_[l] = steps && steps->is_linear(static_cast<int>(l));
        scale = fixes_scale_below(steps, l) ? DoubleDouble{std::ldexp(1.0, log_scales[l - 1]), 0}
                                            : scale_below(scale, levels[l]);
    }
}

void Parameters::make_encapsulation() {
    const BootstrappingLiteral& b = *literal_.bootstrapping;
    const auto& level = rlwe_->literal().levels[0];
    // As many primes of P as a digit of one prime needs.
    std::vector<u64> special;
    double bits = 0;
    const double needed = std::log2(static_cast<double>(*std::max_element(level.begin(), level.end())));
    for (const u64 p : rlwe_->literal().special_primes) {
        if (bits >= needed) break;
        special.push_back(p);
        bits += std::log2(static_cast<double>(p));
    }
    if (literal_.security != Security::none) {
        const double limit = rlwe::max_log_q_sparse(literal_.log_n, b.secret_weight);
        const double log_q = rlwe_->log2_q(0) + bits;
        if (log_q > limit)
            throw Error(ErrorCode::security_insufficient,
                        "The modulus is raised under a secret of weight " + std::to_string(b.secret_weight) +
                            " with q_0 and key-switching primes of " + std::to_string(log_q) + " bits; N = 2^" +
                            std::to_string(literal_.log_n) +
                            (limit == 0 ? " is not in the table for that weight."
                                        : " allows " + std::to_string(static_cast<int>(limit)) + " bits.") +
                            " Use a listed degree and weight or a smaller q_0 (or security: 'none' for tests).",
                        {{"logQ", std::to_string(log_q)}, {"limit", std::to_string(limit)}});
    }
    rlwe::ParametersLiteral sparse{.log_n = literal_.log_n,
                                   .levels = {level},
                                   .special_primes = std::move(special),
                                   .security = literal_.security,
                                   .scheme = rlwe_->literal().scheme};
    encapsulation_ = std::make_shared<const rlwe::Parameters>(sparse);
}

const BootstrappingLiteral& Parameters::bootstrapping() const {
    if (!literal_.bootstrapping)
        refuse("This parameter set has no levels for bootstrapping. Make one with `bootstrapping`.");
    return *literal_.bootstrapping;
}

double Parameters::product_gain(int level) const {
    const auto steps = bootstrapping_levels(literal_);
    if (!steps || !steps->leads_to_users(level)) return 1;
    return (scale_below(scale(level), rlwe_->literal().levels[static_cast<std::size_t>(level)]) / scale(level - 1)).hi;
}

DoubleDouble Parameters::transform_scale(int level) const {
    if (!is_linear(level)) return scale(level);
    DoubleDouble factor = scale(level - 1) / scale(level);
    for (const u64 q : rlwe_->literal().levels[static_cast<std::size_t>(level)])
        factor = factor * static_cast<double>(q);
    return factor;
}

int BootstrappingLiteral::modular_reduction() const {
    const auto depth = [](int d) { return static_cast<int>(std::bit_width(static_cast<unsigned>(d))); };
    return depth(degree) + double_angles + (arcsine_degree > 1 ? depth(arcsine_degree) : 0);
}

double Parameters::log2_qp(const ParametersLiteral& literal) {
    const ParametersLiteral set = checked(literal);
    std::vector<u64> taken;
    choose_levels(set, taken);
    choose_special(set, taken);
    double bits = 0;
    for (const u64 prime : taken) bits += std::log2(static_cast<double>(prime));
    return bits;
}

double Parameters::max_magnitude(int level) const { return std::exp2(rlwe_->log2_q(level) - 1) / scale(level).hi; }

}  // namespace ciphernet::ckks
