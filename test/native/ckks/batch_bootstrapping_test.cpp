#include <bit>
#include <cmath>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bootstrapping_common.hpp"
#include "ckks/bootstrapping/batch_bootstrapper.hpp"
#include "ckks/bootstrapping/intent.hpp"
#include "context.hpp"
#include "rlwe/encryption.hpp"
#include "rlwe/key_generator.hpp"

namespace ciphernet::ckks::test {
namespace {

/// A sparse set with what bootstraps a batch of it.
struct Batch {
    Batch(const ParametersLiteral& set, std::size_t batch, KeyBudget budget = KeyBudget::fast)
        : parameters(std::make_shared<const Parameters>(set)),
          random(RandomSource::insecure_deterministic(test_seed())),
          secret(rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {})),
          bootstrapper(parameters, budget, batch, {}),
          keys(std::make_shared<const rlwe::EvaluationKeys>(
              bootstrapping_keys(*parameters, bootstrapper.keys(), secret, random, {}))) {}
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    Ciphertext encrypt(const Slots& values, int level) {
        std::vector<double> re, im;
        for (const auto& x : values) re.push_back(x.real()), im.push_back(x.imag());
        return ckks::encrypt(parameters, secret, {re, im}, level, 1.5, random, {});
    }
    std::vector<Ciphertext> encrypt(const std::vector<Slots>& values, int level) {
        std::vector<Ciphertext> r;
        for (const Slots& x : values) r.push_back(encrypt(x, level));
        return r;
    }
    SlotVector decrypt(const Ciphertext& a) const { return ckks::decrypt(a, secret, {}); }
    std::vector<Slots> random_values(std::size_t count, Rng& rng) const {
        std::vector<Slots> r;
        for (std::size_t i = 0; i < count; ++i) r.push_back(random_slots(parameters->slots(), rng));
        return r;
    }
    std::vector<Ciphertext> bootstrap(const std::vector<Ciphertext>& a, int passes = 1,
                                      const Execution& execution = {}) const {
        return bootstrapper.bootstrap(pointers(a), keys, passes, execution);
    }
    static std::vector<const Ciphertext*> pointers(const std::vector<Ciphertext>& a) {
        std::vector<const Ciphertext*> r;
        for (const Ciphertext& x : a) r.push_back(&x);
        return r;
    }

