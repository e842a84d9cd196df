#include <algorithm>
#include <bit>
#include <complex>
#include <memory>
#include <numbers>
#include <string>

#include "bootstrapping_common.hpp"
#include "ckks/bootstrapping/bootstrapper.hpp"
#include "ckks/bootstrapping/dft.hpp"
#include "ckks/bootstrapping/intent.hpp"
#include "context.hpp"
#include "ring/mixed_radix.hpp"
#include "rlwe/encryption.hpp"
#include "rlwe/key_generator.hpp"

namespace ciphernet::ckks::test {
namespace {

struct Bootstrapping {
    explicit Bootstrapping(const ParametersLiteral& set, KeyBudget budget = KeyBudget::fast, u64 stream = 0)
        : parameters(std::make_shared<const Parameters>(set)),
          random(RandomSource::insecure_deterministic(test_seed() + stream)),
          secret(rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {})),
          bootstrapper(parameters, budget, {}),
          keys(std::make_shared<const rlwe::EvaluationKeys>(
              bootstrapping_keys(*parameters, bootstrapper.keys(), secret, random, {}))),
          evaluator(parameters, keys, {}) {}
    Bootstrapping(const Bootstrapping&) = delete;
    Bootstrapping& operator=(const Bootstrapping&) = delete;

    Ciphertext encrypt(const Slots& values, int level, double magnitude = 1.5) {
        std::vector<double> re, im;
        for (const auto& x : values) re.push_back(x.real()), im.push_back(x.imag());
        return ckks::encrypt(parameters, secret, {re, im}, level, magnitude, random, {});
    }
    SlotVector decrypt(const Ciphertext& a) const { return ckks::decrypt(a, secret, {}); }
    Ciphertext bootstrap(const Ciphertext& a) const { return bootstrapper.bootstrap(a, keys, {}); }

