#include <cmath>
#include <memory>
#include <numbers>
#include <vector>

#include "bootstrapping_common.hpp"
#include "ckks/bootstrapping/batch_bootstrapper.hpp"
#include "ckks/bootstrapping/intent.hpp"
#include "ckks/bootstrapping/second_pass.hpp"
#include "context.hpp"
#include "rlwe/encryption.hpp"

namespace ciphernet::ckks::test {
namespace {

/// Users' levels of two primes leave room for more bits than one pass gives.
ParametersLiteral wide(int log_n, int log_slots = -1) {
    ParametersLiteral set = small(log_n, log_slots, {.degree = 47, .double_angles = 2, .log_message_ratio = 10});
    set.log_scale = 52;
    set.log_q = {66, 52, 52, 52, 50, 50, 50};
    set.log_q.insert(set.log_q.end(), static_cast<std::size_t>(set.bootstrapping->modular_reduction()), 66);
    set.log_q.insert(set.log_q.end(), 3, 58);
    return set;
}

TEST("two passes leave the error that was predicted, on random and on constant slots") {
    struct Case {
        ParametersLiteral set;
        std::size_t batch;
    };
    for (const auto& [set, batch] : {Case{wide(10), 1}, Case{wide(10, 6), 1}, Case{wide(10, 6), 8}, Case{small(10), 1},
                                     Case{small_back_first(10), 1}}) {
        const auto parameters = std::make_shared<const Parameters>(set);
        RandomSource random = RandomSource::insecure_deterministic(test_seed());
        const rlwe::SecretKey secret = rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {});
        const BatchBootstrapper bootstrapper(parameters, KeyBudget::fast, batch, {});
        const auto keys = std::make_shared<const rlwe::EvaluationKeys>(
            bootstrapping_keys(*parameters, bootstrapper.keys(), secret, random, {}));
        const BootstrappingPlan plan = describe_bootstrapping(set, KeyBudget::fast, batch, 2);
        Rng rng(6);
        const auto bits_of = [&](const auto& make) {
            std::vector<Slots> values;
            std::vector<Ciphertext> spent;
            std::vector<const Ciphertext*> operands;
            for (std::size_t i = 0; i < batch; ++i) {
                values.push_back(make());
                std::vector<double> re, im;
                for (const auto& x : values.back()) re.push_back(x.real()), im.push_back(x.imag());
                spent.push_back(ckks::encrypt(parameters, secret, {re, im}, set.bootstrapping->input_level(),
                                              std::numbers::sqrt2, random, {}));
            }
            for (const Ciphertext& a : spent) operands.push_back(&a);
            const auto fresh = bootstrapper.bootstrap(operands, keys, 2, {});
            // Errors that the operand had before are none of the bootstrap's.
            double bits = 0;
            for (std::size_t i = 0; i < batch; ++i) {
                const SlotVector before = ckks::decrypt(spent[i], secret, {});
                Slots exact;
                for (std::size_t k = 0; k < values[i].size(); ++k) exact.emplace_back(before.re[k], before.im[k]);
                bits += mean_bits(ckks::decrypt(fresh[i], secret, {}), exact) / static_cast<double>(batch);
            }
            return bits;
        };
        CHECK_NEAR(bits_of([&] { return random_slots(parameters->slots(), rng); }), plan.noise.mean_bits, 1);
        CHECK_NEAR(bits_of([&] { return Slots(parameters->slots(), {1, 1}); }), plan.noise.constant_bits, 1);
    }
}

TEST("a plan takes two passes where one does not reach the precision, if it may") {
    BootstrappingIntent intent{.slots = 1 << 14, .levels_after = 3, .precision_bits = 40};
    CHECK_THROWS_CODE(plan_bootstrapping(intent), ErrorCode::parameters_invalid);
    intent.passes = 2;
    const auto plan = plan_bootstrapping(intent);
    CHECK_EQ(plan.passes, 2);
    CHECK_LE(40.0, std::min(plan.noise.mean_bits, plan.noise.constant_bits));
    CHECK_LE(plan.log2_qp, plan.log2_qp_limit);
    CHECK_LE(plan.noise.log2_failure, -127.0);
    const BootstrappingLiteral& b = *plan.literal.bootstrapping;
    const int user = static_cast<int>(plan.literal.log_q.size()) - 1 - b.levels();
    CHECK_EQ(user - b.input_level(), intent.levels_after + 1);
    const auto single = describe_bootstrapping(plan.literal, plan.keys);
    CHECK_NEAR(plan.work.transforms, 2 * single.work.transforms, 1e-6);
    // What one pass reaches is planned as if two were not allowed.
    intent.precision_bits = 15;
    CHECK_EQ(plan_bootstrapping(intent).passes, 1);
}

TEST("a second pass that cannot be is refused") {
    BootstrappingIntent intent{.slots = 1 << 14, .levels_after = 2, .precision_bits = 12, .passes = 3};
    CHECK_THROWS_CODE(plan_bootstrapping(intent), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(describe_bootstrapping(small(10), KeyBudget::fast, 1, 0), ErrorCode::invalid_argument);
    ParametersLiteral flat = small(10);
    flat.log_q.erase(flat.log_q.begin() + 1, flat.log_q.begin() + 3);
    CHECK_EQ(describe_bootstrapping(flat, KeyBudget::fast).passes, 1);
    CHECK_THROWS_CODE(describe_bootstrapping(flat, KeyBudget::fast, 1, 2), ErrorCode::level_exhausted);
}

}  // namespace
}  // namespace ciphernet::ckks::test