    std::shared_ptr<const Parameters> parameters;
    RandomSource random;
    rlwe::SecretKey secret;
    BatchBootstrapper bootstrapper;
    std::shared_ptr<const rlwe::EvaluationKeys> keys;
};

/// Mean over all of them.
double all_bits(const Batch& b, const std::vector<Ciphertext>& got, const std::vector<Slots>& expected) {
    REQUIRE(got.size() == expected.size());
    double bits = 0;
    for (std::size_t i = 0; i < got.size(); ++i) bits += mean_bits(b.decrypt(got[i]), expected[i]);
    return bits / static_cast<double>(got.size());
}

TEST("a packed ciphertext holds every one's coefficients, in turns") {
    Batch b(small(10, 4), 8);
    const Packing packing(b.parameters, 8);
    const Parameters& packed = *packing.packed_parameters();
    CHECK_EQ(packed.log_slots(), 7);
    CHECK(packed.shared_rlwe() == b.parameters->shared_rlwe());
    Rng rng(1);
    for (const std::size_t count : {std::size_t{8}, std::size_t{5}, std::size_t{2}, std::size_t{1}}) {
        const std::vector<Slots> values = b.random_values(count, rng);
        const std::vector<Ciphertext> a = b.encrypt(values, 0);
        const Ciphertext whole = packing.pack(Batch::pointers(a), {});
        const SlotVector got = b.decrypt(whole);
        // Slot j of m is sum_i y^i (slot j of m_i(y^8)), y being Y's value there.
        const std::size_t n = packed.slots();
        const std::size_t apart = 8 / std::bit_ceil(count);
        std::size_t power = 1;
        double off = 0;
        for (std::size_t j = 0; j < n; ++j) {
            const double angle = 2 * std::numbers::pi * static_cast<double>(power) / static_cast<double>(4 * n);
            std::complex<double> expected = 0;
            for (std::size_t i = 0; i < count; ++i)
                expected += std::polar(1.0, angle * static_cast<double>(i * apart)) * values[i][j % values[i].size()];
            off = std::max(off, std::abs(expected - std::complex(got.re[j], got.im[j])));
            power = power * 5 % (4 * n);
        }
        CHECK_LE(off, 0x1p-24);
        // Errors of all get among each other's.
        CHECK_NEAR(whole.noise.deviation / a[0].noise.deviation, std::sqrt(static_cast<double>(count)), 1e-6);
    }
}

TEST("what was packed comes back in order, scaled as it was, at either scale") {
    for (const auto& [log_slots, batch] : {std::pair{4, std::size_t{32}}, {4, 8}, {3, 8}, {8, 2}}) {
        Batch b(small(10, log_slots), batch);
        const Packing packing(b.parameters, batch);
        const int level = b.parameters->user_level();
        const Evaluator evaluator(packing.packed_parameters(), b.keys, {});
        Rng rng(2);
        for (const std::size_t count : {batch, batch / 2 + 1, std::size_t{1}}) {
            const std::vector<Slots> values = b.random_values(count, rng);
            const std::vector<Ciphertext> a = b.encrypt(values, level);
            const Ciphertext whole = packing.pack(Batch::pointers(a), {});
            for (const bool squared : {false, true}) {
                const Ciphertext operand = squared ? evaluator.multiply_scalar(whole, 1, false) : whole.copy();
                const auto got = packing.unpack(operand, count, evaluator, {});
                REQUIRE(got.size() == count);
                for (std::size_t i = 0; i < count; ++i) {
                    CHECK_EQ(got[i].level(), squared ? level - 1 : level);
                    CHECK_EQ(got[i].scale_degree, 1);
                    CHECK_LE(deviation(b.decrypt(got[i]), values[i]), squared ? 0x1p-28 : 0x1p-23);
                }
            }
        }
    }
}

TEST("ciphertexts of a batch have their slots and levels again, as precisely as predicted") {
    struct Case {
        int log_slots;
        std::size_t batch, count;
        int ratio = 14;  // the sine's error does not hide the others
        KeyBudget budget = KeyBudget::fast;
    };
    for (const auto& [log_slots, batch, count, ratio, budget] :
         {Case{4, 1, 1}, Case{4, 32, 32}, Case{5, 4, 4}, Case{6, 8, 8, 12}, Case{8, 2, 2, 14, KeyBudget::small},
          Case{6, 8, 5}, Case{5, 8, 2, 14, KeyBudget::small}}) {
        Batch b(small(10, log_slots, {.degree = 47, .double_angles = 2, .log_message_ratio = ratio}), batch, budget);
        Rng rng(3);
        const std::vector<Slots> values = b.random_values(count, rng);
        const auto got = b.bootstrap(b.encrypt(values, 1));
        for (std::size_t i = 0; i < count; ++i) {
            CHECK_EQ(got[i].level(), b.parameters->user_level());
            CHECK(got[i].parameters == b.parameters);
            CHECK_LE(deviation(b.decrypt(got[i]), values[i]), got[i].noise.deviation);
        }
        CHECK_NEAR(all_bits(b, got, values), b.bootstrapper.noise().mean_bits, 1);
        const std::vector<Slots> ones(count, Slots(b.parameters->slots(), {1, 1}));
        CHECK_NEAR(all_bits(b, b.bootstrap(b.encrypt(ones, 0)), ones), b.bootstrapper.noise().constant_bits, 1);
        // Products are the users' again.
        const Evaluator evaluator(b.parameters, b.keys, {});
        const Slots square = map(values[0], [](auto x) { return x * x; });
        CHECK_LE(18.0, mean_bits(b.decrypt(evaluator.square(got[0])), square));
    }
}

TEST("ciphertexts of a batch that stand at different levels and sizes come back as they were") {
    Batch b(small(10, 6), 4);
    const std::vector<Slots> values{Slots(64, {0.001, 0}), Slots(64, {1, -1}), Slots(64, 0)};
    std::vector<Ciphertext> a;
    for (int i = 0; i < 3; ++i) a.push_back(b.encrypt(values[static_cast<std::size_t>(i)], i));
    const auto got = b.bootstrap(a);
    for (std::size_t i = 0; i < 3; ++i) CHECK_LE(deviation(b.decrypt(got[i]), values[i]), 0x1p-18);
}

TEST("a second pass serves a batch too") {
    ParametersLiteral set = small(10, 6);
    set.log_scale = 52;
    set.bootstrapping->log_message_ratio = 8;
    set.log_q = {66, 52, 52, 52, 50, 50, 50};
    set.log_q.insert(set.log_q.end(), static_cast<std::size_t>(set.bootstrapping->modular_reduction()), 66);
    set.log_q.insert(set.log_q.end(), 3, 58);
    Batch b(set, 8);
    Rng rng(4);
    std::vector<Slots> values = b.random_values(6, rng);
    values[3] = Slots(64, {1, 1});
    const std::vector<Ciphertext> a = b.encrypt(values, 0);
    const double once = all_bits(b, b.bootstrap(a), values);
    const auto got = b.bootstrap(a, 2);
    CHECK_EQ(got[0].level(), b.parameters->user_level() - 1);
    CHECK_LE(once + 7, all_bits(b, got, values));
    for (std::size_t i = 0; i < values.size(); ++i)
        CHECK_LE(deviation(b.decrypt(got[i]), values[i]), got[i].noise.deviation);
}

TEST("a batch tells of as many steps whatever it holds, and stops when it is asked to") {
    Batch b(small(10, 6), 4);
    const std::vector<Ciphertext> a = b.encrypt(std::vector<Slots>(3, Slots(64, 0.5)), 0);
    for (const int passes : {1, 2}) {
        std::size_t last = 0;
        ThreadPool& pool = ThreadPool::process();
        const Execution telling(pool, {}, [&](std::size_t done, std::size_t total) {
            CHECK_EQ(done, last + 1);
            CHECK_EQ(total, b.bootstrapper.step_count(passes));
            last = done;
        });
        static_cast<void>(b.bootstrap(a, passes, telling));
        CHECK_EQ(last, b.bootstrapper.step_count(passes));
    }
    std::stop_source stop;
    const Execution stopping(ThreadPool::process(), stop.get_token(),
                             [&](std::size_t, std::size_t) { stop.request_stop(); });
    CHECK_THROWS_CODE(b.bootstrap(a, 1, stopping), ErrorCode::cancelled);
}

TEST("the keys of a batch are those of all its slots and of the tree, each no higher than it is used") {
    for (const std::size_t batch : {1u, 2u, 8u, 32u}) {
        Batch b(small(10, 4), batch);
        const BootstrappingKeyList& list = b.bootstrapper.keys();
        const BootstrappingKeyList whole =
            bootstrapping_key_list(*Packing(b.parameters, batch).packed_parameters(), KeyBudget::fast);
        std::size_t further = 0;
        for (const auto& [step, level] : list.rotations) {
            const auto known = std::ranges::find(whole.rotations, step, &RotationAtLevel::step);
            if (known == whole.rotations.end()) {
                ++further;
                CHECK_EQ(level, b.parameters->user_level() + 1);
                CHECK(std::has_single_bit(static_cast<unsigned>(step)));
            } else {
                CHECK_EQ(level, known->level);
            }
        }
        CHECK_EQ(list.rotations.size(), whole.rotations.size() + further);

        const BootstrappingPlan plan = describe_bootstrapping(small(10, 4), KeyBudget::fast, batch);
        CHECK_EQ(plan.key_count, list.rotations.size() + 4);
        std::size_t indices = 0;
        for (const auto& [element, key] : b.keys->galois) indices += key->automorphism.index().size() * sizeof(u32);
        const auto sparse = b.keys->encapsulation->to_sparse.byte_count();
        CHECK_NEAR(static_cast<double>(b.keys->byte_count() - indices - sparse) / static_cast<double>(plan.key_bytes),
                   1, 0.02);
        CHECK_NEAR(static_cast<double>(b.bootstrapper.byte_count()) / static_cast<double>(plan.matrix_bytes), 1, 0.02);
        CHECK_NEAR(plan.noise.mean_bits, b.bootstrapper.noise().mean_bits, 1e-9);
        CHECK_EQ(plan.literal.log_slots, 4);
    }
}

TEST("a batch says which key is missing, the tree's among them") {
    Batch b(small(10, 4), 32);
    const std::vector<Ciphertext> a = b.encrypt(std::vector<Slots>(2, Slots(16, 0.5)), 0);
    const Ring& ring = b.parameters->ring();
    for (const auto& [step, level] : b.bootstrapper.keys().rotations) {
        auto keys = std::make_shared<rlwe::EvaluationKeys>(*b.keys);
        keys->galois.erase(rotation_element(ring, step));
        try {
            static_cast<void>(b.bootstrapper.bootstrap(Batch::pointers(a), keys, 1, {}));
            CHECK(false);
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::key_missing);
            CHECK_EQ(e.details().front().second, "key for the rotation by " + std::to_string(step));
        }
    }
    // Those for one ciphertext at a time are others.
    Batch single(small(10, 4), 1);
    CHECK_THROWS_CODE(b.bootstrapper.bootstrap(Batch::pointers(a), single.keys, 1, {}), ErrorCode::key_missing);
}

