#include "ckks/intent.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "rlwe/security.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

/// The fewest bits that any set of degree 2^log_n needs for an intent, from the noise formulas alone: the error of a
/// public-key encryption, sigma^2 (1 + 4N/3) + 1/12 a coefficient, and at every level those of a rescale, (1 + 2N/3) / 12,
/// and of the factor's encoding, 1/12 times the square of the magnitude.
double fewest_bits(const Intent& intent, int log_n) {
    const double n = std::exp2(log_n);
    const double fresh = std::sqrt(n * (rlwe::kSigma * rlwe::kSigma * (1 + 4 * n / 3) + 1.0 / 12));
    const double rounding = std::sqrt(n * (1 + 2 * n / 3) / 12) + intent.magnitude * std::sqrt(n / 12);
    const double error = NoiseEstimate{fresh + intent.levels * rounding, 1}.error_bound(std::size_t{1} << (log_n - 1));
    // Below 24 bits primes that are 1 modulo 2N run out.
    const double scale = std::max(24.0, std::log2(error / intent.magnitude) + intent.precision_bits);
    const double q0 = scale + std::max(0.0, std::log2(intent.magnitude)) + 1;
    // P covers the largest word, and no word of a level is less than half of it.
    const double largest_word = std::max(q0 > 50 ? q0 / 2 : q0, scale > 49 ? scale / 2 : scale);
    return q0 + intent.levels * scale + (intent.key_switching ? largest_word : 0);
}

TEST("chosen sets exist, are secure, are in the smallest ring, and say why") {
    for (const std::size_t slots : {std::size_t{1}, std::size_t{1000}, std::size_t{4096}})
        for (const int levels : {0, 1, 3, 6, 10})
            for (const int precision : {8, 16, 24, 32})
                for (const double magnitude : {1.0, 100.0, 0.01})
                    for (const bool key_switching : {true, false}) {
                        const Intent intent{.slots = slots,
                                            .levels = levels,
                                            .precision_bits = precision,
                                            .magnitude = magnitude,
                                            .key_switching = key_switching};
                        const Choice choice = choose_parameters(intent);
                        const ParametersLiteral& set = choice.literal;
                        const double limit = rlwe::max_log_qp(set.log_n);
                        CHECK_LE(Parameters::log2_qp(set), limit);
                        CHECK_LE(slots, std::size_t{1} << (set.log_n - 1));
                        CHECK_EQ(static_cast<int>(set.log_q.size()), levels + 1);
                        CHECK_EQ(set.log_p.empty(), !key_switching);
                        CHECK(set.security == Security::classical_128);
                        CHECK_EQ(set.magnitude, magnitude);
                        CHECK_LE(static_cast<double>(precision), choice.precision_bits);
                        CHECK(choice.reasons.size() >= 3);
                        for (const auto& reason : choice.reasons) CHECK(reason.size() > 20);
                        // Half the ring has too few slots, or too small a modulus by more than rounding up to whole bits.
                        const int smaller = set.log_n - 1;
                        if (smaller >= 10 && slots <= std::size_t{1} << (smaller - 1)) {
                            const double slack = 2.0 * (levels + 1) + 4;
                            CHECK(fewest_bits(intent, smaller) + slack > rlwe::max_log_qp(smaller));
                        }
                        if (set.log_n <= 12) {
                            const Parameters parameters(set);
                            CHECK_EQ(parameters.max_level(), levels);
                            CHECK_LE(magnitude, parameters.max_magnitude(0));
                        }
                    }
}

TEST(
    "the promised precision holds when it is measured: a public-key encryption, then a product with ones at every level") {
    for (const auto& intent :
         {Intent{.slots = 1, .levels = 1, .precision_bits = 8}, Intent{.slots = 1, .levels = 2, .precision_bits = 12},
          Intent{.slots = 2048, .levels = 1, .precision_bits = 12, .magnitude = 50},
          Intent{.slots = 4096, .levels = 3, .precision_bits = 16},
          Intent{.slots = 1, .levels = 4, .precision_bits = 24, .security = Security::none},
          Intent{.slots = 1, .levels = 3, .precision_bits = 40, .magnitude = 1000, .security = Security::none},
          Intent{.slots = 1, .levels = 3, .precision_bits = 20, .magnitude = 0.001, .security = Security::none}}) {
        const Choice choice = choose_parameters(intent);
        Context c(choice.literal);
        Rng rng(1);
        const Slots ones(c.slots(), 1);
        for (int round = 0; round < 3; ++round) {
            const Slots a = map(unit_slots(c.slots(), rng), [&](auto v) { return v * intent.magnitude; });
            Ciphertext x = c.encrypt_public(a, c.top(), intent.magnitude);
            for (int level = c.top(); level > 0; --level) x = c.evaluator.multiply(x, c.encode(ones, level));
            CHECK_EQ(x.level(), 0);
            CHECK_LE(c.error(x, a), std::exp2(-choice.precision_bits) * intent.magnitude);
            CHECK_LE(x.noise.error_bound(c.slots()), std::exp2(0.1 - choice.precision_bits) * intent.magnitude);
        }
    }
}

