#include <cmath>
#include <complex>
#include <vector>

#include "ckks/context.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

TEST("sums, differences and negatives are those of the slots, at equal and at different levels") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(1);
        for (const auto& [left, right] : {std::pair{4, 4}, {4, 3}, {1, 4}, {0, 0}, {3, 0}}) {
            const Slots a = unit_slots(c.slots(), rng);
            const Slots b = unit_slots(c.slots(), rng);
            const Ciphertext x = c.encrypt(a, left);
            const Ciphertext y = c.encrypt_public(b, right);
            const Ciphertext s = c.evaluator.add(x, y);
            CHECK_EQ(s.level(), std::min(left, right));
            c.check(s, test::sum(a, b));
            c.check(c.evaluator.subtract(x, y), difference(a, b));
            c.check(c.evaluator.negate(y), map(b, [](auto v) { return -v; }));
        }
    }
}

TEST("a ciphertext and a plaintext add and subtract at any levels") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(2);
        for (const auto& [left, right] : {std::pair{4, 4}, {4, 2}, {1, 4}, {0, 4}, {0, 0}}) {
            const Slots a = unit_slots(c.slots(), rng);
            const Slots b = unit_slots(c.slots(), rng);
            const Ciphertext x = c.encrypt(a, left);
            const Plaintext y = c.encode(b, right);
            c.check(c.evaluator.add(x, y), test::sum(a, b));
            c.check(c.evaluator.subtract(x, y), difference(a, b));
        }
    }
}

TEST("operands of scale Delta^2 and Delta are brought together by a rescale") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(3);
        const Slots a = unit_slots(c.slots(), rng);
        const Slots b = unit_slots(c.slots(), rng);
        const Ciphertext x =
            c.evaluator.multiply(c.encrypt(a, 4), c.encrypt(b, 4), {.relinearize = true, .rescale = false});
        CHECK_EQ(x.scale_degree, 2);
        CHECK_EQ(x.level(), 4);
        const Slots ab = product(a, b);
        c.check(x, ab);
        for (const int level : {4, 3, 1}) {
            const Ciphertext y = c.encrypt(b, level);
            c.check(c.evaluator.add(x, y), test::sum(ab, b));
            c.check(c.evaluator.subtract(y, x), difference(b, ab));
            c.check(c.evaluator.add(x, c.encode(b, level)), test::sum(ab, b));
        }
        // Both at Delta^2: no rescale at one level, one each at different levels.
        const Ciphertext z = c.evaluator.multiply_scalar(c.encrypt(b, 4), 0.5, false);
        const Ciphertext lower = c.evaluator.multiply_scalar(c.encrypt(b, 2), 0.5, false);
        const Slots half = map(b, [](auto v) { return 0.5 * v; });
        const Ciphertext same = c.evaluator.add(x, z);
        CHECK_EQ(same.scale_degree, 2);
        c.check(same, test::sum(ab, half));
        c.check(c.evaluator.rescale(same), test::sum(ab, half));
        c.check(c.evaluator.add(x, lower), test::sum(ab, half));
    }
}

TEST("scalars, real and complex, add without a level and multiply with one") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(4);
        for (const std::complex<double> w : {std::complex<double>{0.75, 0}, {-1.5, 0.25}, {0, 1}, {0, 0}, {1, 0}}) {
            const Slots a = unit_slots(c.slots(), rng);
            const Ciphertext x = c.encrypt(a, 3);
            const Ciphertext s = c.evaluator.add_scalar(x, w);
            CHECK_EQ(s.level(), 3);
            c.check(s, map(a, [&](auto v) { return v + w; }));
            const Ciphertext p = c.evaluator.multiply_scalar(x, w);
            CHECK_EQ(p.level(), 2);
            CHECK_EQ(p.scale_degree, 1);
            c.check(p, map(a, [&](auto v) { return v * w; }));
            const Ciphertext q = c.evaluator.multiply_scalar(x, w, false);
            CHECK_EQ(q.level(), 3);
            CHECK_EQ(q.scale_degree, 2);
            c.check(q, map(a, [&](auto v) { return v * w; }));
            c.check(c.evaluator.add_scalar(q, w), map(a, [&](auto v) { return v * w + w; }));
            c.check(c.evaluator.rescale(q), map(a, [&](auto v) { return v * w; }));
            c.check(c.evaluator.multiply_scalar(q, w), map(a, [&](auto v) { return v * w * w; }));  // rescales first
        }
    }
}

TEST("dropping levels keeps the slots, for fresh ciphertexts, products, and those of three parts") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(5);
        const Slots a = unit_slots(c.slots(), rng);
        const Slots b = unit_slots(c.slots(), rng);
        const Ciphertext x = c.encrypt(a, 4);
        const Ciphertext p = c.evaluator.multiply(x, c.encrypt(b, 4), {.relinearize = true, .rescale = false});
        const Ciphertext three = c.evaluator.multiply(x, c.encrypt(b, 4), {.relinearize = false, .rescale = true});
        for (int level = 4; level >= 0; --level) {
            const Ciphertext lower = c.evaluator.drop_to_level(x, level);
            CHECK_EQ(lower.level(), level);
            c.check(lower, a);
            if (level == 4) continue;
            c.check(c.evaluator.drop_to_level(p, level), product(a, b));
            c.check(c.evaluator.drop_to_level(three, level), product(a, b), 4);
        }
        CHECK_THROWS_CODE(c.evaluator.drop_to_level(p, 4), ErrorCode::level_exhausted);
        CHECK_THROWS_CODE(c.evaluator.drop_to_level(c.encrypt(a, 2), 3), ErrorCode::level_exhausted);
        CHECK_THROWS_CODE(c.evaluator.drop_to_level(x, -1), ErrorCode::invalid_argument);
        CHECK_THROWS_CODE(c.evaluator.drop_to_level(x, 5), ErrorCode::invalid_argument);
    }
}

