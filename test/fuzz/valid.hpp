#pragma once

#include <cmath>
#include <variant>

#include "io/format.hpp"
#include "property.hpp"

// What every object must be that a reader gave out: as good as a computed one.

namespace ciphernet::io::fuzz {

inline void check_residues(const EvaluationPolynomial& a, Basis basis) {
    require(a.basis() == basis, "a polynomial is over the primes of its level");
    for (int i = 0; i < a.limb_count(); ++i)
        for (std::size_t k = 0; k < a.n(); ++k)
            require(a.limb(i)[k] < a.modulus(i).value(), "residues are below their prime");
}

inline void check_noise(const ckks::NoiseEstimate& noise) {
    require(
        std::isfinite(noise.deviation) && noise.deviation >= 0 && std::isfinite(noise.magnitude) && noise.magnitude > 0,
        "a noise estimate is finite");
}

inline void check_object(const ckks::Ciphertext& c) {
    const rlwe::Parameters& set = c.parameters->rlwe();
    require(c.level() >= 0 && c.level() <= c.parameters->user_level(), "a ciphertext is at a level of its set");
    require(c.degree() == 1 || c.degree() == 2, "a ciphertext has two parts or three");
    require(c.scale_degree == 1 || c.scale_degree == 2, "a scale is Delta or its square");
    require(c.insecure || set.security() != rlwe::Security::none, "insecurity is marked");
    check_noise(c.noise);
    for (const EvaluationPolynomial& part : c.body.parts) check_residues(part, set.basis(c.level()));
}

inline void check_key(const rlwe::KeySwitchKey& key, const rlwe::Parameters& set) {
    require(key.level >= 0 && key.level <= set.max_level(), "a key is for a level of its set");
    const auto digits = static_cast<std::size_t>(set.digit_count(key.level));
    require(key.a.size() == digits && key.b.size() == digits, "a key has all digits of its level");
    for (const auto* polynomials : {&key.a, &key.b})
        for (const PackedPolynomial& p : *polynomials)
            require(p.basis() == set.key_basis(key.level), "a digit is over the primes of its level and of P");
}

inline void check_key(const rlwe::GaloisKey& key, const rlwe::Parameters& set) {
    const u32 element = key.automorphism.element();
    require(element % 2 == 1 && element < 2 * set.n(), "a Galois key is that of an automorphism");
    check_key(key.key, set);
}

inline void check_key(const rlwe::EncapsulationKey& key, const rlwe::Parameters& set) {
    require(key.to_sparse.level == 0 && key.from_sparse.level == set.max_level(),
            "an encapsulation leads from the lowest level to the highest");
    check_key(key.to_sparse, *key.sparse_parameters);
    check_key(key.from_sparse, set);
}

inline void check_object(const rlwe::EvaluationKeys& keys) {
    const rlwe::Parameters& set = *keys.parameters;
    if (keys.relinearization) check_key(*keys.relinearization, set);
    for (const auto& [element, key] : keys.galois) {
        require(key->automorphism.element() == element, "a Galois key is that of its element");
        check_key(*key, set);
    }
    if (keys.encapsulation) check_key(*keys.encapsulation, set);
}

/// Reads bytes that a reader has accepted before.
inline void check_accepted(ObjectType type, ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters) {
    const std::shared_ptr<const rlwe::Parameters>& set = parameters->shared_rlwe();
    switch (type) {
        case ObjectType::parameters: {
            const auto read = read_parameters(bytes);
            for (int level = 0; level <= read->max_level(); ++level)
                require(std::isfinite(read->scale(level).hi) && read->scale(level).hi >= 0x1p8, "scales are usable");
            return;
        }
        case ObjectType::secret_key: {
            const rlwe::SecretKey key = read_secret_key(bytes, set);
            for (const std::int8_t x : key.coefficients()) require(x >= -1 && x <= 1, "a secret is ternary");
            return;
        }
        case ObjectType::public_key: {
            const rlwe::PublicKey key = read_public_key(bytes, set);
            for (const auto* part : {&key.a, &key.b}) check_residues(*part, set->basis(set->max_level()));
            return;
        }
        case ObjectType::evaluation_key: {
            const LoadedKey loaded = read_evaluation_key(bytes, *parameters);
            return std::visit([&](const auto& key) { check_key(key, *set); }, loaded.key);
        }
        case ObjectType::evaluation_keys:
            return check_object(read_evaluation_keys(bytes, *parameters));
        case ObjectType::ciphertext:
            return check_object(read_ciphertext(bytes, parameters));
        case ObjectType::ciphertext_batch:
            for (const ckks::Ciphertext& c : read_ciphertexts(bytes, parameters)) check_object(c);
            return;
        case ObjectType::plaintext: {
            const ckks::Plaintext p = read_plaintext(bytes, parameters);
            check_noise(p.noise);
            check_residues(p.value, set->basis(p.level));
            return;
        }
    }
}

}  // namespace ciphernet::io::fuzz
