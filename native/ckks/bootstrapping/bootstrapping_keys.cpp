#include "ckks/bootstrapping/bootstrapping_keys.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.hpp"
#include "ring/automorphism.hpp"

namespace ciphernet::ckks {
namespace {

constexpr const char* kRemedy =
    " Ask for { bootstrapping: true } when the evaluation keys are made, with the key budget of the bootstrapper.";

/// `found`: the level of the key, -1 without one.
void require_key(const std::string& name, int found, int level) {
    if (found >= level) return;
    throw Error(ErrorCode::key_missing,
                "Bootstrapping needs the " + name + " at level " + std::to_string(level) + ", but " +
                    (found < 0 ? "none was generated." : "it serves levels up to " + std::to_string(found) + ".") +
                    kRemedy,
                {{"key", name}, {"level", std::to_string(level)}});
}

}  // namespace

LinearTransformOptions transform_options(int log_vector, KeyBudget keys) {
    // Of splits that cost nearly the same, one with fewer keys; and a third of those, for about half as much time again.
    constexpr int kKeysOfFast = 14;
    constexpr int kKeysOfSmall = 5;
    const bool small = keys == KeyBudget::small;
    return {.log_slots = log_vector, .most_keys = small ? kKeysOfSmall : kKeysOfFast, .chained = small};
}

DftShape bootstrapping_shape(const Parameters& parameters, int factors) {
    const int log_slots = parameters.log_slots();
    return {.log_slots = log_slots,
            .log_vector = std::min(log_slots + 1, parameters.ring().log_n() - 1),
            .factors = factors};
}

BootstrappingKeyList bootstrapping_key_list(const Parameters& parameters, KeyBudget keys) {
    const BootstrappingLiteral& b = parameters.bootstrapping();
    std::map<int, int> levels;
    const auto want = [&levels](int step, int level) {
        int& known = levels.try_emplace(step, level).first->second;
        known = std::max(known, level);
    };
    const auto want_factors = [&](const DftShape& shape, const std::vector<std::vector<int>>& factors, int level) {
        const std::size_t slots = std::size_t{1} << shape.log_vector;
        const LinearTransformOptions options = transform_options(shape.log_vector, keys);
        for (const std::vector<int>& indices : factors) {
            const int split = choose_baby_steps(KeySwitchShape::of(parameters, level), indices, slots,
                                                options.most_keys, options.chained);
            for (const int step :
                 options.chained ? rotations_of_chain(indices, split, slots) : rotations_of_split(indices, split))
                want(step, level);
            --level;
        }
    };
    const int top = parameters.max_level();
    for (std::size_t step = parameters.slots(); step < parameters.ring().n() / 2; step *= 2)
        want(static_cast<int>(step), top);  // the trace
    const DftShape forth = bootstrapping_shape(parameters, b.coefficients_to_slots);
    want_factors(forth, coefficients_to_slots_indices(forth), top);
    const DftShape back = bootstrapping_shape(parameters, b.slots_to_coefficients);
    want_factors(back, slots_to_coefficients_indices(back), parameters.user_level() + b.slots_to_coefficients);

    const int reduction = top - b.coefficients_to_slots;
    BootstrappingKeyList list{.rotations = {}, .relinearization_level = reduction, .conjugation_level = reduction};
    for (const auto& [step, level] : levels) list.rotations.push_back({step, level});
    return list;
}

void want_bootstrapping(KeyRequest& request, const Parameters& parameters, const BootstrappingKeyList& list) {
    const Ring& ring = parameters.ring();
    request.want_relinearization(list.relinearization_level);
    request.want_galois(conjugation_element(ring), list.conjugation_level);
    for (const auto& [step, level] : list.rotations) request.want_galois(rotation_element(ring, step), level);
    request.want_encapsulation(parameters);
}

void require_bootstrapping_keys(const rlwe::EvaluationKeys& keys, const BootstrappingKeyList& list) {
    if (!keys.encapsulation)
        throw Error(ErrorCode::key_missing, std::string("No bootstrapping keys were generated.") + kRemedy,
                    {{"key", "bootstrapping"}});
    const Ring& ring = keys.parameters->ring();
    const auto level_of = [&keys](u32 element) {
        const auto found = keys.galois.find(element);
        return found == keys.galois.end() ? -1 : found->second->key.level;
    };
    require_key("relinearization key", keys.relinearization ? keys.relinearization->level : -1,
                list.relinearization_level);
    require_key("conjugation key", level_of(conjugation_element(ring)), list.conjugation_level);
    for (const auto& [step, level] : list.rotations)
        require_key("key for the rotation by " + std::to_string(step), level_of(rotation_element(ring, step)), level);
}

rlwe::EvaluationKeys bootstrapping_keys(const Parameters& parameters, const BootstrappingKeyList& list,
                                        const rlwe::SecretKey& secret, RandomSource& random,
                                        const Execution& execution) {
    KeyRequest request;
    want_bootstrapping(request, parameters, list);
    return generate_evaluation_keys(
        parameters, request, secret, [&random](std::size_t) -> RandomSource& { return random; }, execution);
}

}  // namespace ciphernet::ckks
