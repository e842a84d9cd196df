#include "ckks/noise.hpp"

#include <array>
#include <cmath>
#include <complex>
#include <cstdio>
#include <utility>
#include <vector>

#include "ckks/context.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

/// How far predictions lie above measurements, in bits.
struct Gap {
    double least = 1e9;
    double most = -1e9;

    void add(double predicted, double measured) {
        const double bits = std::log2(predicted / measured);
        least = std::min(least, bits);
        most = std::max(most, bits);
    }
    void check(double allowed) const {
        CHECK_LE(0.0, least);
        CHECK_LE(most, allowed);
    }
};

enum Operation {
    kSecretKey,
    kPublicKey,
    kProduct,
    kSquare,
    kRotation,
    kConjugation,
    kPlaintextProduct,
    kScalarProduct,
    kDrop,
    kOperations
};

/// 1,000 ciphertexts at `level` of every operation, each with a fresh error and slots of modulus 1.
std::array<Gap, kOperations> gaps_at(Context& c, int level, int samples, Rng& rng) {
    std::array<Gap, kOperations> gaps;
    const auto add = [&](Operation operation, const Ciphertext& x, const Slots& expected) {
        CHECK_EQ(x.level(), level);
        gaps[operation].add(x.noise.error_bound(c.slots()), c.error(x, expected));
    };
    const int above = std::min(level + 1, c.top());
    for (int i = 0; i < samples; ++i) {
        const Slots a = unit_slots(c.slots(), rng);
        const Ciphertext secret = c.encrypt(a, level);
        const Ciphertext x = c.encrypt(a, above);
        const Ciphertext y = c.encrypt_public(a, above);
        add(kSecretKey, secret, a);
        add(kRotation, c.evaluator.rotate(secret, 1), rotated(a, 1));
        add(kConjugation, c.evaluator.conjugate(secret), map(a, [](auto v) { return std::conj(v); }));
        if (level == c.top()) {
            add(kPublicKey, y, a);
            continue;
        }
        add(kPublicKey, c.encrypt_public(a, level), a);
        const Slots square = product(a, a);
        add(kProduct, c.evaluator.multiply(x, y), square);
        add(kSquare, c.evaluator.square(x), square);
        add(kPlaintextProduct, c.evaluator.multiply(x, c.encode(a, above)), square);
        add(kScalarProduct, c.evaluator.multiply_scalar(x, {0.6, -0.8}),
            map(a, [](auto v) { return v * std::complex<double>(0.6, -0.8); }));
        add(kDrop, c.evaluator.drop_to_level(c.encrypt(a, c.top()), level), a);
    }
    return gaps;
}

void check_all_levels(const ParametersLiteral& set, int samples, double allowed = 4) {
    Context c(set, {1});
    Rng rng(1);
    for (int level = c.top(); level >= 0; --level) {
        const auto gaps = gaps_at(c, level, samples, rng);
        for (int o = 0; o < kOperations; ++o)
            if (gaps[static_cast<std::size_t>(o)].most > -1e9) gaps[static_cast<std::size_t>(o)].check(allowed);
    }
}

TEST("predicted noise is never below the measured one and at most 4 bits above, over 1,000 samples at each level") {
    check_all_levels(literal(10, 3, 40), 1000);
}

TEST("the same holds for wide digits, two-prime levels and a larger ring") {
    check_all_levels(literal(10, 3, 40, 2), 60);
    check_all_levels(literal(10, 2, 56, 2), 60);
    check_all_levels(literal(12, 2, 40), 60);
}

TEST("with a few slots the measured error may happen to be small, but never lies above the predicted one") {
    check_all_levels(literal(10, 2, 40, 1, 3), 200, 12);
}

/// The root mean square error of the slots over `samples` ciphertexts from `make`, which gives one with its slots.
template <class Make>
double root_mean_square(const Context& c, int samples, const Make& make) {
    double squares = 0;
    for (int i = 0; i < samples; ++i) {
        const auto [x, expected] = make();
        const SlotVector slots = decrypt(x, c.secret, c.execution);
        for (std::size_t k = 0; k < expected.size(); ++k)
            squares += std::norm(std::complex<double>(slots.re[k], slots.im[k]) - expected[k]);
    }
    return std::sqrt(squares / (static_cast<double>(samples) * static_cast<double>(c.slots())));
}

