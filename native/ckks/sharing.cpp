#include "ckks/sharing.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <string>

#include "base/error.hpp"
#include "base/secret_array.hpp"
#include "kernels/kernels.hpp"
#include "random/samplers.hpp"
#include "ring/operations.hpp"
#include "rlwe/encryption.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::ckks {
namespace {

/// sample_wide_gaussian() goes no further.
constexpr double kLargestSigma = 0x1p55;
/// The probability with which bounds that users see may fail.
constexpr double kFailureBits = 40;
/// Coefficients that one thread draws at a time, each stretch from a stream of its own.
constexpr std::size_t kStretch = 4096;
/// Samples lie within 2^60; with this on top they are positive and go into two words that the kernels take.
constexpr u64 kExcess = u64{1} << 60;
constexpr int kWordBits = 49;
constexpr u64 kWordMask = (u64{1} << kWordBits) - 1;

std::string text(double x) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.4g", x);
    return buffer;
}

[[noreturn]] void refuse(const std::string& message, Error::Details details = {}) {
    throw Error(ErrorCode::sharing_refused, message, std::move(details));
}

void check(const Sharing& sharing) {
    const auto require = [](bool holds, const char* wanted, const char* what, double value) {
        if (!holds)
            throw Error(ErrorCode::invalid_argument,
                        std::string("Expected ") + wanted + " for " + what + " but received " + text(value) + ".");
    };
    require(sharing.queries >= 1 && sharing.queries <= 0x1p40, "a number from 1 to 2^40", "queries", sharing.queries);
    require(sharing.statistical_security >= 30 && sharing.statistical_security <= 128, "a number from 30 to 128",
            "statisticalSecurity", sharing.statistical_security);
    require(sharing.deviation >= 0 && std::isfinite(sharing.deviation), "a number of at least 0", "deviation",
            sharing.deviation);
    require(std::isfinite(sharing.precision_bits), "a number", "precisionBits", sharing.precision_bits);
}

/// What no |z| of `count` Gaussians of standard deviation 1 exceeds but with probability 2^-40 (complex: E|z|^2 = 1).
double real_tail(std::size_t count) {
    return std::sqrt(2 * (std::numbers::ln2 * (kFailureBits + 1) + std::log(static_cast<double>(count))));
}
double complex_tail(std::size_t count) {
    return std::sqrt(std::numbers::ln2 * kFailureBits + std::log(static_cast<double>(count)));
}

/// The promise, or the ciphertext's own estimate: which must not claim more than was promised.
double planned_deviation(const Ciphertext& ciphertext, const Sharing& sharing) {
    const double own = ciphertext.noise.deviation;
    if (!(own > 0) || !std::isfinite(own) || !std::isfinite(ciphertext.noise.magnitude))
        refuse(
            "Nothing is known about the ciphertext's error and magnitude, so no noise can hide it. Share what comes " +
            std::string("from declared magnitudes."));
    // No honest ciphertext is below a fresh one; a claim that is would leave the key without noise.
    const double least = secret_key_deviation(*ciphertext.parameters, ciphertext.level()) / 2;
    const double claimed = sharing.deviation == 0 ? own : sharing.deviation;
    if (claimed < least)
        refuse("An error of " + text(claimed) + " is claimed, below half of that of a fresh encryption, " +
                   text(least) + ": noise for it would hide nothing. Share results under a plan that you trust.",
               {{"deviation", text(claimed)}, {"least", text(least)}});
    if (sharing.deviation == 0) return own;
    if (own > sharing.deviation)
        refuse("The ciphertext's error may be " + text(own) + ", above the promised " + text(sharing.deviation) +
                   ": noise for the promise would not hide it. Plan for the larger error.",
               {{"deviation", text(own)}, {"promised", text(sharing.deviation)}});
    return sharing.deviation;
}

