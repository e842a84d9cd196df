#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "io/objects.hpp"

namespace ciphernet::io::test {

/// A committed file (test/fixtures). What later versions must still read.
struct Fixture {
    std::string name;  ///< with the folder of the format version whose build made it
    Bytes bytes;
};

/// Slot i of every encrypted vector, exact in binary.
inline double fixture_value(std::size_t i) { return (static_cast<double>(i * 7 % 16) - 7.5) / 16; }

inline std::vector<double> fixture_values(const ckks::Parameters& parameters) {
    std::vector<double> values(parameters.slots());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = fixture_value(i);
    return values;
}

inline ckks::ParametersLiteral fixture_literal(bool wide) {
    if (wide)
        return {.log_n = 10,
                .log_q = {70, 56},
                .log_p = {50, 50},
                .log_scale = 52,
                .log_slots = 5,
                .magnitude = 2,
                .security = rlwe::Security::none};
    return {.log_n = 10, .log_q = {40, 30}, .log_p = {40}, .log_scale = 30, .security = rlwe::Security::none};
}

/// What version 2 brought: parameters with bootstrapping and their encapsulation key.
inline void make_bootstrapping_fixtures(std::vector<Fixture>& files) {
    const auto next = [&](const char* name, ByteView bytes) {
        files.push_back({std::string("format-v2/bootstrapping-") + name + ".bin", {bytes.begin(), bytes.end()}});
    };
    Objects o(bootstrapping_literal(), 3);
    next("parameters", write(*o.parameters));
    next("secret-key", write(o.secret).view());
    next("ciphertext-seeded", write(ckks::encrypt(o.parameters, o.secret, {.re = fixture_values(*o.parameters)},
                                                  o.parameters->user_level(), 1, o.random, {})));
    rlwe::EvaluationKeys keys = o.keys;
    keys.relinearization =
        std::make_shared<const rlwe::KeySwitchKey>(o.generator.relinearization_key(o.parameters->user_level()));
    keys.galois.clear();
    next("evaluation-keys", write(keys));
}

/// The files as this build makes them.
inline std::vector<Fixture> make_fixtures() {
    std::vector<Fixture> files;
    make_bootstrapping_fixtures(files);
    for (const bool wide : {false, true}) {
        const std::string set = wide ? "wide-" : "small-";
        const auto next = [&](const char* name, ByteView bytes) {
            files.push_back({"format-v1/" + set + name + ".bin", {bytes.begin(), bytes.end()}});
        };
        const auto parameters = std::make_shared<const ckks::Parameters>(fixture_literal(wide));
        const auto shared = parameters->shared_rlwe();
        RandomSource random = RandomSource::insecure_deterministic(wide ? 2 : 1);
        const rlwe::SecretKey secret = rlwe::SecretKey::generate(shared, random, {});
        const rlwe::KeyGenerator generator(secret, random, {});
        const std::vector<double> values = fixture_values(*parameters);
        const auto encrypt = [&](int level) {
            return ckks::encrypt(parameters, secret, {.re = values}, level, 1, random, {});
        };

        next("parameters", write(*parameters));
        next("secret-key", write(secret).view());
        next("ciphertext-seeded", write(encrypt(1)));
        if (wide) continue;

        const rlwe::PublicKey public_key = generator.public_key();
        next("public-key", write(public_key));
        rlwe::EvaluationKeys keys;
        keys.parameters = shared;
        keys.insecure = true;
        keys.relinearization = std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(1));
        const auto galois = [&](std::uint32_t element, int level) {
            keys.galois[element] = std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, level));
        };
        galois(rotation_element(parameters->ring(), 1), 1);
        galois(conjugation_element(parameters->ring()), 0);
        next("evaluation-keys", write(keys));
        next("evaluation-key", write_evaluation_key(*shared, *keys.galois.begin()->second, true));
        next("ciphertext", write(ckks::encrypt(parameters, public_key, {.re = values}, 1, 1, random, {})));
        const ckks::Ciphertext x = encrypt(1);
        const ckks::Evaluator evaluator(parameters, nullptr, {});
        next("ciphertext-product", write(evaluator.multiply(x, x, {.relinearize = false, .rescale = false})));
        std::vector<ckks::Ciphertext> batch;
        batch.push_back(encrypt(0));
        batch.push_back(encrypt(1));
        next("ciphertext-batch", write(*parameters, batch));
        next("plaintext", write(ckks::encode(parameters, {.re = values}, 1, 1, {})));
    }
    return files;
}

}  // namespace ciphernet::io::test