    std::shared_ptr<const Parameters> parameters;
    RandomSource random;
    rlwe::SecretKey secret;
    Bootstrapper bootstrapper;
    std::shared_ptr<const rlwe::EvaluationKeys> keys;
    Evaluator evaluator;
};

std::size_t reversed(std::size_t i, int bits) {
    std::size_t r = 0;
    for (int b = 0; b < bits; ++b) r |= (i >> b & 1) << (bits - 1 - b);
    return r;
}

Slots apply(const std::vector<DiagonalMatrix>& factors, Slots x) {
    for (const DiagonalMatrix& m : factors) {
        Slots y(x.size());
        for (const Diagonal& d : m)
            for (std::size_t i = 0; i < x.size(); ++i)
                y[i] += std::complex(d.values.re[i], d.values.im[i]) *
                        x[(i + static_cast<std::size_t>(d.index)) % x.size()];
        x = std::move(y);
    }
    return x;
}

/// w_k of the embedding, k in natural order.
Slots coefficients_of(const Slots& slots, int log_slots) {
    const Embedding<double> embedding(log_slots);
    std::vector<double> re, im;
    for (const auto& x : slots) re.push_back(x.real()), im.push_back(x.imag());
    embedding.from_slots(re.data(), im.data(), log_slots);
    Slots w;
    for (std::size_t i = 0; i < re.size(); ++i) w.emplace_back(re[i], im[i]);
    return w;
}

TEST(
    "the factors multiply out to the embedding, bit-reversed in between, and their diagonals are those that were announced") {
    Rng rng(1);
    for (const int log_slots : {1, 4, 7})
        for (int factors = 1; factors <= std::min(3, log_slots); ++factors)
            for (const int log_vector : {log_slots, log_slots + 1}) {
                const DftShape shape{log_slots, log_vector, factors};
                const Slots slots = random_slots(std::size_t{1} << log_slots, rng);
                const Slots w = coefficients_of(slots, log_slots);
                const bool twice = log_vector != log_slots;
                Slots x = slots, between;
                if (twice) x.insert(x.end(), slots.begin(), slots.end());
                for (std::size_t i = 0; i < slots.size(); ++i) between.push_back(w[reversed(i, log_slots)]);
                if (twice)
                    for (std::size_t i = 0; i < slots.size(); ++i)
                        between.push_back(std::complex(0.0, -1.0) * between[i]);
                const auto forth = coefficients_to_slots(shape, 3);
                const auto back = slots_to_coefficients(shape, 5);
                const Slots got = apply(forth, x);
                for (std::size_t i = 0; i < x.size(); ++i) CHECK_NEAR(std::abs(got[i] - 3.0 * between[i]), 0, 1e-12);
                // What stands between are real parts of both halves where the slots stand twice.
                if (twice)
                    for (std::size_t i = 0; i < between.size(); ++i) between[i] = between[i].real();
                const Slots again = apply(back, between);
                for (std::size_t i = 0; i < x.size(); ++i) CHECK_NEAR(std::abs(again[i] - 5.0 * x[i]), 0, 1e-11);

                const auto check_indices = [](const std::vector<DiagonalMatrix>& made,
                                              const std::vector<std::vector<int>>& announced) {
                    REQUIRE(made.size() == announced.size());
                    for (std::size_t f = 0; f < made.size(); ++f) {
                        std::vector<int> indices;
                        for (const Diagonal& d : made[f]) indices.push_back(d.index);
                        CHECK(indices == announced[f]);
                    }
                };
                check_indices(forth, coefficients_to_slots_indices(shape));
                check_indices(back, slots_to_coefficients_indices(shape));

                // Diagonals repeat where it is said that they do.
                const auto check_periods = [](const std::vector<DiagonalMatrix>& made,
                                              const std::vector<int>& announced) {
                    REQUIRE(made.size() == announced.size());
                    for (std::size_t f = 0; f < made.size(); ++f)
                        for (const Diagonal& d : made[f])
                            for (std::size_t i = std::size_t{1} << announced[f]; i < d.values.re.size(); ++i) {
                                CHECK_EQ(d.values.re[i], d.values.re[i - (std::size_t{1} << announced[f])]);
                                CHECK_EQ(d.values.im[i], d.values.im[i - (std::size_t{1} << announced[f])]);
                            }
                };
                check_periods(forth, coefficients_to_slots_log_periods(shape));
                check_periods(back, slots_to_coefficients_log_periods(shape));
            }
}

TEST("the reduction's polynomial is good at every integer that occurs, whose probabilities sum to one") {
    for (const auto& [degree, doublings] : {std::pair{63, 2}, {31, 3}, {63, 1}}) {
        const ModularReduction r = modular_reduction({.degree = degree, .double_angles = doublings});
        double total = 0;
        for (const auto& integer : r.integers) {
            total += integer.probability;
            CHECK_LE(integer.largest_error, doublings == 1 ? 1e-3 : 1e-6);
        }
        CHECK_NEAR(total, 1, 1e-6);
        CHECK_EQ(r.integers.size(), std::size_t{33});
        CHECK_LE(r.deviation, doublings == 1 ? 1e-8 : degree == 31 ? 1e-10 : 1e-13);
        CHECK_EQ(r.cosine.degree(), degree);
    }
    // The sine of a small angle, less its series.
    const double e = 0x1p-8;
    CHECK_NEAR(angle_error({.arcsine_degree = 1}, e) / (std::pow(2 * std::numbers::pi * e, 3) / 6), 1, 1e-3);
    CHECK_LE(angle_error({.arcsine_degree = 3}, e), angle_error({.arcsine_degree = 1}, e) / 1000);
    CHECK_LE(angle_error({.arcsine_degree = 5}, e), angle_error({.arcsine_degree = 3}, e) / 1000);
}

TEST("raising keeps the message modulo q_0 and adds no more than half the sparse weight of it") {
    Bootstrapping b(small(10));
    const Parameters& p = *b.parameters;
    Rng rng(1);
    const Ciphertext a = b.encrypt(random_slots(p.slots(), rng), 0);
    const Ciphertext raised = b.bootstrapper.raise(a, *b.keys, {});
    CHECK_EQ(raised.level(), p.max_level());
    const std::size_t n = p.ring().n();
    const MixedRadix radix(p.ring());
    std::vector<DoubleDouble> t(n), m(n);
    radix.compose(t.data(), rlwe::phase(raised.body, b.secret, {}), n, 1, {});
    radix.compose(m.data(), rlwe::phase(a.body, b.secret, {}), n, 1, {});
    const double q = std::exp2(p.rlwe().log2_q(0));
    const double larger = std::exp2(58 - 40 - p.literal().bootstrapping->log_message_ratio);
    int most = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const double multiple = std::round(t[i].hi / q);
        most = std::max(most, static_cast<int>(std::abs(multiple)));
        // q in two words: the difference is far below it.
        double remainder = t[i].hi - m[i].hi * larger;
        remainder = std::remainder(remainder, q);
        CHECK_LE(std::abs(remainder), std::ldexp(1.0, 14));
    }
    CHECK(most > 0);
    CHECK_LE(most, p.literal().bootstrapping->secret_weight / 2);
}