TEST("what cannot be done is refused by name") {
    Context c(literal(10, 2, 40));
    Rng rng(7);
    const Slots a = unit_slots(c.slots(), rng);
    const Ciphertext x = c.encrypt(a, 2);
    const Ciphertext bottom = c.encrypt(a, 0);
    CHECK_THROWS_CODE(c.evaluator.rescale(x), ErrorCode::scale_mismatch);
    CHECK_THROWS_CODE(c.evaluator.multiply_scalar(bottom, 1.0), ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(c.evaluator.rescale(c.evaluator.multiply_scalar(bottom, 0.01, false)),
                      ErrorCode::level_exhausted);
    const double nan = std::nan("");
    CHECK_THROWS_CODE(c.evaluator.add_scalar(x, nan), ErrorCode::not_finite);
    CHECK_THROWS_CODE(c.evaluator.multiply_scalar(x, {0, INFINITY}), ErrorCode::not_finite);
    CHECK_THROWS_CODE(c.evaluator.add_scalar(bottom, 0x1p20), ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(c.evaluator.multiply_scalar(bottom, 0x1p20, false), ErrorCode::value_out_of_range);

    Context other(literal(10, 2, 39));
    const Ciphertext foreign = other.encrypt(a, 2);
    CHECK_THROWS_CODE(c.evaluator.add(x, foreign), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.evaluator.multiply(foreign, x), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.evaluator.negate(foreign), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.evaluator.add_scalar(foreign, 1.0), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.evaluator.add(x, other.encode(a, 2)), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.evaluator.rotate(foreign, 1), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(Evaluator(c.parameters, other.keys, Execution()), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(c.error(foreign, a), ErrorCode::parameters_mismatch);
}

TEST("a mask's seed stays with a ciphertext only as long as it gives the mask") {
    Context c(literal(10, 2, 40), {1});
    const Ciphertext x = c.encrypt({0.5}, 2);
    const Plaintext p = c.encode({0.25}, 2);
    const Ciphertext* const input = &x;
    const auto honest = [&](const Ciphertext& r) {
        return !r.body.mask_seed ||
               ciphernet::test::equal(r.body.parts[1],
                                      rlwe::expand_uniform(c.parameters->ring(), r.body.parts[1].basis(),
                                                           *r.body.mask_seed, 0, Execution()));
    };
    CHECK(x.body.mask_seed.has_value() && honest(x));
    CHECK(c.evaluator.add(x, p).body.mask_seed.has_value());  // the mask is untouched
    for (const int level : {2, 1, 0}) CHECK(honest(c.evaluator.drop_to_level(x, level)));
    CHECK(honest(c.evaluator.add(x, p)));
    CHECK(honest(c.evaluator.add(x, x)));
    CHECK(honest(c.evaluator.add(x, c.encrypt({}, 1))));
    CHECK(honest(c.evaluator.subtract(x, p)));
    CHECK(honest(c.evaluator.negate(x)));
    CHECK(honest(c.evaluator.add_scalar(x, 1.0)));
    for (const bool rescale : {false, true}) {
        CHECK(honest(c.evaluator.multiply_scalar(x, 0.5, rescale)));
        CHECK(honest(c.evaluator.multiply(x, p, rescale)));
        CHECK(honest(c.evaluator.multiply(x, x, {.relinearize = true, .rescale = rescale})));
    }
    CHECK(honest(c.evaluator.rotate(x, 1)));
    CHECK(honest(c.evaluator.rotate(x, 0)));
    CHECK(honest(c.evaluator.conjugate(x)));
    CHECK(honest(c.evaluator.multiply_by_i(x)));
    CHECK(honest(c.evaluator.linear_map({&input, 1}, std::vector<double>{1}, std::vector<double>{0})[0]));
}

TEST("results outlive the parameters that their operands came with, and those of the evaluator") {
    // Two objects of one set, as when a ciphertext is read from a file. Under the address sanitizer a result that points
    // into the other one's ring is caught.
    const ParametersLiteral set = literal(10, 2, 40);
    auto keep = std::make_unique<Context>(set, std::vector<int>{1});
    Rng rng(8);
    const Slots a = unit_slots(keep->slots(), rng);
    std::vector<Ciphertext> results;
    std::vector<Slots> expected;
    {
        Context other(set, {1});  // the same seed, so the same secret
        const Ciphertext x = keep->encrypt(a, 2);
        const Evaluator& evaluator = other.evaluator;
        results.push_back(evaluator.add(x, x));
        results.push_back(evaluator.multiply(x, x));
        results.push_back(evaluator.drop_to_level(x, 1));
        results.push_back(evaluator.rotate(x, 1));
        results.push_back(evaluator.add(x, keep->encode(a, 1)));
        const Ciphertext* const input = &x;
        results.push_back(
            std::move(evaluator.linear_map({&input, 1}, std::vector<double>{0.5}, std::vector<double>{0})[0]));
        expected = {test::sum(a, a), product(a, a),   a,
                    rotated(a, 1),   test::sum(a, a), map(a, [](auto v) { return 0.5 * v; })};
    }
    keep.reset();
    const Context fresh(set, {1});
    for (std::size_t i = 0; i < results.size(); ++i) fresh.check(results[i].copy(), expected[i]);
}

}  // namespace
}  // namespace ciphernet::ckks