TEST("the deviations are the root mean square errors, operation by operation, within 5 %") {
    // 20 x 512 slots or more; the key's own size adds about 3 % at this N.
    for (const auto& set : {literal(10, 2, 40), literal(10, 2, 40, 2), literal(10, 2, 56, 2)}) {
        Context c(set, {1});
        const Parameters& p = *c.parameters;
        Rng rng(2);
        const Slots a = unit_slots(c.slots(), rng);
        const Slots b = unit_slots(c.slots(), rng);
        const Slots ab = product(a, b);
        const auto check = [&](const char* name, double predicted, const auto& make) {
            const double measured = root_mean_square(c, 20, make);
            if (!CHECK_NEAR(measured / predicted, 1.0, 0.05)) std::printf("      of %s\n", name);
        };
        for (const int level : {2, 1}) {
            const double encoding = encoding_deviation(p, level, 1);
            const double secret = std::hypot(secret_key_deviation(p, level), encoding);
            const double open = std::hypot(public_key_deviation(p, level), encoding);
            const double scale = p.scale(level).hi;
            const double low = p.scale(level - 1).hi;
            const double bits = p.rlwe().log2_q(level) - p.rlwe().log2_q(level - 1);
            const double rounding = rounding_deviation(p, low);
            check("encryption", secret, [&] { return std::pair(c.encrypt(a, level), a); });
            check("public-key encryption", open, [&] { return std::pair(c.encrypt_public(a, level), a); });
            check("drop", std::hypot(secret, rounding),
                  [&] { return std::pair(c.evaluator.drop_to_level(c.encrypt(a, level), level - 1), a); });
            check("rotation",
                  std::hypot(std::hypot(secret, key_switch_deviation(p, level, scale)), rounding_deviation(p, scale)),
                  [&] { return std::pair(c.evaluator.rotate(c.encrypt(a, level), 1), rotated(a, 1)); });
            check("product",
                  std::hypot(std::hypot(std::hypot(secret, open), key_switch_deviation(p, level, low, bits)), rounding),
                  [&] { return std::pair(c.evaluator.multiply(c.encrypt(a, level), c.encrypt_public(b, level)), ab); });
            check("plaintext product", std::hypot(std::hypot(secret, encoding), rounding),
                  [&] { return std::pair(c.evaluator.multiply(c.encrypt(a, level), c.encode(b, level)), ab); });
            // What the evaluator says is the sum of these parts, which is at most sqrt(their number) more.
            const double said = c.evaluator.multiply(c.encrypt(a, level), c.encrypt_public(b, level)).noise.deviation;
            const double parts =
                secret + open + secret * open + std::hypot(key_switch_deviation(p, level, low, bits), rounding);
            CHECK_NEAR(said / parts, 1.0, 1e-9);
            CHECK_NEAR(c.evaluator.rotate(c.encrypt(a, level), 1).noise.deviation /
                           (secret + std::hypot(key_switch_deviation(p, level, scale), rounding_deviation(p, scale))),
                       1.0, 1e-9);
        }
    }
}

TEST("before there are parameters, a fresh encryption has the variances of its error and of its encoding") {
    Context c(literal(10, 2, 40), {1});
    const Parameters& p = *c.parameters;
    const std::size_t n = p.ring().n();
    for (const int level : {2, 1}) {
        const double scale = p.scale(level).hi;
        const double encoding = encoding_deviation(n, scale);
        CHECK_NEAR(fresh_secret_key_deviation(n, scale) / std::hypot(secret_key_deviation(p, level), encoding), 1.0,
                   1e-12);
        CHECK_NEAR(fresh_public_key_deviation(n, scale) / std::hypot(public_key_deviation(p, level), encoding), 1.0,
                   1e-12);
        CHECK_EQ(rounding_deviation(n, scale), rounding_deviation(p, scale));
    }
}

TEST("the tail factor covers a product of two complex Gaussians with probability 2^-40 over all slots") {
    // P(|XY| > t) = int_0^inf exp(-u - t^2/u) du = 2 t K_1(2t), here by Simpson's rule in u = t exp(v): the integrand
    // t exp(v - 2 t cosh v) is smooth and falls doubly exponentially.
    const auto tail = [](double t) {
        const double h = 1.0 / 512;
        double sum = 0;
        for (int i = -4096; i <= 4096; ++i) {
            const double v = i * h;
            sum += (i % 2 == 0 ? 2.0 : 4.0) / 3 * h * t * std::exp(v - 2 * t * std::cosh(v));
        }
        return sum;
    };
    for (const std::size_t slots : {std::size_t{1}, std::size_t{512}, std::size_t{8192}, std::size_t{65536}}) {
        const double t = NoiseEstimate{1, 1}.error_bound(slots);
        const double log2_probability = std::log2(static_cast<double>(slots) * tail(t));
        CHECK_LE(log2_probability, -39.9);
        CHECK_LE(-41.0, log2_probability);
        CHECK_NEAR(NoiseEstimate({1, 1}).precision_bits(slots), -std::log2(t), 1e-12);
    }
}

TEST("estimates of sums and products follow from those of their operands") {
    const NoiseEstimate a{0.01, 2};
    const NoiseEstimate b{0.03, 5};
    CHECK_NEAR(ckks::sum(a, b).deviation, 0.04, 1e-15);
    CHECK_NEAR(ckks::sum(a, b).magnitude, 7.0, 1e-15);
    CHECK_NEAR(ckks::product(a, b).deviation, 2 * 0.03 + 5 * 0.01 + 0.01 * 0.03, 1e-15);
    CHECK_NEAR(ckks::product(a, b).magnitude, 10.0, 1e-15);
}

}  // namespace
}  // namespace ciphernet::ckks