TEST("encrypted, coefficients go to the slots and back") {
    for (const auto& [log_slots, budget] : {std::pair{-1, KeyBudget::fast}, {4, KeyBudget::small}}) {
        Bootstrapping b(small(10, log_slots), budget);
        const Parameters& p = *b.parameters;
        Rng rng(3);
        const Slots x = random_slots(p.slots(), rng);
        const Slots w = coefficients_of(x, p.log_slots());
        const double q = std::exp2(p.rlwe().log2_q(0));
        const double range = b.bootstrapper.reduction().range;
        // A ciphertext that lies in the slots' subring, so that the trace multiplies it by the copies.
        const auto parts = b.bootstrapper.to_slots(b.encrypt(x, p.max_level()), b.evaluator);
        REQUIRE(parts.size() == (log_slots == -1 ? 2u : 1u));
        if (log_slots == -1) {
            const double scale = p.scale(p.max_level()).hi / (range * q);
            Slots re(x.size()), im(x.size());
            for (std::size_t i = 0; i < x.size(); ++i) {
                re[i] = w[reversed(i, p.log_slots())].real() * scale;
                im[i] = w[reversed(i, p.log_slots())].imag() * scale;
            }
            CHECK_LE(deviation(b.decrypt(parts[0]), re), 0x1p-48);
            CHECK_LE(deviation(b.decrypt(parts[1]), im), 0x1p-48);
        }
        // Without the reduction the way back sees t / (range q_0) for 2 pi m / q_0.
        const double larger = std::exp2(58 - 40 - p.literal().bootstrapping->log_message_ratio);
        const double whole = p.scale(p.max_level()).hi / (range * 2 * std::numbers::pi * larger * p.scale(0).hi);
        std::vector<Ciphertext> lowered;
        const int level = p.user_level() + p.literal().bootstrapping->slots_to_coefficients;
        for (const Ciphertext& part : parts) lowered.push_back(b.evaluator.drop_to_level(part, level));
        const Ciphertext again = b.bootstrapper.to_coefficients(Bootstrapper::join(lowered, b.evaluator), b.evaluator);
        CHECK_EQ(again.level(), p.user_level());
        const Slots expected = map(x, [&](auto v) { return v * whole; });
        CHECK_LE(deviation(b.decrypt(again), expected), whole * 0x1p-22);
    }
}