TEST("a batch that is no power of two or does not fit the ring is refused by its number") {
    const auto refused = [](int log_slots, std::size_t batch) {
        try {
            static_cast<void>(packed_literal(small(10, log_slots), batch));
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::invalid_argument);
            return e.details().front().second;
        }
        return std::string();
    };
    CHECK_EQ(refused(4, 3), "3");
    CHECK_EQ(refused(4, 0), "0");
    CHECK_EQ(refused(4, 64), "64");
    CHECK_EQ(refused(9, 2), "2");
    CHECK_EQ(refused(9, 1), "");
    CHECK_EQ(packed_literal(small(10, 4), 32).log_slots, 9);
    const auto parameters = std::make_shared<const Parameters>(small(10, 4));
    CHECK_THROWS_CODE(BatchBootstrapper(parameters, KeyBudget::fast, 5, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(describe_bootstrapping(small(10, 4), KeyBudget::fast, 5), ErrorCode::invalid_argument);
    BootstrappingIntent intent{.slots = 1 << 14, .levels_after = 2, .precision_bits = 12, .batch = 3};
    CHECK_THROWS_CODE(plan_bootstrapping(intent), ErrorCode::invalid_argument);
    intent.batch = 8;
    CHECK_THROWS_CODE(plan_bootstrapping(intent), ErrorCode::invalid_argument);
}

TEST("a plan for a batch keeps its promise for each, and its work serves all of them") {
    const BootstrappingIntent one{.slots = 1 << 10, .levels_after = 10, .precision_bits = 22};
    BootstrappingIntent many = one;
    many.batch = 32;
    const BootstrappingPlan plan = plan_bootstrapping(many);
    const BootstrappingPlan single = plan_bootstrapping(one);
    CHECK_EQ(plan.literal.log_slots, 10);
    CHECK_EQ(plan.batch, std::size_t{32});
    CHECK_LE(22.0, std::min(plan.noise.mean_bits, plan.noise.constant_bits));
    CHECK_LE(plan.noise.log2_failure, -128.0);
    CHECK_LE(plan.log2_qp, plan.log2_qp_limit);
    CHECK_LE(plan.work.key_switches / 32, single.work.key_switches / 8);
    CHECK_LE(plan.work.transforms / 32, single.work.transforms / 8);
}

}  // namespace
}  // namespace ciphernet::ckks::test
