#include "rlwe/key_switch.hpp"

#include <cmath>
#include <vector>

#include "ring/division.hpp"
#include "rlwe/context.hpp"
#include "rlwe/digits.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::rlwe {
namespace {

using ciphernet::test::equal;
using ciphernet::test::random_polynomial;
using test::Context;
using test::literal;
using test::small_coefficients;
using test::Variance;

/// c0 + c1 s - a source: what a key switch of `a` from `source` to s got wrong.
std::vector<double> switch_error(const Context& c, const std::array<EvaluationPolynomial, 2>& switched,
                                 const EvaluationPolynomial& a, const EvaluationPolynomial& source,
                                 const EvaluationPolynomial& target) {
    EvaluationPolynomial error = switched[0].copy();
    multiply_add(error, switched[1], target, c.execution);
    EvaluationPolynomial exact(c.ring(), error.basis());
    multiply(exact, a, source, c.execution);
    subtract(error, error, exact, c.execution);
    return small_coefficients(to_coefficient(std::move(error), c.execution));
}

EvaluationPolynomial square_of_secret(const Context& c) {
    EvaluationPolynomial square(c.ring(), c.secret.evaluation().basis());
    multiply(square, c.secret.evaluation(), c.secret.evaluation(), c.execution);
    return square;
}

/// N sigma^2 sum_j D_j^2 / (12 P^2) + (1 + 2N/3) / 12: the gadget's errors, and the rounding by P.
double expected_variance(const Parameters& p, int level) {
    const double n = static_cast<double>(p.n());
    double digits = 0;
    for (int j = 0; j < p.digit_count(level); ++j) {
        double bits = -p.log2_p();
        const auto [first, end] = p.digit_limbs(level, j);
        for (int i = first; i < end; ++i) bits += std::log2(static_cast<double>(p.ring().modulus(i).value()));
        digits += std::exp2(2 * bits);
    }
    return n * kSigma * kSigma * digits / 12 + (1 + 2 * n / 3) / 12;
}

TEST("the error of a key switch has the variance of its formula, for digits of 1, 2 and 3 primes, whole or partial") {
    struct Case {
        std::vector<std::vector<int>> levels;
        std::vector<int> special;
        int width;
    };
    const Case cases[] = {
        {{{40}, {40}, {40}}, {40}, 1},                      // the gadget's errors decide
        {{{40}, {35}, {35}}, {50}, 1},                      // the rounding decides
        {{{40}, {40}, {40}, {40}, {40}}, {40, 40}, 2},      // a last digit of one prime
        {{{40}, {39, 40}, {40}, {40}}, {41, 40}, 2},        // a level of two primes across digits
        {{{40}, {40}, {40}, {40}, {40}}, {40, 40, 40}, 3},  // a last digit of two primes
        {{{40}, {40}, {40}, {40}}, {45, 45, 45}, 3},
    };
    for (const Case& set : cases) {
        Context c(literal(12, set.levels, set.special));
        const Parameters& p = *c.parameters;
        CHECK_EQ(p.digit_width(), set.width);
        const EvaluationPolynomial square = square_of_secret(c);
        Rng rng(1);
        for (int level = p.max_level(); level >= 0; level -= p.max_level()) {
            Variance variance;
            for (int round = 0; round < 6; ++round) {
                const KeySwitchKey key = c.generator.relinearization_key(p.max_level());
                const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
                variance.add(switch_error(c, key_switch(p, a, level, {&key}, {}, c.execution), a, square,
                                          c.secret.evaluation()));
            }
            CHECK(variance.count() >= 7200);
            CHECK_NEAR(variance.value() / expected_variance(p, level), 1.0, 0.05);
        }
    }
}

TEST("the digits of a decomposition recompose, are centred, and are the same modulo every prime") {
    const Context c(literal(10, {{40}, {39}, {38}, {37}, {36}}, {41, 41}));
    const Parameters& p = *c.parameters;
    Rng rng(2);
    for (int level = 0; level <= p.max_level(); ++level) {
        const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const Digits digits(p, a, level, c.execution);
        CHECK_EQ(digits.level(), level);
        REQUIRE(digits.count() == p.digit_count(level));
        for (int j = 0; j < p.digit_count(level); ++j) {
            EvaluationPolynomial digit(c.ring(), p.key_basis(level));
            for (int i = 0; i < digit.limb_count(); ++i) {
                u64* limb = digit.limb(i);
                digits.convert(j, i, i + 1, &limb);
                if (const u64* value = digits.evaluate(j, i, limb); value != limb) std::copy_n(value, digit.n(), limb);
            }
            const auto [first, end] = p.digit_limbs(level, j);
            for (int i = first; i < end; ++i) CHECK(std::equal(digit.limb(i), digit.limb(i) + digit.n(), a.limb(i)));
            // Over P (two primes of 41 bits) the digit, of at most 79 bits, is the number itself: centred means that it
            // and its negative have the same size.
            const CoefficientPolynomial x = to_coefficient(digit.copy(), c.execution);
            const int q = p.limb_count(level);
            const u128 p0 = x.modulus(q).value();
            const u128 p1 = x.modulus(q + 1).value();
            u128 half = 1;
            for (int i = first; i < end; ++i) half *= p.ring().modulus(i).value();
            half = half / 2 + (half >> 39);
            const u64 inverse = x.modulus(q + 1).inverse(x.modulus(q + 1).reduce(static_cast<u64>(p0)));
            bool good = true;
            for (std::size_t k = 0; k < x.n(); ++k) {
                const Modulus& m1 = x.modulus(q + 1);
                const u64 low = x.limb(q)[k];
                const u64 t = m1.multiply(m1.subtract(x.limb(q + 1)[k], m1.reduce(low)), inverse);
                const u128 value = low + p0 * t;  // in [0, P)
                const bool negative = value > p0 * p1 / 2;
                const u128 size = negative ? p0 * p1 - value : value;
                good = good && size <= half;
                for (int i = 0; i < q; ++i) {
                    const u64 residue = p.ring().modulus(i).reduce(size);
                    good = good && x.limb(i)[k] == (negative ? p.ring().modulus(i).negate(residue) : residue);
                }
            }
            CHECK(good);
        }
    }
}

TEST("a key serves its level and all below, and a key of a lower level gives the same error there") {
    Context c(literal(11, {{40}, {39}, {38, 37}, {36}, {40}}, {41, 41}));
    const Parameters& p = *c.parameters;
    const EvaluationPolynomial square = square_of_secret(c);
    Rng rng(3);
    for (int key_level = 0; key_level <= p.max_level(); ++key_level) {
        const KeySwitchKey key = c.generator.relinearization_key(key_level);
        CHECK_EQ(key.level, key_level);
        CHECK_EQ(key.b.size(), static_cast<std::size_t>(p.digit_count(key_level)));
        for (std::size_t j = 0; j < key.a.size(); ++j)
            CHECK(equal(key.a[j].unpack(c.execution),
                        expand_uniform(c.ring(), p.key_basis(key_level), key.seed, j, c.execution)));
        for (int level = 0; level <= key_level; ++level) {
            const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
            Variance variance;
            variance.add(
                switch_error(c, key_switch(p, a, level, {&key}, {}, c.execution), a, square, c.secret.evaluation()));
            CHECK(variance.value() < 1.5 * expected_variance(p, level));
        }
    }
}

TEST("several keys at once give what each gives alone, at every level, with an addend and a rescale") {
    Context c(literal(11, {{40}, {39}, {38, 37}, {36}, {40}}, {41, 41}));
    const Parameters& p = *c.parameters;
    std::vector<GaloisKey> galois;
    for (const int steps : {1, 2, -7}) galois.push_back(c.generator.galois_key(rotation_element(c.ring(), steps), 4));
    const KeySwitchKey plain = c.generator.relinearization_key(p.max_level());
    std::vector<SwitchKey> keys{{&plain}};
    for (const GaloisKey& key : galois) keys.push_back({&key.key, &key.automorphism});
    Rng rng(7);
    for (int level = 0; level <= p.max_level(); ++level) {
        const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const auto addend = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const SwitchOptions options{.add = [&](int part, int i, u64*) { return part == 0 ? addend.limb(i) : nullptr; },
                                    .rescale = level > 0};
        const auto together = key_switch(p, a, level, keys, options, c.execution);
        REQUIRE(together.size() == keys.size());
        for (std::size_t k = 0; k < keys.size(); ++k) {
            const auto alone = key_switch(p, a, level, keys[k], options, c.execution);
            CHECK(equal(together[k][0], alone[0]));
            CHECK(equal(together[k][1], alone[1]));
        }
    }
    CHECK(key_switch(p, random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(0), rng), 0,
                     std::span<const SwitchKey>(), {}, c.execution)
              .empty());
}

