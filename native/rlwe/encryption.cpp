#include "rlwe/encryption.hpp"

#include <utility>

#include "ring/operations.hpp"
#include "rlwe/sampling.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::rlwe {

Ciphertext encrypt(const SecretKey& key, CoefficientPolynomial message, int level, RandomSource& random,
                   const Execution& execution) {
    const Ring& ring = message.ring();
    const Basis basis = message.basis();
    const PublicSeed seed = random.next_public_seed();
    const SecretSeed error_seed = random.next_secret_seed();

    CoefficientPolynomial error = sample_error(ring, basis, error_seed, 0);
    const WipeGuard error_guard(error);
    add(message, message, error, execution);
    EvaluationPolynomial c0 = to_evaluation(std::move(message), execution);
    EvaluationPolynomial c1 = expand_uniform(ring, basis, seed, 0, execution);
    EvaluationPolynomial product(ring, basis);
    const WipeGuard product_guard(product);
    multiply(product, c1, key.evaluation(), execution);
    subtract(c0, c0, product, execution);

    Ciphertext result{.level = level, .parts = {}, .mask_seed = seed};
    result.parts.push_back(std::move(c0));
    result.parts.push_back(std::move(c1));
    return result;
}

Ciphertext encrypt(const PublicKey& key, CoefficientPolynomial message, int level, RandomSource& random,
                   const Execution& execution) {
    const Ring& ring = message.ring();
    const Basis basis = message.basis();
    const SecretSeed seed = random.next_secret_seed();

    CoefficientPolynomial error = sample_error(ring, basis, seed, 0);
    const WipeGuard error_guard(error);
    add(message, message, error, execution);
    EvaluationPolynomial v = to_evaluation(sample_ephemeral(ring, basis, seed, 0), execution.without_stop());
    const WipeGuard v_guard(v);
    EvaluationPolynomial c0 = to_evaluation(std::move(message), execution);
    EvaluationPolynomial c1 = to_evaluation(sample_error(ring, basis, seed, 1), execution.without_stop());
    const WipeGuard c1_guard(c1);
    multiply_add(c0, v, key.b, execution);
    multiply_add(c1, v, key.a, execution);

    Ciphertext result{.level = level, .parts = {}, .mask_seed = std::nullopt};
    result.parts.push_back(std::move(c0));
    result.parts.push_back(std::move(c1));
    return result;
}

CoefficientPolynomial phase(const Ciphertext& ciphertext, const SecretKey& key, const Execution& execution) {
    // Horner in s, so that two parts and three take the same path.
    EvaluationPolynomial sum = ciphertext.parts.back().copy();
    const WipeGuard guard(sum);
    for (std::size_t i = ciphertext.parts.size() - 1; i-- > 0;) {
        multiply(sum, sum, key.evaluation(), execution);
        add(sum, sum, ciphertext.parts[i], execution);
    }
    return to_coefficient(std::move(sum), execution.without_stop());
}

}  // namespace ciphernet::rlwe
