#include "rlwe/encryption.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "random/samplers.hpp"
#include "rlwe/context.hpp"
#include "rlwe/sampling.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::rlwe {
namespace {

using test::Context;
using test::literal;
using test::small_coefficients;
using test::Variance;

Message as_message(const CoefficientPolynomial& a) {
    return {.ring = &a.ring(), .basis = a.basis(), .write = [&a](u64* r, int limb) {
                std::copy_n(a.limb(limb), a.n(), r);
            }};
}

/// phase - message, and a check that nothing but a small error is left.
std::vector<double> error_of(const Context& c, const Ciphertext& ciphertext, const CoefficientPolynomial& message) {
    CoefficientPolynomial phase = rlwe::phase(ciphertext, c.secret, c.execution);
    subtract(phase, phase, message, c.execution);
    return small_coefficients(phase);
}

TEST("a secret-key encryption decrypts to the message with the error of one Gaussian, at every level") {
    Context c(literal(12, {{40}, {39, 38}, {37}}, {41}));
    Rng rng(1);
    Variance variance;
    for (int level = 0; level <= 2; ++level)
        for (int round = 0; round < 3; ++round) {
            const auto message =
                ciphernet::test::random_polynomial<CoefficientPolynomial>(c.ring(), c.parameters->basis(level), rng);
            const Ciphertext x = encrypt(c.secret, as_message(message), level, c.random, c.execution);
            CHECK_EQ(x.level, level);
            CHECK_EQ(x.degree(), 1);
            REQUIRE(x.mask_seed.has_value());
            CHECK(ciphernet::test::equal(
                x.parts[1], expand_uniform(c.ring(), c.parameters->basis(level), *x.mask_seed, 0, c.execution)));
            variance.add(error_of(c, x, message));
        }
    CHECK(variance.count() >= 7200);
    CHECK_NEAR(variance.value() / (kSigma * kSigma), 1.0, 0.05);
    CHECK_LE(std::fabs(variance.mean()), 5 * kSigma / std::sqrt(variance.count()));
}

TEST("a public-key encryption has the error sigma^2 (1 + 4N/3), at every level") {
    Context c(literal(12, {{40}, {39, 38}, {37}}, {}));
    const PublicKey key = c.generator.public_key();
    Rng rng(2);
    Variance variance;
    for (int level = 0; level <= 2; ++level)
        for (int round = 0; round < 3; ++round) {
            const auto message =
                ciphernet::test::random_polynomial<CoefficientPolynomial>(c.ring(), c.parameters->basis(level), rng);
            const Ciphertext x = encrypt(key, as_message(message), level, c.random, c.execution);
            CHECK_EQ(x.degree(), 1);
            CHECK(!x.mask_seed.has_value());
            variance.add(error_of(c, x, message));
        }
    const double n = static_cast<double>(c.parameters->n());
    CHECK(variance.count() >= 7200);
    CHECK_NEAR(variance.value() / (kSigma * kSigma * (1 + 4 * n / 3)), 1.0, 0.05);
}

TEST("the two errors of a public-key encryption are independent Gaussians") {
    Context c(literal(12, {{40}, {39}}, {}));
    const PublicKey key = c.generator.public_key();
    const Basis basis = c.parameters->basis(1);
    const auto zero = CoefficientPolynomial::zero(c.ring(), basis);
    Variance first;
    Variance second;
    double products = 0;
    for (u64 round = 0; round < 3; ++round) {
        // The same source again gives the one-time secret v, and with it both errors.
        RandomSource random = RandomSource::insecure_deterministic(round);
        RandomSource again = RandomSource::insecure_deterministic(round);
        const Ciphertext x = encrypt(key, as_message(zero), 1, random, c.execution);
        SecretArray<std::int8_t> ternary(c.ring().n());
        sample_ephemeral(ternary, again.next_secret_seed(), 0);
        const auto v = to_evaluation(from_signed(c.ring(), basis, ternary.span(), c.execution), c.execution);
        const auto error = [&](const EvaluationPolynomial& part, const EvaluationPolynomial& of_key) {
            EvaluationPolynomial r(c.ring(), basis);
            multiply(r, v, of_key, c.execution);
            subtract(r, part, r, c.execution);
            return small_coefficients(to_coefficient(std::move(r), c.execution));
        };
        const auto e0 = error(x.parts[0], key.b);
        const auto e1 = error(x.parts[1], key.a);
        first.add(e0);
        second.add(e1);
        for (std::size_t k = 0; k < e0.size(); ++k) products += e0[k] * e1[k];
    }
    CHECK_NEAR(first.value() / (kSigma * kSigma), 1.0, 0.05);
    CHECK_NEAR(second.value() / (kSigma * kSigma), 1.0, 0.05);
    CHECK_LE(std::fabs(products), 5 * kSigma * kSigma * std::sqrt(first.count()));
}

TEST("the public key is an encryption of zero whose mask comes from its seed") {
    Context c(literal(12, {{40}, {39}}, {41}));
    Variance variance;
    for (int round = 0; round < 3; ++round) {
        const PublicKey key = c.generator.public_key();
        const Basis basis = c.parameters->basis(1);
        CHECK(ciphernet::test::equal(key.a, expand_uniform(c.ring(), basis, key.seed, 0, c.execution)));
        EvaluationPolynomial error(c.ring(), basis);
        multiply(error, key.a, c.secret.evaluation(), c.execution);
        add(error, error, key.b, c.execution);
        variance.add(small_coefficients(to_coefficient(std::move(error), c.execution)));
    }
    CHECK_NEAR(variance.value() / (kSigma * kSigma), 1.0, 0.05);
}

TEST("errors are the samples of one stream, however long and on however many threads") {
    const SecretSeed seed = SecretSeed::from_bytes(std::array<std::uint8_t, kSeedBytes>{7});
    for (const std::size_t n : {8u, 1000u, 4096u, 10000u}) {
        std::vector<std::int32_t> expected(n);
        Stream stream(seed, Domain::error, 3, 0);
        sample_gaussian(expected.data(), n, stream);
        for (const int threads : {1, 2, 3, 8}) {
            ThreadPool pool(threads);
            SecretArray<std::int8_t> error(n);
            sample_error(error, seed, 3, Execution(pool));
            CHECK(std::equal(expected.begin(), expected.end(), error.data(), error.data() + error.size()));
        }
    }
}

TEST("an encryption of no message is one of zero") {
    Context c(literal(12, {{40}, {39}}, {}));
    const Basis basis = c.parameters->basis(1);
    const auto zero = CoefficientPolynomial::zero(c.ring(), basis);
    RandomSource random = RandomSource::insecure_deterministic(1);
    RandomSource again = RandomSource::insecure_deterministic(1);
    const Ciphertext x = encrypt(c.secret, as_message(zero), 1, random, c.execution);
    const Ciphertext y = encrypt(c.secret, {.ring = &c.ring(), .basis = basis, .write = {}}, 1, again, c.execution);
    CHECK(ciphernet::test::equal(x.parts[0], y.parts[0]) && ciphernet::test::equal(x.parts[1], y.parts[1]));
}

TEST("a third part counts with the square of the secret") {
    Context c(literal(10, {{40}, {39}}, {}));
    Rng rng(3);
    const Basis basis = c.parameters->basis(1);
    Ciphertext x{.level = 1, .parts = {}, .mask_seed = {}};
    for (int i = 0; i < 3; ++i)
        x.parts.push_back(ciphernet::test::random_polynomial<EvaluationPolynomial>(c.ring(), basis, rng));
    EvaluationPolynomial square(c.ring(), basis);
    EvaluationPolynomial sum = x.parts[0].copy();
    multiply(square, c.secret.evaluation(), c.secret.evaluation(), c.execution);
    multiply_add(sum, x.parts[1], c.secret.evaluation(), c.execution);
    multiply_add(sum, x.parts[2], square, c.execution);
    CHECK(ciphernet::test::equal(phase(x, c.secret, c.execution), to_coefficient(std::move(sum), c.execution)));
}

TEST("two encryptions of one message share neither mask nor error, and another key reads noise") {
    Context c(literal(10, {{40}}, {}));
    const auto zero = CoefficientPolynomial::zero(c.ring(), c.parameters->basis(0));
    const PublicKey key = c.generator.public_key();
    const Ciphertext a = encrypt(c.secret, as_message(zero), 0, c.random, c.execution);
    const Ciphertext b = encrypt(c.secret, as_message(zero), 0, c.random, c.execution);
    const Ciphertext p = encrypt(key, as_message(zero), 0, c.random, c.execution);
    const Ciphertext q = encrypt(key, as_message(zero), 0, c.random, c.execution);
    CHECK(!ciphernet::test::equal(a.parts[1], b.parts[1]));
    CHECK(!ciphernet::test::equal(p.parts[1], q.parts[1]));
    CHECK(error_of(c, a, zero) != error_of(c, b, zero));
    CHECK(error_of(c, p, zero) != error_of(c, q, zero));

    const Context other(literal(10, {{40}}, {}), Execution(), 1);
    Variance variance;
    variance.add(error_of(other, a, zero));
    const double modulus = std::exp2(c.parameters->log2_q(0));
    CHECK_NEAR(variance.value() / (modulus * modulus / 12), 1.0, 0.2);  // uniform
}

}  // namespace
}  // namespace ciphernet::rlwe