TEST("the uniform polynomials of a lower level are a prefix of those of a higher one") {
    const Context c(literal(10, {{40}, {39}, {38}}, {41, 42}));
    RandomSource random = RandomSource::insecure_deterministic(5);
    const PublicSeed seed = random.next_public_seed();
    const EvaluationPolynomial high = expand_uniform(c.ring(), c.parameters->key_basis(2), seed, 7, c.execution);
    for (int level = 0; level <= 2; ++level)
        CHECK(equal(expand_uniform(c.ring(), c.parameters->key_basis(level), seed, 7, c.execution),
                    high.copy(c.parameters->key_basis(level))));
    CHECK(!equal(expand_uniform(c.ring(), c.parameters->key_basis(2), seed, 8, c.execution), high));
}

TEST(
    "a Galois key and its automorphism turn a(X) s into a(X^g) s(X^g), for rotations, conjugation and any odd element") {
    Context c(literal(11, {{40}, {39}, {38}}, {41, 41}));
    const Parameters& p = *c.parameters;
    Rng rng(4);
    for (const u32 element : {rotation_element(c.ring(), 1), rotation_element(c.ring(), -5),
                              conjugation_element(c.ring()), 3u, 1u, 2047u}) {
        const GaloisKey key = c.generator.galois_key(element, 2);
        CHECK_EQ(key.automorphism.element(), element);
        for (const int level : {2, 0}) {
            const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
            const auto switched = key_switch(p, a, level, {&key.key}, {}, c.execution);
            std::array<EvaluationPolynomial, 2> turned{EvaluationPolynomial(c.ring(), p.basis(level)),
                                                       EvaluationPolynomial(c.ring(), p.basis(level))};
            for (std::size_t i = 0; i < 2; ++i) apply(turned[i], switched[i], key.automorphism, c.execution);
            EvaluationPolynomial a_turned(c.ring(), p.basis(level));
            apply(a_turned, a, key.automorphism, c.execution);
            EvaluationPolynomial s_turned(c.ring(), c.secret.evaluation().basis());
            apply(s_turned, c.secret.evaluation(), key.automorphism, c.execution);
            Variance variance;
            variance.add(switch_error(c, turned, a_turned, s_turned, c.secret.evaluation()));
            CHECK_NEAR(variance.value() / expected_variance(p, level), 1.0, 0.25);
        }
    }
    CHECK_THROWS_CODE(c.generator.galois_key(2, 1), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.generator.galois_key(0, 1), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.generator.galois_key(4097, 1), ErrorCode::invalid_argument);
}

