#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "ckks/encryption.hpp"
#include "ckks/evaluator.hpp"
#include "io/format.hpp"
#include "rlwe/key_generator.hpp"
#include "support/test.hpp"

namespace ciphernet::io::test {

/// A parameter set, a client's keys and objects of every kind under them.
struct Objects {
    explicit Objects(const ckks::ParametersLiteral& literal, std::uint64_t seed = 1)
        : parameters(std::make_shared<const ckks::Parameters>(literal)),
          random(RandomSource::insecure_deterministic(seed)),
          secret(rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {})),
          generator(secret, random, {}),
          public_key(generator.public_key()) {
        keys.parameters = parameters->shared_rlwe();
        keys.insecure = true;
        if (!parameters->rlwe().has_special_primes()) return;
        const int top = parameters->max_level();
        keys.relinearization = std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(top));
        add_galois(rotation_element(parameters->ring(), 1), top);
        add_galois(rotation_element(parameters->ring(), -3), 0);
        add_galois(conjugation_element(parameters->ring()), top / 2);
        if (parameters->encapsulation())
            keys.encapsulation = std::make_shared<const rlwe::EncapsulationKey>(
                generator.encapsulation_key(parameters->encapsulation(), parameters->bootstrapping().secret_weight));
    }

    void add_galois(std::uint32_t element, int level) {
        keys.galois[element] = std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, level));
    }

    std::vector<double> values() const {
        std::vector<double> v(parameters->slots());
        for (std::size_t i = 0; i < v.size(); ++i) v[i] = std::sin(static_cast<double>(i + 1)) / 2;
        return v;
    }

    ckks::Ciphertext fresh(int level) {
        return ckks::encrypt(parameters, secret, {.re = values()}, level, 1, random, {});
    }
    ckks::Ciphertext fresh_public(int level) {
        return ckks::encrypt(parameters, public_key, {.re = values()}, level, 1, random, {});
    }
    ckks::Plaintext plaintext(int level) const { return ckks::encode(parameters, {.re = values()}, level, 1, {}); }

    std::shared_ptr<const ckks::Parameters> parameters;
    RandomSource random;
    rlwe::SecretKey secret;
    rlwe::KeyGenerator generator;
    rlwe::PublicKey public_key;
    rlwe::EvaluationKeys keys;
};

/// The smallest files.
inline ckks::ParametersLiteral smallest_literal() {
    return {.log_n = 10,
            .log_q = {25, 20},
            .log_p = {26},
            .log_scale = 20,
            .log_slots = 3,
            .security = rlwe::Security::none};
}

/// One prime a level.
inline ckks::ParametersLiteral small_literal() {
    return {.log_n = 10, .log_q = {40, 30, 30}, .log_p = {40}, .log_scale = 30, .security = rlwe::Security::none};
}

/// Two primes on some levels, two key-switching primes, digits of two limbs, few slots.
inline ckks::ParametersLiteral wide_literal() {
    return {.log_n = 11,
            .log_q = {70, 56, 56, 40},
            .log_p = {50, 50},
            .log_scale = 48,
            .log_slots = 4,
            .magnitude = 3,
            .security = rlwe::Security::none};
}

/// With bootstrapping; the smallest files.
inline ckks::ParametersLiteral bootstrapping_literal() {
    return {.log_n = 10,
            .log_q = {26, 20, 20, 20, 20},
            .log_p = {40, 40},
            .log_scale = 20,
            .log_slots = 3,
            .security = rlwe::Security::none,
            .bootstrapping = ckks::BootstrappingLiteral{.coefficients_to_slots = 1,
                                                        .slots_to_coefficients = 1,
                                                        .log_scale = 20,
                                                        .degree = 3,
                                                        .double_angles = 0,
                                                        .log_message_ratio = 4,
                                                        .secret_weight = 4}};
}

/// At 128 bits, no key switching.
inline ckks::ParametersLiteral secure_literal() { return {.log_n = 11, .log_q = {50}, .log_p = {}, .log_scale = 30}; }

inline bool same(const PackedPolynomial& a, const PackedPolynomial& b) {
    return a.basis() == b.basis() && std::equal(a.bytes(), a.bytes() + a.byte_count(), b.bytes());
}

inline bool same(const EvaluationPolynomial& a, const EvaluationPolynomial& b) {
    return a.basis() == b.basis() && std::equal(a.limb(0), a.limb(0) + a.word_count(), b.limb(0));
}

template <class P>
bool same(const std::vector<P>& a, const std::vector<P>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) { return same(x, y); });
}

inline bool same(const rlwe::KeySwitchKey& a, const rlwe::KeySwitchKey& b) {
    return a.level == b.level && a.seed == b.seed && same(a.b, b.b) && same(a.a, b.a);
}

inline bool same(const rlwe::EncapsulationKey& a, const rlwe::EncapsulationKey& b) {
    return a.sparse_parameters->fingerprint() == b.sparse_parameters->fingerprint() && same(a.to_sparse, b.to_sparse) &&
           same(a.from_sparse, b.from_sparse);
}

inline bool same(const ckks::Ciphertext& a, const ckks::Ciphertext& b) {
    return a.level() == b.level() && same(a.body.parts, b.body.parts) && a.body.mask_seed == b.body.mask_seed &&
           a.scale_degree == b.scale_degree && a.noise.deviation == b.noise.deviation &&
           a.noise.magnitude == b.noise.magnitude && a.insecure == b.insecure;
}

}  // namespace ciphernet::io::test