/// Throws unless value, error and noise stay below Q/2 and the result keeps its precision. Returns sigma for the
/// coefficients as integers.
double checked_sigma(const Ciphertext& ciphertext, const Sharing& sharing, double scale) {
    const Parameters& parameters = *ciphertext.parameters;
    const std::size_t slots = parameters.slots();
    const double deviation = planned_deviation(ciphertext, sharing);
    const double error = shared_error_bound(sharing, deviation, slots);
    const std::string remedy = " Plan for sharing: a scale that is larger by " +
                               std::to_string(static_cast<int>(std::ceil(sharing_bits(sharing, slots)))) +
                               " bits at every level, or fewer queries.";
    if (-std::log2(error) < sharing.precision_bits)
        refuse("Noise that hides the key leaves errors of up to " + text(error) + " on a slot, but 2^-" +
                   text(sharing.precision_bits) + " was asked for." + remedy,
               {{"error", text(error)}, {"precisionBits", text(sharing.precision_bits)}});
    const double sigma = scale * flooding_sigma(sharing, deviation, slots);
    // A coefficient is at most the largest slot times the scale.
    const double largest =
        scale * (ciphertext.noise.magnitude + deviation * tail_factor(slots)) + sigma * real_tail(2 * slots);
    const double limit = std::exp2(parameters.rlwe().log2_q(ciphertext.level()) - 1);
    if (!(largest < limit) || sigma > kLargestSigma)
        refuse("Values and the noise that hides the key need coefficients of up to " + text(largest) + "; level " +
                   std::to_string(ciphertext.level()) + " holds " + text(limit) + " and noise of a deviation up to " +
                   text(kLargestSigma) + "." + remedy,
               {{"coefficient", text(largest)}, {"limit", text(limit)}, {"sigma", text(sigma)}});
    return sigma;
}

/// a += noise of `sigma` on every `stride`-th coefficient. Constant time.
void flood(CoefficientPolynomial& a, double sigma, std::size_t stride, const SecretSeed& seed,
           const Execution& execution) {
    const std::size_t n = a.n();
    const std::size_t count = n / stride;
    // low 2^0 + high 2^49 - 2^60, as one dot product a limb.
    SecretArray<u64> low(n), high(n);
    AlignedBuffer ones(n);
    std::fill_n(ones.data(), n, u64{1});
    std::fill_n(low.data(), n, kExcess & kWordMask);
    std::fill_n(high.data(), n, kExcess >> kWordBits);
    execution.parallel_for((count + kStretch - 1) / kStretch, [&](std::size_t stretch) {
        const std::size_t first = stretch * kStretch;
        SecretArray<std::int64_t> noise(std::min(kStretch, count - first));
        Stream stream(seed, Domain::flood, stretch, 0);
        sample_wide_gaussian(noise.data(), noise.size(), sigma, stream);
        for (std::size_t k = 0; k < noise.size(); ++k) {
            const u64 shifted = kExcess + static_cast<u64>(noise.data()[k]);
            low.data()[(first + k) * stride] = shifted & kWordMask;
            high.data()[(first + k) * stride] = shifted >> kWordBits;
        }
    });
    const u64* terms[] = {low.data(), high.data(), ones.data()};
    for_each_limb(execution, n, a.limb_count(), [&](int i) {
        const Modulus& q = a.modulus(i);
        const u64 weights[] = {1, q.reduce(u64{1} << kWordBits), q.negate(q.reduce(kExcess))};
        SecretArray<u64> residues(n);
        kernels().dot_scalar(residues.data(), terms, weights, std::size(weights), n, &q.constants());
        kernels().add(a.limb(i), a.limb(i), residues.data(), n, &q.constants());
    });
}

}  // namespace

double flooding_sigma(const Sharing& sharing, double deviation, std::size_t slots) {
    const double bits = sharing.statistical_security + std::log2(sharing.queries);
    return std::sqrt(12 * sharing.queries) * std::exp2(sharing.statistical_security / 2) * deviation *
           tail_factor(slots, bits);
}

double shared_error_bound(const Sharing& sharing, double deviation, std::size_t slots) {
    const double slot = std::sqrt(2 * static_cast<double>(slots)) * flooding_sigma(sharing, deviation, slots);
    return deviation * tail_factor(slots) + slot * complex_tail(slots);
}

double sharing_bits(const Sharing& sharing, std::size_t slots) {
    check(sharing);
    return std::log2(shared_error_bound(sharing, 1, slots) / tail_factor(slots));
}

SlotVector decrypt_for_sharing(const Ciphertext& ciphertext, const rlwe::SecretKey& key, const Sharing& sharing,
                               RandomSource& random, const Execution& execution) {
    const Parameters& parameters = *ciphertext.parameters;
    check(sharing);
    rlwe::require_same(parameters.rlwe(), *key.parameters(), "The secret key");
    double scale = parameters.scale(ciphertext.level()).hi;
    if (ciphertext.scale_degree == 2) scale *= scale;
    const double sigma = checked_sigma(ciphertext, sharing, scale);
    const SecretSeed seed = random.next_secret_seed();
    CoefficientPolynomial message = rlwe::phase(ciphertext.body, key, execution);
    const rlwe::WipeGuard guard(message);
    flood(message, sigma, message.n() / (2 * parameters.slots()), seed, execution);
    return decode_coefficients(parameters, message, ciphertext.level(), ciphertext.scale_degree, execution);
}

}  // namespace ciphernet::ckks
