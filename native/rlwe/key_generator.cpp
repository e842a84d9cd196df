#include "rlwe/key_generator.hpp"

#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/secret_array.hpp"
#include "kernels/kernels.hpp"
#include "random/samplers.hpp"
#include "ring/operations.hpp"
#include "rlwe/rlwe_sample.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::rlwe {

PublicKey KeyGenerator::public_key() const {
    const Parameters& parameters = *secret_.parameters();
    const Basis basis = parameters.basis(parameters.max_level());
    const PublicSeed seed = random_.next_public_seed();
    const SecretSeed error_seed = random_.next_secret_seed();

    RlweSample sample = rlwe_sample(secret_.evaluation(), {.ring = &parameters.ring(), .basis = basis, .write = {}},
                                    seed, error_seed, 0, execution_);
    return {secret_.parameters(), seed, std::move(sample.b), std::move(sample.a),
            secret_.insecure() || random_.insecure()};
}

void KeyGenerator::check_level(int level) const {
    const Parameters& parameters = *secret_.parameters();
    if (!parameters.has_special_primes())
        throw Error(
            ErrorCode::parameters_invalid,
            "This parameter set has no key-switching primes (logP is empty), so it has no relinearization or rotation keys. "
            "Give logP at least one prime.");
    if (level < 0 || level > parameters.max_level())
        throw Error(ErrorCode::invalid_argument, "Expected a level from 0 to " +
                                                     std::to_string(parameters.max_level()) +
                                                     " for a key but received " + std::to_string(level) + ".");
}

KeySwitchKey KeyGenerator::relinearization_key(int level) const {
    check_level(level);
    const Parameters& parameters = *secret_.parameters();
    EvaluationPolynomial square(parameters.ring(), parameters.key_basis(level));
    const WipeGuard guard(square);
    multiply(square, secret_.evaluation(), secret_.evaluation(), execution_);
    return key_switch_key(square, secret_.evaluation(), level);
}

GaloisKey KeyGenerator::galois_key(u32 element, int level) const {
    check_level(level);
    const Parameters& parameters = *secret_.parameters();
    const Ring& ring = parameters.ring();
    if (element % 2 == 0 || element >= 2 * ring.n())
        throw Error(ErrorCode::invalid_argument,
                    "Expected an odd Galois element below 2N = " + std::to_string(2 * ring.n()) + " but received " +
                        std::to_string(element) + ".");
    // s -> s(X^(1/g)): the automorphism X -> X^g behind it then leads back to s.
    const Automorphism inverse(ring, inverse_element(ring, element));
    EvaluationPolynomial target(ring, secret_.evaluation().basis());
    const WipeGuard target_guard(target);
    apply(target, secret_.evaluation(), inverse, execution_);
    return {Automorphism(ring, element), key_switch_key(secret_.evaluation(), target, level)};
}

EncapsulationKey KeyGenerator::encapsulation_key(const std::shared_ptr<const Parameters>& sparse, int weight) const {
    const std::shared_ptr<const Parameters>& parameters = secret_.parameters();
    check_level(parameters->max_level());
    SecretArray<std::int8_t> coefficients(parameters->n());
    {
        const SecretSeed seed = random_.next_secret_seed();
        Stream stream(seed, Domain::secret, 0, 0);
        sample_fixed_weight(coefficients.data(), coefficients.size(), static_cast<std::size_t>(weight), stream);
    }
    const SecretKey own(sparse, secret_.coefficients(), secret_.insecure(), execution_);
    const SecretKey target(sparse, coefficients.span(), secret_.insecure(), execution_);
    const SecretKey source(parameters, coefficients.span(), secret_.insecure(), execution_);
    return {sparse, KeyGenerator(target, random_, execution_).key_switch_key(own.evaluation(), target.evaluation(), 0),
            key_switch_key(source.evaluation(), secret_.evaluation(), parameters->max_level())};
}

KeySwitchKey KeyGenerator::key_switch_key(const EvaluationPolynomial& source, const EvaluationPolynomial& target,
                                          int level) const {
    const Parameters& parameters = *secret_.parameters();
    const Ring& ring = parameters.ring();
    const Basis basis = parameters.key_basis(level);
    const PublicSeed seed = random_.next_public_seed();
    const SecretSeed error_seed = random_.next_secret_seed();

    KeySwitchKey key{.level = level, .seed = seed, .b = {}, .a = {}};
    SecretArray<u64> scaled(ring.n());
    for (int j = 0; j < parameters.digit_count(level); ++j) {
        execution_.check();
        RlweSample sample = rlwe_sample(target, {.ring = &ring, .basis = basis, .write = {}}, seed, error_seed,
                                        static_cast<u64>(j), execution_);
        const auto [first, end] = parameters.digit_limbs(level, j);
        for (int i = first; i < end; ++i) {
            const Modulus& q = ring.modulus(i);
            u64 p = 1;
            for (const u64 prime : parameters.literal().special_primes) p = q.multiply(p, q.reduce(prime));
            kernels().multiply_scalar(scaled.data(), source.limb(i), q.shoup(p), ring.n(), &q.constants());
            kernels().add(sample.b.limb(i), sample.b.limb(i), scaled.data(), ring.n(), &q.constants());
        }
        key.b.push_back(PackedPolynomial::pack(sample.b, execution_));
        key.a.push_back(PackedPolynomial::pack(sample.a, execution_));
    }
    return key;
}

}  // namespace ciphernet::rlwe
