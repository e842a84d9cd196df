#include <array>
#include <cmath>
#include <vector>

#include "ckks/context.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

constexpr ProductOptions kOptions[] = {{true, true}, {true, false}, {false, true}, {false, false}};

TEST("products and squares are those of the slots, however far they are carried") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(1);
        for (const auto& [left, right] : {std::pair{4, 4}, {4, 2}, {1, 3}, {1, 1}})
            for (const ProductOptions options : kOptions) {
                const Slots a = unit_slots(c.slots(), rng);
                const Slots b = unit_slots(c.slots(), rng);
                const Ciphertext x = c.encrypt(a, left);
                const Ciphertext y = c.encrypt_public(b, right);
                const Ciphertext p = c.evaluator.multiply(x, y, options);
                CHECK_EQ(p.level(), std::min(left, right) - (options.rescale ? 1 : 0));
                CHECK_EQ(p.scale_degree, options.rescale ? 1 : 2);
                CHECK_EQ(p.degree(), options.relinearize ? 1 : 2);
                c.check(p, product(a, b), 4);
                c.check(c.evaluator.square(x, options), product(a, a), 4);
                // Whatever was left out can be done later.
                Ciphertext done = c.evaluator.relinearize(p);
                CHECK_EQ(done.degree(), 1);
                CHECK_EQ(done.scale_degree, p.scale_degree);
                c.check(done, product(a, b), 4);
                if (!options.rescale) done = c.evaluator.rescale(done);
                CHECK_EQ(done.level(), std::min(left, right) - 1);
                c.check(done, product(a, b), 4);
            }
    }
}

TEST("a product of what has a rescale due rescales it first") {
    Context c(literal(10, 4, 40));
    Rng rng(2);
    const Slots a = unit_slots(c.slots(), rng);
    const Ciphertext x = c.encrypt(a, 4);
    const Ciphertext due = c.evaluator.multiply(x, x, {.relinearize = true, .rescale = false});
    const Ciphertext p = c.evaluator.multiply(due, x);
    CHECK_EQ(p.level(), 2);
    c.check(p, product(product(a, a), a));
    const Ciphertext q = c.evaluator.multiply(x, due);
    c.check(q, product(product(a, a), a));
    c.check(c.evaluator.multiply(due, c.encode(a, 4)), product(product(a, a), a));
    c.check(c.evaluator.square(due), product(product(a, a), product(a, a)));
}

TEST("a ciphertext multiplies a plaintext at any levels, with the rescale or before it") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(3);
        for (const auto& [left, right] : {std::pair{4, 4}, {4, 2}, {2, 4}, {1, 1}}) {
            const Slots a = unit_slots(c.slots(), rng);
            const Slots b = unit_slots(c.slots(), rng);
            const Ciphertext x = c.encrypt(a, left);
            const Plaintext y = c.encode(b, right);
            const Ciphertext p = c.evaluator.multiply(x, y);
            CHECK_EQ(p.level(), std::min(left, right) - 1);
            c.check(p, product(a, b));
            const Ciphertext due = c.evaluator.multiply(x, y, false);
            CHECK_EQ(due.scale_degree, 2);
            c.check(due, product(a, b));
            c.check(c.evaluator.rescale(due), product(a, b));
        }
        CHECK_THROWS_CODE(c.evaluator.multiply(c.encrypt({}, 0), c.encode({}, 3)), ErrorCode::level_exhausted);
    }
}

TEST("a chain of products down to level 0 stays within its prediction") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(4);
        Slots expected = unit_slots(c.slots(), rng);
        Ciphertext x = c.encrypt_public(expected, 4);
        for (int level = 4; level > 0; --level) {
            const Slots factor = unit_slots(c.slots(), rng);
            x = c.evaluator.multiply(x, c.encrypt(factor, 4));
            expected = product(expected, factor);
            CHECK_EQ(x.level(), level - 1);
            c.check(x, expected);
        }
        CHECK_THROWS_CODE(c.evaluator.square(x), ErrorCode::level_exhausted);
    }
}

