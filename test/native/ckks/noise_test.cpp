#include "ckks/noise.hpp"

#include <array>
#include <cmath>
#include <complex>
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
    void check() const {
        CHECK_LE(0.0, least);
        CHECK_LE(most, 4.0);
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

void check_all_levels(const ParametersLiteral& set, int samples) {
    Context c(set, {1});
    Rng rng(1);
    for (int level = c.top(); level >= 0; --level) {
        const auto gaps = gaps_at(c, level, samples, rng);
        for (int o = 0; o < kOperations; ++o)
            if (gaps[static_cast<std::size_t>(o)].most > -1e9) gaps[static_cast<std::size_t>(o)].check();
    }
}

TEST("predicted noise is never below the measured one and at most 4 bits above, over 1,000 samples at each level") {
    check_all_levels(literal(10, 3, 40), 1000);
}

TEST("the same holds for wide digits, two-prime levels, sparse packing, and a larger ring") {
    check_all_levels(literal(10, 3, 40, 2), 60);
    check_all_levels(literal(10, 2, 56, 2), 60);
    check_all_levels(literal(12, 2, 40), 60);
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
