#include "rlwe/keys.hpp"

#include <utility>

#include "random/samplers.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {

std::size_t KeySwitchKey::byte_count() const {
    std::size_t bytes = 0;
    for (const auto& part : b) bytes += part.byte_count();
    for (const auto& part : a) bytes += part.byte_count();
    return bytes;
}

std::size_t key_switch_key_bytes(const Parameters& parameters, int level) {
    const Basis basis = parameters.key_basis(level);
    std::size_t limbs = 0;
    for (int i = 0; i < basis.size(); ++i)
        limbs += packed_bytes(parameters.n(), parameters.ring().modulus(basis, i).bits());
    return 2 * static_cast<std::size_t>(parameters.digit_count(level)) * limbs;
}

void EvaluationKeys::add(EvaluationKey key) {
    if (auto* product = std::get_if<KeySwitchKey>(&key))
        relinearization = std::make_shared<const KeySwitchKey>(std::move(*product));
    else if (auto* turn = std::get_if<GaloisKey>(&key))
        galois[turn->automorphism.element()] = std::make_shared<const GaloisKey>(std::move(*turn));
    else
        encapsulation = std::make_shared<const EncapsulationKey>(std::move(std::get<EncapsulationKey>(key)));
}

std::vector<KeyName> EvaluationKeys::names() const {
    std::vector<KeyName> names;
    if (relinearization) names.push_back(name_of(*relinearization));
    for (const auto& [element, key] : galois) names.push_back(name_of(*key));
    if (encapsulation) names.push_back(name_of(*encapsulation));
    return names;
}

std::size_t EvaluationKeys::byte_count() const {
    std::size_t bytes = relinearization ? relinearization->byte_count() : 0;
    for (const auto& [element, key] : galois)
        bytes += key->key.byte_count() + key->automorphism.index().size() * sizeof(u32);
    if (encapsulation) bytes += encapsulation->byte_count();
    return bytes;
}

EvaluationPolynomial expand_uniform(const Ring& ring, Basis basis, const PublicSeed& seed, u64 object,
                                    const Execution& execution) {
    EvaluationPolynomial a(ring, basis);
    for_each_limb(execution, a.n(), a.limb_count(),
                  [&](int i) { expand_uniform_limb(a.limb(i), ring, a.prime(i), seed, object); });
    return a;
}

void expand_uniform_limb(u64* r, const Ring& ring, int prime, const PublicSeed& seed, u64 object) {
    Stream stream(seed, object, static_cast<u32>(prime));
    sample_uniform(r, ring.n(), ring.modulus(prime).value(), stream);
}

}  // namespace ciphernet::rlwe
