#include "ckks/bootstrapping/batch_bootstrapper.hpp"

#include <bit>
#include <utility>

#include "base/assert.hpp"

namespace ciphernet::ckks {

BatchBootstrapper::BatchBootstrapper(std::shared_ptr<const Parameters> parameters, KeyBudget keys, std::size_t batch,
                                     const Execution& execution)
    : parameters_(std::move(parameters)),
      packing_(parameters_, batch),
      whole_(packing_.packed_parameters(), keys, execution, std::countr_zero(batch)),
      keys_(batch_key_list(*parameters_, keys, batch)) {}

std::size_t BatchBootstrapper::step_count(int passes) const {
    const std::size_t unpacking = batch() > 1 ? 1 : 0;
    return static_cast<std::size_t>(passes) * whole_.step_count() + unpacking;
}

std::vector<Ciphertext> BatchBootstrapper::bootstrap(std::span<const Ciphertext* const> a,
                                                     const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                                                     int passes, const Execution& execution) const {
    CIPHERNET_ASSERT(!a.empty() && a.size() <= batch());
    const Execution quiet = execution.untold();
    const Evaluator evaluator(packing_.packed_parameters(), keys, quiet);
    const auto whole = [&](const Ciphertext& x, const Execution& telling, bool rescale) {
        return passes == 2 ? whole_.bootstrap_twice(x, keys, telling, rescale)
                           : whole_.bootstrap(x, keys, telling, rescale);
    };
    std::vector<Ciphertext> results;
    if (batch() == 1) {
        results.push_back(whole(*a[0], execution, true));
        return results;
    }
    for (const Ciphertext* x : a) check_bootstrapping_operand(*x, whole_.input_level(), *keys, keys_);
    std::vector<Ciphertext> low;
    std::vector<const Ciphertext*> operands;
    for (const Ciphertext* x : a) low.push_back(evaluator.drop_to_level(*x, whole_.input_level()));
    for (const Ciphertext& x : low) operands.push_back(&x);

    const StepReport steps(execution, step_count(passes));
    const Ciphertext packed = whole(packing_.pack(operands, quiet),
                                    execution.telling([&steps](std::size_t, std::size_t) { steps.done(); }), false);
    results = packing_.unpack(packed, a.size(), evaluator, quiet);
    steps.done();
    // What the whole says of itself holds for the slots of each.
    for (std::size_t i = 0; i < a.size(); ++i) results[i].noise = {packed.noise.deviation, low[i].noise.magnitude};
    return results;
}

}  // namespace ciphernet::ckks
