#include "ckks/encryption.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::ckks {
namespace {

template <class Key>
Ciphertext encrypt_with(const std::shared_ptr<const Parameters>& parameters, const Key& key,
                        const rlwe::Parameters& key_parameters, bool key_insecure, SlotView values, int level,
                        double magnitude, double deviation, RandomSource& random, const Execution& execution) {
    rlwe::require_same(parameters->rlwe(), key_parameters, "The key");
    const WideIntegers coefficients = encode_coefficients(*parameters, values, level, magnitude, execution);
    const Ring& ring = parameters->ring();
    const Basis basis = parameters->rlwe().basis(level);
    const auto write = [&](u64* r, int limb) { coefficients.reduce(r, ring.modulus(basis, limb)); };
    rlwe::Ciphertext body =
        rlwe::encrypt(key, {.ring = &ring, .basis = basis, .write = write}, level, random, execution);
    return {.parameters = parameters,
            .body = std::move(body),
            .scale_degree = 1,
            .noise = {.deviation = std::hypot(deviation, encoding_deviation(*parameters, level, magnitude)),
                      .magnitude = magnitude},
            .insecure = key_insecure || random.insecure()};
}

/// Levels are checked by the encoder; a deviation is asked for before that.
int clamp_level(const Parameters& parameters, int level) { return std::clamp(level, 0, parameters.max_level()); }

}  // namespace

Ciphertext encrypt(const std::shared_ptr<const Parameters>& parameters, const rlwe::SecretKey& key, SlotView values,
                   int level, double magnitude, RandomSource& random, const Execution& execution) {
    return encrypt_with(parameters, key, *key.parameters(), key.insecure(), values, level, magnitude,
                        secret_key_deviation(*parameters, clamp_level(*parameters, level)), random, execution);
}

Ciphertext encrypt(const std::shared_ptr<const Parameters>& parameters, const rlwe::PublicKey& key, SlotView values,
                   int level, double magnitude, RandomSource& random, const Execution& execution) {
    return encrypt_with(parameters, key, *key.parameters, key.insecure, values, level, magnitude,
                        public_key_deviation(*parameters, clamp_level(*parameters, level)), random, execution);
}

SlotVector decrypt(const Ciphertext& ciphertext, const rlwe::SecretKey& key, const Execution& execution) {
    const Parameters& parameters = *ciphertext.parameters;
    rlwe::require_same(parameters.rlwe(), *key.parameters(), "The secret key");
    CoefficientPolynomial message = rlwe::phase(ciphertext.body, key, execution);
    const rlwe::WipeGuard guard(message);
    return decode_coefficients(parameters, message, ciphertext.level(), ciphertext.scale_degree, execution);
}

double measure_error(const Ciphertext& ciphertext, const rlwe::SecretKey& key, SlotView expected,
                     const Execution& execution) {
    const SlotVector slots = decrypt(ciphertext, key, execution);
    if (expected.size() > slots.re.size() || (!expected.im.empty() && expected.im.size() != expected.re.size()))
        throw Error(ErrorCode::invalid_argument, "Expected at most " + std::to_string(slots.re.size()) +
                                                     " slot values but received " + std::to_string(expected.size()) +
                                                     ".");
    double worst = 0;
    for (std::size_t i = 0; i < slots.re.size(); ++i) {
        const double re = i < expected.re.size() ? expected.re[i] : 0;
        const double im = i < expected.im.size() ? expected.im[i] : 0;
        worst = std::max(worst, std::hypot(slots.re[i] - re, slots.im[i] - im));
    }
    return worst;
}

}  // namespace ciphernet::ckks