TEST("the largest rings have sets for as many levels as they can hold, and the refusal names that number") {
    for (const int precision : {6, 20, 40}) {
        Intent intent{.slots = 1, .levels = 120, .precision_bits = precision};
        std::optional<int> most;
        try {
            choose_parameters(intent);
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::parameters_invalid);
            for (const auto& [name, value] : e.details())
                if (name == "mostLevels") most = std::stoi(value);
        }
        REQUIRE(most.has_value());
        intent.levels = *most;
        const Choice choice = choose_parameters(intent);
        CHECK_EQ(choice.literal.log_n, 17);
        CHECK_LE(Parameters::log2_qp(choice.literal), 3523.0);
        intent.levels = *most + 1;
        CHECK_THROWS_CODE(choose_parameters(intent), ErrorCode::parameters_invalid);
    }
}

TEST("without security the sets still exist, whatever the number of levels") {
    for (const int levels : {30, 120})
        for (const int precision : {10, 40}) {
            const Choice choice = choose_parameters(
                {.slots = 1, .levels = levels, .precision_bits = precision, .security = Security::none});
            CHECK_EQ(choice.literal.log_n, 10);
            CHECK(Parameters::log2_qp(choice.literal) > 30 * 20);
            CHECK_LE(choice.literal.log_p.size(), 60u);
        }
    const Parameters widest(
        choose_parameters({.slots = 1, .levels = 120, .precision_bits = 40, .security = Security::none}).literal);
    CHECK_LE(widest.rlwe().digit_width(), BaseConverter::kMostSources);
}

TEST("an intent that says nothing sensible is refused") {
    const Intent good{.slots = 1, .levels = 1, .precision_bits = 10};
    const auto refused = [&](const auto& change) {
        Intent intent = good;
        change(intent);
        CHECK_THROWS_CODE(choose_parameters(intent), ErrorCode::invalid_argument);
    };
    refused([](auto& i) { i.slots = 0; });
    refused([](auto& i) { i.slots = 65537; });
    refused([](auto& i) { i.levels = -1; });
    refused([](auto& i) { i.levels = 121; });
    refused([](auto& i) { i.precision_bits = 3; });
    refused([](auto& i) { i.precision_bits = 51; });
    refused([](auto& i) { i.magnitude = 0; });
    refused([](auto& i) { i.magnitude = std::nan(""); });
    refused([](auto& i) { i.magnitude = 0x1p41; });
    CHECK_EQ(choose_parameters(good).literal.log_n, choose_parameters(good).literal.log_n);
}

TEST("at full security, N = 2^14 and five levels chosen by intent, a circuit keeps its promise") {
    const Intent intent{.slots = 8192, .levels = 5, .precision_bits = 20};
    const Choice choice = choose_parameters(intent);
    CHECK_EQ(choice.literal.log_n, 14);
    const auto parameters = std::make_shared<const Parameters>(choice.literal);
    CHECK(parameters->rlwe().security() == Security::classical_128);
    CHECK_LE(parameters->rlwe().log2_qp(), 430.0);
    Context c(parameters, {1}, Execution(ThreadPool::process()), RandomSource::insecure_deterministic(test_seed()));
    Rng rng(2);
    const Slots a = unit_slots(c.slots(), rng);
    const Slots b = unit_slots(c.slots(), rng);

    Ciphertext path = c.encrypt_public(a, 5);
    for (int level = 5; level > 0; --level) path = c.evaluator.multiply_scalar(path, 1.0);
    CHECK_LE(c.error(path, a), 0x1p-20);
    CHECK_LE(path.noise.error_bound(c.slots()), 0x1p-20 * 1.1);

    // (a b + rot(a))^2 a^2 - b, four levels of products of ciphertexts.
    const Ciphertext x = c.encrypt_public(a, 5);
    const Ciphertext y = c.encrypt(b, 5);
    const Ciphertext s = c.evaluator.add(c.evaluator.multiply(x, y), c.evaluator.rotate(x, 1));
    const Ciphertext r = c.evaluator.subtract(c.evaluator.multiply(c.evaluator.square(s), c.evaluator.square(x)), y);
    const Slots ab = test::sum(product(a, b), rotated(a, 1));
    c.check(r, difference(product(product(ab, ab), product(a, a)), b), 10);
    CHECK_EQ(r.level(), 2);
}

}  // namespace
}  // namespace ciphernet::ckks
