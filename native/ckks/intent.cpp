#include "ckks/intent.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <optional>

#include "base/error.hpp"
#include "ckks/noise.hpp"
#include "rlwe/security.hpp"

namespace ciphernet::ckks {
namespace {

constexpr int kSmallestLogN = 10;
constexpr int kLargestLogN = 17;
constexpr int kSmallestPrimeBits = 24;  ///< enough primes of this size are 1 modulo 2N for every N
constexpr int kMostBitsOfOnePrime = 49;
constexpr int kMostSpecialPrimes = 60;
constexpr int kMostDigitWidth = BaseConverter::kMostSources;

std::string number(double x, int digits = 1) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, x);
    return text;
}

/// Error of the path that Choice::precision_bits promises, for ring degree 2^log_n and scale 2^log_scale, relative to
/// the magnitude: one public-key encryption, and at every level the rounding of the factor's coefficients (which a large
/// magnitude multiplies) and that of the rescale, all with the same scale.
double path_precision(int log_n, int log_slots, int levels, int log_scale, double magnitude) {
    const std::size_t n = std::size_t{1} << log_n;
    const double scale = std::ldexp(1.0, log_scale);
    const double level = rounding_deviation(n, scale) + magnitude * encoding_deviation(n, scale);
    const double deviation = (fresh_public_key_deviation(n, scale) + levels * level) / magnitude;
    return NoiseEstimate{deviation, 1}.precision_bits(std::size_t{1} << log_slots);
}

/// Transforms of one product, the cost that the gadget's width trades against the size of P.
double transforms_of_product(int limbs, int width, int special) {
    const int digits = (limbs + width - 1) / width;
    return 2.0 * limbs + digits * (limbs + special - width) + 2.0 * (limbs + special);
}

struct Gadget {
    std::vector<int> log_p;
    int width = 0;
};

/// The cheapest P that fits into `bits_left`: for every width of a digit the fewest primes that cover the widest digit.
std::optional<Gadget> cheapest_gadget(const std::vector<int>& limb_bits, double bits_left) {
    std::optional<Gadget> best;
    double best_cost = 0;
    const int limbs = static_cast<int>(limb_bits.size());
    for (int width = 1; width <= std::min(limbs, kMostDigitWidth); ++width) {
        int widest = 0;
        for (int first = 0; first < limbs; first += width) {
            int bits = 0;
            for (int i = first; i < std::min(first + width, limbs); ++i) bits += limb_bits[static_cast<std::size_t>(i)];
            widest = std::max(widest, bits);
        }
        const int primes = (widest + kMaxModulusBits - 1) / kMaxModulusBits;
        const int size = std::max((widest + primes - 1) / primes, kSmallestPrimeBits);
        if (primes > kMostSpecialPrimes || primes * size > bits_left) continue;
        const double cost = transforms_of_product(limbs, width, primes);
        if (!best || cost < best_cost) {
            best = Gadget{std::vector<int>(static_cast<std::size_t>(primes), size), width};
            best_cost = cost;
        }
    }
    return best;
}

std::vector<int> limb_sizes(const std::vector<int>& log_q) {
    std::vector<int> bits;
    for (std::size_t l = 0; l < log_q.size(); ++l) {
        const int single = l == 0 ? kMaxModulusBits : kMostBitsOfOnePrime;
        if (log_q[l] <= single)
            bits.push_back(log_q[l]);
        else
            bits.insert(bits.end(), {(log_q[l] + 1) / 2, log_q[l] / 2});
    }
    return bits;
}

void check(const Intent& intent) {
    const auto refuse = [](const std::string& message) { throw Error(ErrorCode::invalid_argument, message); };
    if (intent.slots < 1 || intent.slots > std::size_t{1} << (kLargestLogN - 1))
        refuse("Expected slots from 1 to 65536 but received " + std::to_string(intent.slots) + ".");
    if (intent.levels < 0 || intent.levels > 120)
        refuse("Expected levels from 0 to 120 but received " + std::to_string(intent.levels) + ".");
    if (intent.precision_bits < 4 || intent.precision_bits > 50)
        refuse("Expected precisionBits from 4 to 50 but received " + std::to_string(intent.precision_bits) + ".");
    if (!std::isfinite(intent.magnitude) || intent.magnitude < std::ldexp(1.0, -20) ||
        intent.magnitude > std::ldexp(1.0, 40))
        refuse("Expected magnitude between 2^-20 and 2^40 but received " + std::to_string(intent.magnitude) + ".");
}

struct Fit {
    ParametersLiteral literal;
    double precision;
    double log_qp;
    int width;
};

