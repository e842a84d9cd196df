#include "addon/key_request.hpp"

#include <algorithm>

#include "ring/automorphism.hpp"

namespace ciphernet::addon {

ckks::KeyBudget key_budget(const Napi::Value& value) {
    const std::string name = text(value);
    if (name == "fast") return ckks::KeyBudget::fast;
    if (name == "small") return ckks::KeyBudget::small;
    throw Error(ErrorCode::invalid_argument, "Expected 'small' or 'fast' but received " + name + ".");
}

std::size_t batch(const Napi::Value& value) { return static_cast<std::size_t>(std::max(0, integer(value))); }

BootstrappingKeys bootstrapping_keys(const Napi::Value& value) {
    const Napi::Object from = object(value);
    return {.budget = key_budget(from.Get("keys")), .batch = batch(from.Get("batch"))};
}

ckks::KeyRequest key_request(const ckks::Parameters& parameters, const Napi::CallbackInfo& info, std::size_t first) {
    const std::vector<int> steps = integers(info[first + 1]);
    const std::vector<int> levels = integers(info[first + 2]);
    if (steps.size() != levels.size()) throw Error(ErrorCode::invalid_argument, "Expected a level for every rotation.");
    ckks::KeyRequest request;
    request.want_relinearization(integer(info[first]));
    const auto slots = static_cast<int>(parameters.slots());
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (const int turn = ((steps[i] % slots) + slots) % slots; turn != 0)
            request.want_galois(rotation_element(parameters.ring(), turn), levels[i]);
    if (const int level = integer(info[first + 3]); level >= 0)
        request.want_galois(conjugation_element(parameters.ring()), level);
    if (const Napi::Value wanted = info[first + 4]; !wanted.IsUndefined()) {
        const auto [budget, batch] = bootstrapping_keys(wanted);
        want_bootstrapping(request, parameters, batch_key_list(parameters, budget, batch));
    }
    return request;
}

}  // namespace ciphernet::addon