TEST("what a key switch adds comes out whole, and an automorphism within it is one behind it") {
    Context c(literal(11, {{40}, {39}, {38, 37}, {36}}, {41, 42}));
    const Parameters& p = *c.parameters;
    const KeySwitchKey key = c.generator.relinearization_key(p.max_level());
    const Automorphism turn(c.ring(), rotation_element(c.ring(), 3));
    Rng rng(5);
    for (int level = 0; level <= p.max_level(); ++level) {
        const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const auto addend = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const auto plain = key_switch(p, a, level, {&key}, {}, c.execution);
        const SwitchOptions options{.add = [&](int part, int i, u64*) { return part == 1 ? addend.limb(i) : nullptr; }};
        const auto all = key_switch(p, a, level, {&key, &turn}, options, c.execution);
        EvaluationPolynomial sum(c.ring(), p.basis(level));
        add(sum, plain[1], addend, c.execution);
        for (std::size_t part = 0; part < 2; ++part) {
            EvaluationPolynomial turned(c.ring(), p.basis(level));
            apply(turned, part == 1 ? sum : plain[part], turn, c.execution);
            CHECK(equal(all[part], turned));
        }
    }
}

TEST("a key switch that rescales rounds once: within 1 of a rescale after it") {
    Context c(literal(11, {{40}, {39}, {38, 37}, {36}}, {41, 42}));
    const Parameters& p = *c.parameters;
    const KeySwitchKey key = c.generator.relinearization_key(p.max_level());
    Rng rng(8);
    for (int level = 1; level <= p.max_level(); ++level) {
        const auto a = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        const auto addend = random_polynomial<EvaluationPolynomial>(c.ring(), p.basis(level), rng);
        SwitchOptions options{.add = [&](int, int i, u64*) { return addend.limb(i); }};
        const auto apart = key_switch(p, a, level, {&key}, options, c.execution);
        options.rescale = true;
        const auto together = key_switch(p, a, level, {&key}, options, c.execution);
        for (std::size_t part = 0; part < 2; ++part) {
            EvaluationPolynomial difference =
                divide_and_round(apart[part], p.level_width(level), p.rescale_converter(level), c.execution);
            CHECK(together[part].basis() == p.basis(level - 1));
            subtract(difference, difference, together[part], c.execution);
            const CoefficientPolynomial d = to_coefficient(std::move(difference), c.execution);
            for (int i = 0; i < d.limb_count(); ++i)
                CHECK(std::all_of(d.limb(i), d.limb(i) + d.n(),
                                  [&](u64 x) { return x <= 1 || x == d.modulus(i).value() - 1; }));
        }
    }
}