TEST("the reduction gives 2 pi times the remainder, for every integer, and the arcsine straightens the sine") {
    for (const auto& [arcsine, ratio] : {std::pair{1, 12}, {3, 6}}) {
        Bootstrapping b(small(10, -1, {.arcsine_degree = arcsine, .log_message_ratio = ratio}));
        const Parameters& p = *b.parameters;
        Rng rng(2);
        const double range = b.bootstrapper.reduction().range;
        Slots y(p.slots()), sine(p.slots()), angle(p.slots());
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double e = std::ldexp(rng.uniform(-1, 1), -ratio);
            const double integer = static_cast<double>(i % 33) - 16;
            y[i] = (integer + (std::abs(integer) == 16 ? -std::copysign(std::abs(e), integer) : e)) / range;
            const double x = y[i].real() * range - integer;
            sine[i] = std::sin(2 * std::numbers::pi * x);
            angle[i] = 2 * std::numbers::pi * x;
        }
        const Ciphertext x = b.encrypt(y, b.bootstrapper.keys().relinearization_level);
        const auto r = b.bootstrapper.reduce(std::span(&x, 1), b.evaluator);
        CHECK_EQ(r[0].level(), p.user_level() + p.literal().bootstrapping->slots_to_coefficients);
        const SlotVector got = b.decrypt(r[0]);
        const double angle_off = angle_error(*p.literal().bootstrapping, std::exp2(-ratio));
        for (std::size_t i = 0; i < y.size(); ++i) {
            const double fit = b.bootstrapper.reduction().integers[i % 33].largest_error;
            CHECK_LE(std::abs(got.re[i] - angle[i].real()), angle_off + 2 * fit + 0x1p-36);
            if (arcsine == 1) CHECK_LE(std::abs(got.re[i] - sine[i].real()), 2 * fit + 0x1p-36);
        }
    }
}

TEST("a bootstrapped ciphertext has the same slots and its levels again, as precisely as predicted") {
    for (const auto& [set, budget] : {std::pair{small(10), KeyBudget::fast},
                                      {small(10, 7), KeyBudget::fast},
                                      {small(10), KeyBudget::small},
                                      {small_back_first(10), KeyBudget::fast},
                                      {small_back_first(10), KeyBudget::small}}) {
        Bootstrapping b(set, budget);
        Rng rng(1);
        const int lowest = b.bootstrapper.input_level();
        const Slots values = random_slots(b.parameters->slots(), rng);
        const Ciphertext r = b.bootstrap(b.encrypt(values, lowest + 1));
        CHECK_EQ(r.level(), b.parameters->user_level());
        CHECK_NEAR(mean_bits(b.decrypt(r), values), b.bootstrapper.noise().mean_bits, 1);
        CHECK_LE(deviation(b.decrypt(r), values), r.noise.deviation);

        // Slots that are all alike are one large coefficient each for the real and the imaginary part, where the sine bends.
        const Slots ones(b.parameters->slots(), {1, 1});
        CHECK_NEAR(mean_bits(b.decrypt(b.bootstrap(b.encrypt(ones, lowest))), ones),
                   b.bootstrapper.noise().constant_bits, 1);
        // What comes out can be multiplied as often again, and bootstrapped again.
        const Ciphertext square = b.evaluator.square(r);
        CHECK_LE(18.0, mean_bits(b.decrypt(b.bootstrap(square)), map(values, [](auto x) { return x * x; })));
    }
}

TEST("a second pass takes off what the first is off, for a level, whatever the slots") {
    // Users' levels of two primes leave room for more bits than one pass of this circuit gives.
    ParametersLiteral set = small(10);
    set.log_scale = 52;
    set.bootstrapping->log_message_ratio = 8;
    set.log_q = {66, 52, 52, 52, 50, 50, 50};
    set.log_q.insert(set.log_q.end(), static_cast<std::size_t>(set.bootstrapping->modular_reduction()), 66);
    set.log_q.insert(set.log_q.end(), 3, 58);
    Bootstrapping b(set);
    Rng rng(4);
    const Slots random = random_slots(b.parameters->slots(), rng);
    const Slots ones(b.parameters->slots(), {1, 1});
    for (const Slots* values : {&random, &ones}) {
        const Ciphertext a = b.encrypt(*values, 0);
        const double once = mean_bits(b.decrypt(b.bootstrap(a)), *values);
        const Ciphertext r = b.bootstrapper.bootstrap_twice(a, b.keys, {});
        const double twice = mean_bits(b.decrypt(r), *values);
        CHECK_EQ(r.level(), b.parameters->user_level() - 1);
        CHECK_LE(once + 8, twice);
        CHECK_LE(30.0, twice);
        CHECK_LE(deviation(b.decrypt(r), *values), r.noise.deviation);
    }
    CHECK(b.bootstrapper.second_pass_bits(1) > 8);
}