std::optional<Fit> fit(const Intent& intent, int log_n) {
    const int log_slots = log_n - 1;
    const double limit = intent.security == Security::none ? 1e9 : rlwe::max_log_qp(log_n);
    int log_scale = kSmallestPrimeBits;
    while (log_scale < 98 &&
           path_precision(log_n, log_slots, intent.levels, log_scale, intent.magnitude) < intent.precision_bits)
        ++log_scale;
    if (log_scale == 98) return std::nullopt;
    // Level 0 holds the magnitude, its sign, one bit for coefficients that exceed slots' size by chance, and the drift.
    const int headroom = std::max(0, static_cast<int>(std::ceil(std::log2(intent.magnitude)))) + 3;
    const int log_q0 = std::max(log_scale + headroom, kSmallestPrimeBits);
    if (log_q0 > 2 * kMostBitsOfOnePrime) return std::nullopt;
    std::vector<int> log_q{log_q0};
    log_q.insert(log_q.end(), static_cast<std::size_t>(intent.levels), log_scale);
    Fit found{.literal = {.log_n = log_n,
                          .log_q = std::move(log_q),
                          .log_p = {},
                          .log_scale = log_scale,
                          .log_slots = -1,
                          .magnitude = intent.magnitude,
                          .security = intent.security},
              .precision = path_precision(log_n, log_slots, intent.levels, log_scale, intent.magnitude),
              .log_qp = 0,
              .width = 0};
    double log2_q = 0;
    for (const int bits : found.literal.log_q) log2_q += bits;
    // Primes lie a little above their size or below it: a P that fills the modulus to the last bit may have to be smaller.
    for (const double spare : {0.0, 1.0}) {
        if (log2_q > limit) return std::nullopt;
        if (intent.key_switching) {
            auto gadget = cheapest_gadget(limb_sizes(found.literal.log_q), limit - spare - log2_q);
            if (!gadget) return std::nullopt;
            found.literal.log_p = std::move(gadget->log_p);
            found.width = gadget->width;
        }
        try {
            found.log_qp = Parameters::log2_qp(found.literal);
        } catch (const Error&) {
            return std::nullopt;  // small primes that are 1 modulo 2N can run out for a large N
        }
        if (found.log_qp <= limit) return found;
    }
    return std::nullopt;
}

std::string list(const std::vector<int>& bits) {
    std::string text;
    for (const int b : bits) text += (text.empty() ? "" : " + ") + std::to_string(b);
    return text;
}

std::vector<std::string> explain(const Intent& intent, const Fit& fit, int smallest) {
    const ParametersLiteral& set = fit.literal;
    const std::string degree = "N = 2^" + std::to_string(set.log_n);
    std::vector<std::string> reasons;
    reasons.push_back("scale 2^" + std::to_string(set.log_scale) + ": a public-key encryption and " +
                      std::to_string(intent.levels) + " roundings then leave " + number(fit.precision) + " bits (" +
                      std::to_string(intent.precision_bits) + " asked), but with probability 2^-40");
    reasons.push_back("q_0 of " + std::to_string(set.log_q[0]) + " bits: the scale, " +
                      std::to_string(set.log_q[0] - set.log_scale) + " bits for sign, values up to " +
                      number(intent.magnitude, 3) + " and a margin");
    if (intent.levels > 0)
        reasons.push_back(
            std::to_string(intent.levels) + " levels of " + std::to_string(set.log_scale) + " bits: one a product" +
            (set.log_scale > kMostBitsOfOnePrime ? ", two primes each because a word holds 50 bits" : ""));
    if (intent.key_switching)
        reasons.push_back("P of " + list(set.log_p) + " bits: gadget digits of " +
                          (fit.width == 1 ? "one prime" : std::to_string(fit.width) + " primes") +
                          ", the fewest transforms that the modulus has room for");
    const std::string limit = number(rlwe::max_log_qp(set.log_n), 0);
    std::string size = degree + ": log2(QP) = " + number(fit.log_qp, 0);
    size += intent.security == Security::none
                ? ", not held to any security"
                : ", at most " + limit + " at 128 bits of security (ePrint 2024/463, table 5.2)";
    if (set.log_n > smallest)
        size += "; N = 2^" + std::to_string(set.log_n - 1) + " is too small for it";
    else
        size += "; the smallest ring with " + std::to_string(intent.slots) + " slots";
    reasons.push_back(size);
    return reasons;
}

}  // namespace

Choice choose_parameters(const Intent& intent) {
    check(intent);
    const int smallest = std::max(kSmallestLogN, static_cast<int>(std::bit_width(std::bit_ceil(intent.slots))));
    for (int log_n = smallest; log_n <= kLargestLogN; ++log_n) {
        const auto found = fit(intent, log_n);
        if (found) return {found->literal, explain(intent, *found, smallest), found->precision};
    }
    Intent smaller = intent;
    while (smaller.levels > 0) {
        --smaller.levels;
        if (fit(smaller, kLargestLogN))
            throw Error(ErrorCode::parameters_invalid,
                        std::to_string(intent.levels) + " levels with " + std::to_string(intent.precision_bits) +
                            " bits do not fit even N = 2^17. Use at most " + std::to_string(smaller.levels) +
                            " levels, or less precision.",
                        {{"levels", std::to_string(intent.levels)}, {"mostLevels", std::to_string(smaller.levels)}});
    }
    throw Error(ErrorCode::parameters_invalid, std::to_string(intent.precision_bits) + " bits for values up to " +
                                                   number(intent.magnitude) +
                                                   " do not fit any ring. Ask for less precision.");
}

}  // namespace ciphernet::ckks
