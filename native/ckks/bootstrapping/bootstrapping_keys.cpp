#include "ckks/bootstrapping/bootstrapping_keys.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "base/error.hpp"
#include "ring/automorphism.hpp"

namespace ciphernet::ckks {
namespace {

constexpr const char* kRemedy =
    " Ask for { bootstrapping: true } when the evaluation keys are made, with the key budget and batch of the bootstrapper.";

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

DftShape bootstrapping_shape(const ParametersLiteral& literal, int factors) {
    return {.log_slots = literal.log_slots,
            .log_vector = std::min(literal.log_slots + 1, literal.log_n - 1),
            .factors = factors};
}

std::vector<SplitFactor> split_factors(const ParametersLiteral& literal, KeyBudget keys,
                                       const std::function<KeySwitchShape(int level)>& shape) {
    const BootstrappingLiteral& b = *literal.bootstrapping;
    const BootstrappingLevels at(static_cast<int>(literal.log_q.size()) - 1, b);
    std::vector<SplitFactor> split;
    const auto append = [&](const DftShape& dft, const std::vector<std::vector<int>>& factors,
                            const std::vector<int>& log_periods, int level) {
        const std::size_t slots = std::size_t{1} << dft.log_vector;
        const LinearTransformOptions options = transform_options(dft.log_vector, keys);
        for (std::size_t f = 0; f < factors.size(); ++f) {
            const std::vector<int>& indices = factors[f];
            const int n1 = choose_baby_steps(shape(level), indices, slots, options.most_keys, options.chained);
            split.push_back(
                {level--, indices, log_periods[f], n1,
                 options.chained ? rotations_of_chain(indices, n1, slots) : rotations_of_split(indices, n1)});
        }
    };
    const DftShape forth = bootstrapping_shape(literal, b.coefficients_to_slots);
    append(forth, coefficients_to_slots_indices(forth), coefficients_to_slots_log_periods(forth), at.to_slots);
    const DftShape back = bootstrapping_shape(literal, b.slots_to_coefficients);
    append(back, slots_to_coefficients_indices(back), slots_to_coefficients_log_periods(back), at.to_coefficients);
    return split;
}

std::vector<RotationAtLevel> bootstrapping_rotations(const ParametersLiteral& literal,
                                                     std::span<const SplitFactor> factors) {
    std::map<int, int> levels;
    const auto want = [&levels](int step, int level) {
        int& known = levels.try_emplace(step, level).first->second;
        known = std::max(known, level);
    };
    for (int step = 1 << literal.log_slots; step < 1 << (literal.log_n - 1); step *= 2)
        want(step, static_cast<int>(literal.log_q.size()) - 1);  // the trace
    for (const SplitFactor& factor : factors)
        for (const int step : factor.rotations) want(step, factor.level);
    std::vector<RotationAtLevel> rotations;
    for (const auto& [step, level] : levels) rotations.push_back({step, level});
    return rotations;
}

BootstrappingKeyList bootstrapping_key_list(const Parameters& parameters, KeyBudget keys) {
    const BootstrappingLevels at(parameters.max_level(), parameters.bootstrapping());
    const std::vector<SplitFactor> factors = split_factors(
        parameters.literal(), keys, [&parameters](int level) { return KeySwitchShape::of(parameters, level); });
    return {.rotations = bootstrapping_rotations(parameters.literal(), factors),
            .relinearization_level = at.reduction,
            .conjugation_level = at.reduction};
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