TEST("twice the magnitude bends eight times as much, as predicted") {
    Bootstrapping b(small(10));
    const double one = largest_angle_error(b.parameters->literal(), 1);
    const double two = largest_angle_error(b.parameters->literal(), 2);
    CHECK_NEAR(two / one, 8, 0.01);
    const Slots twos(b.parameters->slots(), {2, 0});
    CHECK_NEAR(deviation(b.decrypt(b.bootstrap(b.encrypt(twos, 0, 2))), twos) / two, 1, 0.1);
}

TEST("bootstrapping says which keys are missing, and refuses those of another set") {
    Bootstrapping b(small(10));
    const Slots values(b.parameters->slots(), 0.5);
    const Ciphertext a = b.encrypt(values, 0);
    const auto with = [&](const auto& change) {
        auto keys = std::make_shared<rlwe::EvaluationKeys>(*b.keys);
        change(*keys);
        return [&b, &a, keys] { static_cast<void>(b.bootstrapper.bootstrap(a, keys, {})); };
    };
    CHECK_THROWS_CODE(with([](auto& keys) { keys.encapsulation.reset(); })(), ErrorCode::key_missing);
    CHECK_THROWS_CODE(with([](auto& keys) { keys.relinearization.reset(); })(), ErrorCode::key_missing);
    CHECK_THROWS_CODE(with([](auto& keys) { keys.galois.erase(keys.galois.begin()); })(), ErrorCode::key_missing);
    Bootstrapping other(small(10, 5));
    CHECK_THROWS_CODE(static_cast<void>(b.bootstrapper.bootstrap(a, other.keys, {})), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(Bootstrapper(std::make_shared<const Parameters>(literal(10, 3, 40)), KeyBudget::fast, {}),
                      ErrorCode::parameters_invalid);
}

TEST("what begins with a transform needs its levels, and leads to the users' scale whatever the primes are") {
    Bootstrapping b(small_back_first(11));
    const Parameters& p = *b.parameters;
    CHECK_EQ(b.bootstrapper.input_level(), 2);
    CHECK_EQ(p.user_level(), 4);
    for (int level = 0; level <= p.user_level(); ++level) CHECK(!p.is_linear(level));
    // q_0 is that many times a message: the last product gives it back.
    CHECK_NEAR(std::log2(p.product_gain(p.user_level() + 1) * 2 * std::numbers::pi), 14, 0.7);
    CHECK_EQ(p.product_gain(p.user_level()), 1.0);
    CHECK_NEAR(std::log2(message_ratio(p.literal())), 14, 0.7);
    const Ciphertext low = b.encrypt(Slots(p.slots(), 0.5), 1);
    CHECK_THROWS_CODE(static_cast<void>(b.bootstrap(low)), ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(static_cast<void>(b.bootstrapper.bootstrap_twice(low, b.keys, {})), ErrorCode::level_exhausted);
    // A second pass begins at the level where a first one does.
    Rng rng(5);
    const Slots values = random_slots(p.slots(), rng);
    const Ciphertext a = b.encrypt(values, 3);
    const Ciphertext r = b.bootstrapper.bootstrap_twice(a, b.keys, {});
    CHECK_EQ(r.level(), p.user_level() - 1);
    CHECK_LE(mean_bits(b.decrypt(b.bootstrap(a)), values), mean_bits(b.decrypt(r), values));
}

TEST("levels of the transforms cannot be spent by products") {
    Bootstrapping b(small(10));
    const int top = b.parameters->max_level();
    const Ciphertext a = b.encrypt(Slots(b.parameters->slots(), 0.5), top);
    CHECK(b.parameters->is_linear(top));
    CHECK_THROWS_CODE(static_cast<void>(b.evaluator.multiply(a, a)), ErrorCode::scale_mismatch);
    CHECK_THROWS_CODE(static_cast<void>(b.evaluator.multiply_scalar(a, 2.0)), ErrorCode::scale_mismatch);
    CHECK(!b.parameters->is_linear(b.parameters->user_level()));
}

TEST("a set that cannot be bootstrapped is refused, with what is wrong") {
    const auto refused = [](const auto& change) {
        ParametersLiteral set = small(10);
        change(set);
        CHECK_THROWS_CODE(Parameters{set}, ErrorCode::parameters_invalid);
    };
    refused([](auto& set) { set.bootstrapping->coefficients_to_slots = 0; });
    refused([](auto& set) { set.bootstrapping->slots_to_coefficients = 9; });
    refused([](auto& set) { set.bootstrapping->degree = 2; });
    refused([](auto& set) { set.bootstrapping->double_angles = -1; });
    refused([](auto& set) { set.bootstrapping->arcsine_degree = 4; });
    refused([](auto& set) { set.bootstrapping->secret_weight = 0; });
    refused([](auto& set) { set.log_q.resize(10); });
    refused([](auto& set) { set.log_p.clear(); });
    refused([](auto& set) { set.log_slots = 0; });
    const auto refused_first = [](const auto& change) {
        ParametersLiteral set = small_back_first(10);
        change(set);
        CHECK_THROWS_CODE(Parameters{set}, ErrorCode::parameters_invalid);
    };
    refused_first([](auto& set) { set.log_slots = 5; });
    refused_first([](auto& set) { set.bootstrapping->arcsine_degree = 3; });
    refused_first([](auto& set) { set.bootstrapping->slots_to_coefficients = 5; });
    refused_first([](auto& set) { set.bootstrapping->log_message_ratio = 10; });
    refused_first([](auto& set) { set.log_q[5] = 60; });
    // The sparse secret's modulus is held to its own table.
    ParametersLiteral set = plan_bootstrapping({.slots = 1 << 14, .levels_after = 2, .precision_bits = 12}).literal;
    set.bootstrapping->secret_weight = 16;
    CHECK_THROWS_CODE(Parameters{set}, ErrorCode::security_insufficient);
}

TEST("plans by intent keep what they promise: security, precision, failure, memory") {
    struct Case {
        BootstrappingIntent intent;
        int log_n;
    };
    const std::vector<Case> cases{
        {{.slots = 1 << 15, .levels_after = 10, .precision_bits = 22, .log_scale = 40}, 16},
        {{.slots = 1 << 15, .levels_after = 10, .precision_bits = 20, .keys = KeyBudget::small}, 16},
        {{.slots = 1 << 10, .levels_after = 10, .precision_bits = 22}, 16},
        {{.slots = 1 << 14, .levels_after = 2, .precision_bits = 12}, 15},
        {{.slots = 1 << 15, .levels_after = 10, .precision_bits = 26}, 16},
        {{.slots = 1 << 15, .levels_after = 14, .precision_bits = 26}, 17},
    };
    for (const auto& [intent, log_n] : cases) {
        const BootstrappingPlan plan = plan_bootstrapping(intent);
        CHECK_EQ(plan.literal.log_n, log_n);
        CHECK_LE(plan.log2_qp, plan.log2_qp_limit);
        CHECK_LE(plan.log2_sparse, plan.log2_sparse_limit);
        CHECK_LE(plan.noise.log2_failure, -128.0);
        CHECK_LE(intent.precision_bits, plan.noise.mean_bits);
        CHECK_LE(intent.precision_bits, plan.noise.constant_bits);
        CHECK_LE(static_cast<double>(plan.key_bytes), log_n == 17 ? 16e9 : 4e9);
        const BootstrappingLiteral& b = *plan.literal.bootstrapping;
        CHECK_EQ(static_cast<int>(plan.literal.log_q.size()), 1 + intent.levels_after + b.input_level() + b.levels());
        // All slots gain by the transform that comes first; few do not.
        CHECK_EQ(b.transforms_to_coefficients_first(), plan.literal.log_slots == log_n - 1);
        if (intent.log_scale != 0) CHECK_EQ(plan.literal.log_scale, intent.log_scale);
        CHECK(!plan.reasons.empty());
    }
    for (const BootstrappingIntent& bad :
         std::vector<BootstrappingIntent>{{.slots = 1, .levels_after = 2, .precision_bits = 12},
                                          {.slots = 1 << 17, .levels_after = 2, .precision_bits = 12},
                                          {.slots = 1 << 14, .levels_after = 0, .precision_bits = 12},
                                          {.slots = 1 << 14, .levels_after = 2, .precision_bits = std::nan("")},
                                          {.slots = 1 << 14, .levels_after = 2, .precision_bits = 12, .magnitude = 0},
                                          {.slots = 1 << 14, .levels_after = 2, .precision_bits = 12, .log_scale = 5}})
        CHECK_THROWS_CODE(plan_bootstrapping(bad), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(plan_bootstrapping({.slots = 1 << 15, .levels_after = 60, .precision_bits = 30}),
                      ErrorCode::parameters_invalid);
}

TEST("a plan's keys and matrices have the sizes that it states") {
    for (const auto& [set, budget] : {std::pair{small(10, 6), KeyBudget::fast},
                                      {small(10, 6), KeyBudget::small},
                                      {small(12), KeyBudget::fast},
                                      {small_back_first(12), KeyBudget::fast}}) {
        const BootstrappingPlan plan = describe_bootstrapping(set, budget);
        Bootstrapping b(set, budget);
        CHECK_EQ(b.bootstrapper.keys().rotations.size() + 4, plan.key_count);
        std::size_t indices = 0;  // the permutations of the automorphisms are no part of the keys' polynomials
        for (const auto& [element, key] : b.keys->galois) indices += key->automorphism.index().size() * sizeof(u32);
        const auto sparse = b.keys->encapsulation->to_sparse.byte_count();
        CHECK_NEAR(static_cast<double>(b.keys->byte_count() - indices - sparse) / static_cast<double>(plan.key_bytes),
                   1, 0.02);
        CHECK_NEAR(static_cast<double>(b.bootstrapper.byte_count()) / static_cast<double>(plan.matrix_bytes), 1, 0.02);
    }
}

/// What the refusal of these keys names; empty when they are taken.
std::string refused_key(const Bootstrapping& b, const rlwe::EvaluationKeys& keys) {
    try {
        require_bootstrapping_keys(keys, b.bootstrapper.keys());
    } catch (const Error& e) {
        CHECK(e.code() == ErrorCode::key_missing);
        return e.details().front().second;
    }
    return {};
}

TEST("every key of bootstrapping that is missing, or is of too low a level, is refused by its name") {
    Bootstrapping b(small(10));
    const Ring& ring = b.parameters->ring();
    const BootstrappingKeyList& list = b.bootstrapper.keys();
    const rlwe::KeyGenerator generator(b.secret, b.random, {});
    CHECK_EQ(refused_key(b, *b.keys), "");

    rlwe::EvaluationKeys keys = *b.keys;
    keys.encapsulation = nullptr;
    CHECK_EQ(refused_key(b, keys), "bootstrapping");

    keys = *b.keys;
    keys.relinearization = nullptr;
    CHECK_EQ(refused_key(b, keys), "relinearization key");
    keys.relinearization =
        std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(list.relinearization_level - 1));
    CHECK_EQ(refused_key(b, keys), "relinearization key");

    const auto check_galois = [&](u32 element, int level, const std::string& name) {
        rlwe::EvaluationKeys some = *b.keys;
        some.galois.erase(element);
        CHECK_EQ(refused_key(b, some), name);
        some.galois[element] = std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, level - 1));
        CHECK_EQ(refused_key(b, some), name);
    };
    check_galois(conjugation_element(ring), list.conjugation_level, "conjugation key");
    for (const auto& [step, level] : list.rotations)
        check_galois(rotation_element(ring, step), level, "key for the rotation by " + std::to_string(step));
}

}  // namespace
}  // namespace ciphernet::ckks::test
