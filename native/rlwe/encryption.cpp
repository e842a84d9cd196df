#include "rlwe/encryption.hpp"

#include <utility>

#include "base/assert.hpp"
#include "ring/operations.hpp"
#include "rlwe/sampling.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::rlwe {

Ciphertext encrypt(const SecretKey& key, const Message& message, int level, RandomSource& random,
                   const Execution& execution) {
    const PublicSeed seed = random.next_public_seed();
    const SecretSeed error_seed = random.next_secret_seed();
    RlweSample sample = rlwe_sample(key.evaluation(), message, seed, error_seed, 0, execution);

    Ciphertext result{.level = level, .parts = {}, .mask_seed = seed};
    result.parts.push_back(std::move(sample.b));
    result.parts.push_back(std::move(sample.a));
    return result;
}

Ciphertext encrypt(const PublicKey& key, const Message& message, int level, RandomSource& random,
                   const Execution& execution) {
    const Ring& ring = *message.ring;
    const std::size_t n = ring.n();
    const SecretSeed seed = random.next_secret_seed();
    SecretArray<std::int8_t> v(n), e0(n), e1(n);
    execution.parallel_for(3, [&](std::size_t i) {
        if (i == 0) return sample_ephemeral(v, seed, 0);
        sample_error(i == 1 ? e0 : e1, seed, i - 1, execution);
    });

    EvaluationPolynomial c0(ring, message.basis);
    EvaluationPolynomial c1(ring, message.basis);
    WipeGuard c0_guard(c0);  // until v b and v a are added, they are message and errors
    WipeGuard c1_guard(c1);
    for_each_group(execution, n, message.basis.size(), kLimbsPerWorkspace, [&](int first, int end) {
        SecretArray<u64> workspace(n);
        for (int i = first; i < end; ++i) {
            execution.check();
            const int prime = c0.prime(i);
            const ModulusConstants* q = &ring.modulus(prime).constants();
            write_with_error(c0.limb(i), message, i, e0.data(), workspace.data());
            kernels().from_signed(workspace.data(), v.data(), n, q);
            ring.ntt(prime).forward(workspace.data());
            kernels().multiply_add(c0.limb(i), workspace.data(), key.b.limb(prime), n, q);
            kernels().from_signed(c1.limb(i), e1.data(), n, q);
            ring.ntt(prime).forward(c1.limb(i));
            kernels().multiply_add(c1.limb(i), workspace.data(), key.a.limb(prime), n, q);
        }
    });
    c0_guard.release();
    c1_guard.release();

    Ciphertext result{.level = level, .parts = {}, .mask_seed = std::nullopt};
    result.parts.push_back(std::move(c0));
    result.parts.push_back(std::move(c1));
    return result;
}

CoefficientPolynomial phase(const Ciphertext& ciphertext, const SecretKey& key, const Execution& execution) {
    CIPHERNET_ASSERT(ciphertext.parts.size() >= 2);
    const EvaluationPolynomial& last = ciphertext.parts.back();
    const Ring& ring = last.ring();
    EvaluationPolynomial sum(ring, last.basis());
    const WipeGuard guard(sum);
    // Horner in s, so that two parts and three take the same path.
    for_each_limb(execution, ring.n(), sum.limb_count(), [&](int i) {
        const int prime = sum.prime(i);
        const ModulusConstants* q = &ring.modulus(prime).constants();
        u64* r = sum.limb(i);
        const u64* higher = last.limb(i);
        for (std::size_t part = ciphertext.parts.size() - 1; part-- > 0; higher = r) {
            kernels().multiply(r, higher, key.evaluation().limb(prime), ring.n(), q);
            kernels().add(r, r, ciphertext.parts[part].limb(i), ring.n(), q);
        }
        ring.ntt(prime).inverse(r);
    });
    return std::move(sum).reinterpret<Form::coefficient>();
}

}  // namespace ciphernet::rlwe