TEST("sums of three-part and two-part ciphertexts keep all parts") {
    Context c(literal(10, 3, 40));
    Rng rng(5);
    const Slots a = unit_slots(c.slots(), rng);
    const Slots b = unit_slots(c.slots(), rng);
    const Ciphertext three =
        c.evaluator.multiply(c.encrypt(a, 3), c.encrypt(b, 3), {.relinearize = false, .rescale = true});
    const Ciphertext two = c.encrypt(b, 2);
    const Slots ab = product(a, b);
    c.check(c.evaluator.add(three, two), test::sum(ab, b), 4);
    c.check(c.evaluator.subtract(two, three), difference(b, ab), 4);
    c.check(c.evaluator.relinearize(c.evaluator.add(three, three)), test::sum(ab, ab), 4);
    c.check(c.evaluator.add(three, c.encode(b, 2)), test::sum(ab, b), 4);
    c.check(c.evaluator.multiply(three, c.encode(b, 2)), product(ab, b), 4);
    CHECK_THROWS_CODE(c.evaluator.multiply(three, two), ErrorCode::degree_mismatch);
    CHECK_THROWS_CODE(c.evaluator.multiply(two, three), ErrorCode::degree_mismatch);
    CHECK_THROWS_CODE(c.evaluator.conjugate(three), ErrorCode::degree_mismatch);
    const Ciphertext* const input = &three;
    CHECK_THROWS_CODE(c.evaluator.linear_map({&input, 1}, std::vector<double>{1}, std::vector<double>{0}),
                      ErrorCode::degree_mismatch);
}

TEST("polynomials of degrees 1 to 16 take the levels of their binary depth and give their values") {
    for (const auto& set : {literal(10, 5, 45), literal(10, 5, 56, 2), literal(10, 5, 45, 1, 3)}) {
        Context c(set);
        Rng rng(6);
        for (int degree = 1; degree <= 16; ++degree)
            for (const bool sparse : {false, true}) {
                std::vector<double> coefficients(static_cast<std::size_t>(degree) + 1);
                for (double& x : coefficients) x = sparse && rng.below(2) == 0 ? 0 : rng.uniform(-1, 1);
                coefficients.back() = 0.5;
                const Slots a = unit_slots(c.slots(), rng);
                const Ciphertext p = c.evaluator.evaluate_polynomial(c.encrypt(a, 5), coefficients);
                int depth = 0;
                while (1 << depth < degree + 1) ++depth;
                CHECK_EQ(p.level(), 5 - depth);
                c.check(p, map(a, [&](std::complex<double> x) {
                            std::complex<double> y = 0;
                            for (std::size_t k = coefficients.size(); k-- > 0;) y = y * x + coefficients[k];
                            return y;
                        }));
            }
    }
}

