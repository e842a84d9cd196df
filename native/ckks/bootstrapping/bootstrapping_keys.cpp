#include "ckks/bootstrapping/bootstrapping_keys.hpp"

#include <memory>

#include "rlwe/key_generator.hpp"

namespace ciphernet::ckks {

rlwe::EvaluationKeys bootstrapping_keys(const Parameters& parameters, const BootstrappingKeyList& list,
                                        const rlwe::SecretKey& secret, RandomSource& random,
                                        const Execution& execution) {
    rlwe::require_same(parameters.rlwe(), *secret.parameters(), "The secret key");
    const rlwe::KeyGenerator generator(secret, random, execution.untold());
    rlwe::EvaluationKeys keys{.parameters = parameters.shared_rlwe(),
                              .relinearization = nullptr,
                              .galois = {},
                              .insecure = secret.insecure() || random.insecure()};
    const std::size_t total = list.rotations.size() + 3;
    std::size_t done = 0;
    keys.encapsulation = std::make_shared<const rlwe::EncapsulationKey>(
        generator.encapsulation_key(parameters.encapsulation(), parameters.literal().bootstrapping->secret_weight));
    execution.report(++done, total);
    keys.relinearization =
        std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(list.relinearization_level));
    execution.report(++done, total);
    const auto add = [&](u32 element, int level) {
        execution.check();
        keys.galois.emplace(element, std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, level)));
        execution.report(++done, total);
    };
    add(conjugation_element(parameters.ring()), list.conjugation_level);
    for (const RotationAtLevel& rotation : list.rotations)
        add(rotation_element(parameters.ring(), rotation.step), rotation.level);
    return keys;
}

}  // namespace ciphernet::ckks