TEST("keys are refused without P and outside the levels, and a stop ends their making") {
    Context without(literal(10, {{40}, {39}}, {}));
    CHECK_THROWS_CODE(without.generator.relinearization_key(1), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(without.generator.galois_key(5, 1), ErrorCode::parameters_invalid);
    Context c(literal(10, {{40}, {39}}, {41}));
    CHECK_THROWS_CODE(c.generator.relinearization_key(2), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.generator.relinearization_key(-1), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.generator.galois_key(5, 2), ErrorCode::invalid_argument);
    ThreadPool pool(2);
    std::stop_source stop;
    stop.request_stop();
    const KeyGenerator stopped(c.secret, c.random, Execution(pool, stop.get_token()));
    CHECK_THROWS_CODE(stopped.relinearization_key(1), ErrorCode::cancelled);
    CHECK_THROWS_CODE(stopped.public_key(), ErrorCode::cancelled);
}

TEST("keys and key switches are the same bits on 1, 2, 3 and 8 threads") {
    const ParametersLiteral set = literal(13, {{40}, {39}, {38}, {37}}, {41, 41});
    Rng rng(6);
    Context one(set);
    const KeySwitchKey expected_key = one.generator.relinearization_key(3);
    const auto a = random_polynomial<EvaluationPolynomial>(one.ring(), one.parameters->basis(3), rng);
    const auto expected = key_switch(*one.parameters, a, 3, {&expected_key}, {}, one.execution);
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        Context c(set, Execution(pool));
        const KeySwitchKey key = c.generator.relinearization_key(3);
        for (std::size_t j = 0; j < key.b.size(); ++j) {
            CHECK(equal(key.b[j].unpack(c.execution), expected_key.b[j].unpack(c.execution)));
            CHECK(equal(key.a[j].unpack(c.execution), expected_key.a[j].unpack(c.execution)));
        }
        const auto switched = key_switch(*c.parameters, a, 3, {&key}, {}, c.execution);
        CHECK(equal(switched[0], expected[0]));
        CHECK(equal(switched[1], expected[1]));
    }
}

TEST("byte counts are those of the polynomials") {
    Context c(literal(10, {{40}, {39}, {38}}, {41}));
    const KeySwitchKey key = c.generator.relinearization_key(1);
    CHECK_EQ(key.byte_count(),
             2u * 2 * 1024 * (40 + 39 + 41) / 8);  // two parts, two digits, two primes of Q and one of P
}

}  // namespace
}  // namespace ciphernet::rlwe
