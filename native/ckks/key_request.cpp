#include "ckks/key_request.hpp"

#include <algorithm>

#include "rlwe/key_generator.hpp"

namespace ciphernet::ckks {

using rlwe::KeyKind;
using rlwe::KeyName;

void KeyRequest::want_relinearization(int level) { relinearization_level_ = std::max(relinearization_level_, level); }

void KeyRequest::want_galois(u32 element, int level) {
    int& known = galois_levels_.try_emplace(element, level).first->second;
    known = std::max(known, level);
}

void KeyRequest::want_encapsulation(const Parameters& parameters) { encapsulation_level_ = parameters.max_level(); }

std::vector<KeyName> KeyRequest::names() const {
    std::vector<KeyName> names;
    if (relinearization_level_ >= 0) names.push_back(KeyName::relinearization(relinearization_level_));
    for (const auto& [element, level] : galois_levels_) names.push_back(KeyName::galois(element, level));
    if (encapsulation_level_ >= 0) names.push_back(KeyName::encapsulation(encapsulation_level_));
    return names;
}

std::size_t key_bytes(const Parameters& parameters, const KeyName& name) {
    const std::size_t samples = rlwe::key_switch_key_bytes(parameters.rlwe(), name.level);
    if (name.kind == KeyKind::galois) return samples + parameters.rlwe().n() * sizeof(u32);  // its permutation
    if (name.kind == KeyKind::encapsulation)
        return samples + rlwe::key_switch_key_bytes(*parameters.encapsulation(), 0);
    return samples;
}

rlwe::EvaluationKey generate_evaluation_key(const Parameters& parameters, const KeyName& name,
                                            const rlwe::SecretKey& secret, RandomSource& random,
                                            const Execution& execution) {
    rlwe::require_same(parameters.rlwe(), *secret.parameters(), "The secret key");
    const rlwe::KeyGenerator generator(secret, random, execution);
    if (name.kind == KeyKind::relinearization) return generator.relinearization_key(name.level);
    if (name.kind == KeyKind::galois) return generator.galois_key(name.element, name.level);
    return generator.encapsulation_key(parameters.encapsulation(), parameters.bootstrapping().secret_weight);
}

rlwe::EvaluationKeys generate_evaluation_keys(const Parameters& parameters, const KeyRequest& request,
                                              const rlwe::SecretKey& secret, const KeyRandom& random,
                                              const Execution& execution) {
    rlwe::EvaluationKeys keys;
    keys.parameters = parameters.shared_rlwe();
    keys.insecure = secret.insecure();
    const std::vector<KeyName> names = request.names();
    const StepReport steps(execution, names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        RandomSource& source = random(i);
        keys.insecure = keys.insecure || source.insecure();
        keys.add(generate_evaluation_key(parameters, names[i], secret, source, execution.untold()));
        steps.done();
    }
    return keys;
}

}  // namespace ciphernet::ckks
