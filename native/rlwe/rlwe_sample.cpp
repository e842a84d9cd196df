#include "rlwe/rlwe_sample.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/secret_array.hpp"
#include "ring/operations.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/sampling.hpp"
#include "rlwe/wipe_guard.hpp"

namespace ciphernet::rlwe {

void write_with_error(u64* r, const Message& message, int i, const std::int8_t* error, u64* workspace) {
    const Ring& ring = *message.ring;
    const ModulusConstants* q = &ring.modulus(message.basis, i).constants();
    if (message.write) {
        message.write(r, i);
        kernels().from_signed(workspace, error, ring.n(), q);
        kernels().add(r, r, workspace, ring.n(), q);
    } else {
        kernels().from_signed(r, error, ring.n(), q);
    }
    ring.ntt(ring.prime_of_limb(message.basis, i)).forward(r);
}

RlweSample rlwe_sample(const EvaluationPolynomial& secret, const Message& message, const PublicSeed& mask_seed,
                       const SecretSeed& error_seed, u64 object, const Execution& execution) {
    const Ring& ring = *message.ring;
    const std::size_t n = ring.n();
    CIPHERNET_ASSERT(secret.limb_count() == ring.prime_count());
    SecretArray<std::int8_t> error(n);
    sample_error(error, error_seed, object, execution);
    RlweSample r{EvaluationPolynomial(ring, message.basis), EvaluationPolynomial(ring, message.basis)};
    WipeGuard guard(r.b);  // until a s is taken away, b is the error, which would give s
    for_each_group(execution, n, message.basis.size(), kLimbsPerWorkspace, [&](int first, int end) {
        SecretArray<u64> workspace(n);
        for (int i = first; i < end; ++i) {
            execution.check();
            const int prime = r.b.prime(i);
            const ModulusConstants* q = &ring.modulus(prime).constants();
            write_with_error(r.b.limb(i), message, i, error.data(), workspace.data());
            expand_uniform_limb(r.a.limb(i), ring, prime, mask_seed, object);
            kernels().multiply(workspace.data(), r.a.limb(i), secret.limb(prime), n, q);
            kernels().subtract(r.b.limb(i), r.b.limb(i), workspace.data(), n, q);
        }
    });
    guard.release();
    return r;
}

}  // namespace ciphernet::rlwe