TEST("a polynomial that cannot be evaluated is refused before any work") {
    Context c(literal(10, 2, 40));
    const Ciphertext x = c.encrypt({}, 2);
    CHECK_THROWS_CODE(c.evaluator.evaluate_polynomial(x, std::vector<double>{1, 1, 1, 1, 1}),
                      ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(c.evaluator.evaluate_polynomial(x, std::vector<double>{1}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.evaluator.evaluate_polynomial(x, std::vector<double>{}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.evaluator.evaluate_polynomial(x, std::vector<double>{1, 0, 0}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.evaluator.evaluate_polynomial(x, std::vector<double>{1, std::nan("")}), ErrorCode::not_finite);
    // Zero leading coefficients cost no level.
    CHECK_EQ(c.evaluator.evaluate_polynomial(x, std::vector<double>{1, 1, 0, 0, 0, 0}).level(), 1);
}

TEST("a product needs a relinearization key of its level, unless it is left at three parts") {
    Context c(literal(10, 3, 40));
    const Ciphertext x = c.encrypt({}, 3);
    const Evaluator keyless(c.parameters, nullptr, Execution());
    CHECK_THROWS_CODE(keyless.multiply(x, x), ErrorCode::key_missing);
    CHECK_THROWS_CODE(keyless.relinearize(keyless.square(x, {.relinearize = false, .rescale = true})),
                      ErrorCode::key_missing);
    CHECK_EQ(keyless.multiply(x, x, {.relinearize = false, .rescale = true}).degree(), 2);

    auto low = std::make_shared<rlwe::EvaluationKeys>();
    low->parameters = c.parameters->shared_rlwe();
    CHECK_THROWS_CODE(Evaluator(c.parameters, low, Execution()).multiply(x, x), ErrorCode::key_missing);
    low->relinearization = std::make_shared<const rlwe::KeySwitchKey>(c.generator.relinearization_key(1));
    const Evaluator lower(c.parameters, low, Execution());
    CHECK_THROWS_CODE(lower.multiply(x, x), ErrorCode::key_missing);
    Rng rng(7);
    const Slots a = unit_slots(c.slots(), rng);
    c.check(lower.square(c.encrypt(a, 1)), product(a, a));
}

TEST("marks of insecurity travel with every operand and with the keys") {
    const auto parameters = std::make_shared<const Parameters>(
        ParametersLiteral{.log_n = 12, .log_q = {37, 30}, .log_p = {37}, .log_scale = 30});
    Context good(parameters, {1}, Execution(), RandomSource::system());
    CHECK(!good.keys->insecure);
    const Ciphertext x = good.encrypt({}, 1);
    CHECK(!x.insecure);
    CHECK(!good.evaluator.multiply(x, x).insecure);
    CHECK(!good.evaluator.rotate(x, 1).insecure);
    Ciphertext marked = x.copy();
    marked.insecure = true;
    CHECK(good.evaluator.add(x, marked).insecure);
    CHECK(good.evaluator.multiply(marked, x).insecure);
    CHECK(good.evaluator.rotate(marked, 1).insecure);
    CHECK(good.evaluator.drop_to_level(marked, 0).insecure);
    CHECK(good.evaluator.multiply_scalar(marked, 2.0).insecure);
    const Ciphertext* const input[] = {&x, &marked};
    CHECK(good.evaluator.linear_map(input, std::vector<double>{1, 1}, std::vector<double>{0})[0].insecure);
    good.keys->insecure = true;
    CHECK(good.evaluator.multiply(x, x).insecure);
    CHECK(good.evaluator.rotate(x, 1).insecure);
    CHECK(!good.evaluator.add(x, x).insecure);
    good.random = RandomSource::insecure_deterministic(1);
    CHECK(good.encrypt({}, 1).insecure);
    Context weak(literal(10, 1, 40), {}, Execution(), 0);
    weak.random = RandomSource::system();
    CHECK(weak.encrypt({}, 1).insecure);
}

TEST("a circuit gives the same bits on 1, 2, 3 and 8 threads") {
    const ParametersLiteral set = literal(13, 3, 40, 2);
    Rng rng(8);
    const Slots a = unit_slots(std::size_t{1} << 12, rng);
    const auto words = [&](const Execution& execution) {
        Context c(set, {1, 2}, execution);
        const Ciphertext x = c.encrypt_public(a, 3);
        const std::vector<double> cubic{0.25, -1, 0.5, 2};
        const std::vector<int> steps{1, 2};
        auto turned = c.evaluator.rotate_hoisted(c.evaluator.evaluate_polynomial(x, cubic), steps);
        const Ciphertext* const inputs[] = {&turned[0], &turned[1]};
        const auto out = c.evaluator.linear_map(inputs, std::vector<double>{0.5, 0.25}, std::vector<double>{1});
        std::vector<u64> all;
        for (const auto& part : out[0].body.parts)
            all.insert(all.end(), part.limb(0), part.limb(0) + part.word_count());
        return all;
    };
    const std::vector<u64> expected = words(Execution());
    CHECK_EQ(expected.size(), 2u << 13);  // two parts at level 0
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        CHECK(words(Execution(pool)) == expected);
    }
}

}  // namespace
}  // namespace ciphernet::ckks
