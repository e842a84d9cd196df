#include "tfhe/noise.hpp"

#include <cmath>

#include "tfhe/context.hpp"
#include "tfhe/key_switch.hpp"
#include "tfhe/sampling.hpp"

namespace ciphernet::tfhe {
namespace {

constexpr std::size_t kSamples = 7200;

/// The phases of ciphertexts under the small key, on the torus of 2^64.
std::vector<u64> small_phases(const Context& context, const SmallLweBatch& x, std::size_t count) {
    std::vector<u64> r(count);
    const std::size_t dimension = context.parameters->lwe_dimension();
    for (std::size_t t = 0; t < count; ++t) {
        u32 phase = x.at(t)[dimension];
        for (std::size_t i = 0; i < dimension; ++i) phase -= x.at(t)[i] * context.key.lwe()[i];
        r[t] = static_cast<u64>(phase) << 32;
    }
    return r;
}

TEST("TUniform has its range and its variance, bits are fair") {
    RandomSource random = RandomSource::insecure_deterministic(3);
    const SecretSeed seed = random.next_secret_seed();
    for (const int b : {0, 1, 3, 17, 46, 60}) {
        std::vector<u64> samples(20000);
        Stream stream(seed, Domain::error, static_cast<u64>(b), 0);
        sample_tuniform(samples, b, stream);
        double squares = 0;
        double sum = 0;
        bool inside = true;
        for (const u64 sample : samples) {
            const auto x = static_cast<double>(static_cast<i64>(sample));
            inside = inside && std::fabs(x) <= std::ldexp(1, b);
            squares += x * x;
            sum += x;
        }
        CHECK(inside);
        const double count = static_cast<double>(samples.size());
        CHECK_NEAR(squares / count / tuniform_variance(b), 1.0, 0.05);
        CHECK_LE(std::fabs(sum), 5 * std::sqrt(count * tuniform_variance(b)));
    }
    std::vector<u64> ends(100000);
    Stream stream(seed, Domain::error, 100, 0);
    sample_tuniform(ends, 1, stream);
    double count[5] = {};
    for (const u64 x : ends) count[x + 2] += 1;
    for (int x = -2; x <= 2; ++x) CHECK_NEAR(count[x + 2] / 1e5, std::abs(x) == 2 ? 0.125 : 0.25, 0.01);
    std::vector<std::uint8_t> bits(10001, 7);
    sample_binary(bits, stream);
    double ones = 0;
    for (const std::uint8_t bit : bits) ones += bit <= 1 ? bit : 1e6;
    CHECK_NEAR(ones / 10001, 0.5, 0.03);
}

TEST("a fresh ciphertext has the noise that it is given") {
    Rng rng(101);
    Context context(small_set(2));
    const std::vector<u32> messages = random_messages(rng, kSamples, 8);
    const LweBatch x = context.encrypted(messages);
    CHECK(context.decrypted(x) == messages);
    CHECK_NEAR(mean_square(phases(context.key, x, {}), scaled(*context.parameters, messages)) /
                   fresh_variance(*context.parameters),
               1.0, 0.05);
}

TEST("a key switch adds the variance of its formula, where its key's noise leads and where its rounding does") {
    Rng rng(102);
    ParametersLiteral noisy = small_set(2);
    noisy.lwe_noise = 45;
    ParametersLiteral rounded = small_set(2);
    rounded.lwe_noise = 33;
    rounded.key_switch = {4, 2};
    for (const ParametersLiteral& set : {noisy, rounded}) {
        Context context(set);
        const LweBatch x = context.encrypted(random_messages(rng, kSamples, 8));
        const SmallLweBatch small = switch_keys(*context.evaluation_keys, x, {});
        CHECK_NEAR(mean_square(small_phases(context, small, kSamples), phases(context.key, x, {})) /
                       key_switch_variance(*context.parameters),
                   1.0, 0.05);
    }
}

TEST("the centred modulus switch adds the variance of n / 4 + 1 roundings") {
    Rng rng(103);
    Context context(small_set(2));
    const std::size_t dimension = context.parameters->lwe_dimension();
    std::vector<u64> before, after;
    for (std::size_t t = 0; t < kSamples; ++t) {
        std::vector<u32> x(dimension + 1), switched(dimension + 1);
        for (u32& word : x) word = static_cast<u32>(rng.next());
        switch_modulus(switched.data(), x.data(), dimension, context.parameters->literal().log_n);
        u32 phase = x[dimension];
        u32 switched_phase = switched[dimension];
        for (std::size_t i = 0; i < dimension; ++i) {
            CHECK_LE(switched[i], 2 * context.parameters->n() - 1);
            phase -= x[i] * context.key.lwe()[i];
            switched_phase -= switched[i] * context.key.lwe()[i];
        }
        before.push_back(static_cast<u64>(phase) << 32);
        after.push_back(static_cast<u64>(switched_phase) << (63 - context.parameters->literal().log_n));
    }
    CHECK_NEAR(mean_square(after, before) / modulus_switch_variance(*context.parameters), 1.0, 0.05);
}

TEST("a bootstrap leaves the variance of its formula, and a linear map multiplies it by the squares of its weights") {
    Rng rng(104);
    ParametersLiteral noisy = small_set(2);
    noisy.glwe_noise = 24;
    ParametersLiteral rounded = small_set(2);
    rounded.bootstrap = {10, 2};
    rounded.lwe_dimension = 128;
    for (const ParametersLiteral& set : {noisy, rounded}) {
        Context context(set);
        constexpr std::size_t kCount = 2000;
        const std::vector<u32> messages = random_messages(rng, kCount, 4);
        const LookUpTable same{0, 1, 2, 3};
        const LweBatch x = context.evaluator.apply_lut(context.encrypted(messages), {&same, 1}, {}, {});
        CHECK(context.decrypted(x) == messages);
        const double expected = bootstrap_variance(*context.parameters);
        CHECK_NEAR(mean_square(phases(context.key, x, {}), scaled(*context.parameters, messages)) / expected, 1.0, 0.1);

        std::vector<std::int32_t> weights(kCount * kCount, 0);
        std::vector<u32> sums(kCount);
        for (std::size_t i = 0; i < kCount; ++i) {
            const std::size_t j = (i + 1) % kCount;
            const std::size_t k = (i + 700) % kCount;
            weights[i * kCount + i] = 1;
            weights[i * kCount + j] = -2;
            weights[i * kCount + k] = 1;
            sums[i] = (messages[i] + 16 - 2 * messages[j] + messages[k]) % 8;
        }
        const LweBatch mapped =
            apply_linear_map({.rows = kCount, .columns = kCount, .weights = weights, .constants = {}}, x, {});
        CHECK(context.decrypted(mapped) == sums);
        CHECK_NEAR(mean_square(phases(context.key, mapped, {}), scaled(*context.parameters, sums)) /
                       linear_variance(6, expected),
                   1.0, 0.1);
    }
}

TEST("where keys carry next to no noise, the Fourier transform leaves what its formula says, or a little less") {
    Rng rng(106);
    ParametersLiteral exact = small_set(2);
    exact.glwe_noise = 0;
    exact.bootstrap = {23, 2};
    Context context(exact);
    const std::vector<u32> messages = random_messages(rng, 1000, 4);
    const LookUpTable same{0, 1, 2, 3};
    const LweBatch x = context.evaluator.apply_lut(context.encrypted(messages), {&same, 1}, {}, {});
    CHECK_NEAR(mean_square(phases(context.key, x, {}), scaled(*context.parameters, messages)) /
                   bootstrap_variance(*context.parameters),
               0.85, 0.3);
}

TEST("a weakened set fails as often as predicted") {
    Rng rng(105);
    ParametersLiteral weak = small_set(4);
    weak.lwe_noise = 50;
    Context context(weak);
    const double predicted = std::exp2(log2_failure_probability(*context.parameters, 1));
    REQUIRE(predicted > 0.01 && predicted < 0.2);
    constexpr std::size_t kTries = 4000;
    const std::vector<u32> messages = random_messages(rng, kTries, 16);
    LookUpTable parity(16);
    for (u32 i = 0; i < 16; ++i) parity[i] = i % 2;  // neighbours differ, so every wrong entry shows
    const std::vector<u32> found =
        context.decrypted(context.evaluator.apply_lut(context.encrypted(messages), {&parity, 1}, {}, {}));
    double failures = 0;
    for (std::size_t i = 0; i < kTries; ++i) failures += found[i] != parity[messages[i]];
    // Five standard deviations of the count, and the edges: below message 0 an entry is negated, and may be right.
    CHECK_NEAR(failures / kTries / predicted, 1.0, 0.07 + 5 / std::sqrt(kTries * predicted));
}

}  // namespace
}  // namespace ciphernet::tfhe
