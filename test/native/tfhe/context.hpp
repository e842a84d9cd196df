#pragma once

#include <memory>
#include <vector>

#include "support/test.hpp"
#include "tfhe/encryption.hpp"
#include "tfhe/evaluator.hpp"
#include "tfhe/key_generator.hpp"

namespace ciphernet::tfhe {

/// A fast set that protects nothing, for messages of up to 4 bits.
inline ParametersLiteral small_set(int message_bits) {
    return {.message_bits = message_bits,
            .lwe_dimension = 64,
            .lwe_noise = 40,
            .glwe_dimension = 1,
            .log_n = 9,
            .glwe_noise = 17,
            .bootstrap = {23, 1},
            .key_switch = {4, 4},
            .security = Security::none};
}

/// 4 bits at 128 bits of security, failures below 2^-128.
inline ParametersLiteral full_set() {
    return {.message_bits = 4,
            .lwe_dimension = 918,
            .lwe_noise = 45,
            .glwe_dimension = 1,
            .log_n = 11,
            .glwe_noise = 17,
            .bootstrap = {23, 1},
            .key_switch = {4, 4}};
}

/// Keys of a set, from a fixed seed.
struct Context {
    std::shared_ptr<const Parameters> parameters;
    RandomSource random;
    SecretKey key;
    std::shared_ptr<const EvaluationKeys> evaluation_keys;
    Evaluator evaluator;

    explicit Context(const ParametersLiteral& literal, const Execution& execution = {}, u64 seed = 1)
        : parameters(std::make_shared<const Parameters>(literal)),
          random(RandomSource::insecure_deterministic(seed)),
          key(SecretKey::generate(parameters, random)),
          evaluation_keys(
              std::make_shared<const EvaluationKeys>(generate_evaluation_keys(key, random, execution), execution)),
          evaluator(evaluation_keys) {}

    LweBatch encrypted(const std::vector<u32>& messages) { return expand(encrypt(key, messages, random, {}), {}); }
    std::vector<u32> decrypted(const LweBatch& x) const { return decrypt(key, x, {}); }
};

inline std::vector<u32> random_messages(Rng& rng, std::size_t count, u32 end) {
    std::vector<u32> r(count);
    for (u32& m : r) m = static_cast<u32>(rng.below(end));
    return r;
}

/// The mean square of differences of phases from what they should be, as a fraction of the torus squared.
inline double mean_square(const std::vector<u64>& phases, const std::vector<u64>& expected) {
    double sum = 0;
    for (std::size_t i = 0; i < phases.size(); ++i) {
        const double error = static_cast<double>(static_cast<i64>(phases[i] - expected[i])) * 0x1p-64;
        sum += error * error;
    }
    return sum / static_cast<double>(phases.size());
}

inline std::vector<u64> scaled(const Parameters& parameters, const std::vector<u32>& messages) {
    std::vector<u64> r;
    r.reserve(messages.size());
    for (const u32 m : messages) r.push_back(m * parameters.delta());
    return r;
}

}  // namespace ciphernet::tfhe
