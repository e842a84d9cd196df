#include "tfhe/secret_key.hpp"

#include <utility>

#include "tfhe/sampling.hpp"

namespace ciphernet::tfhe {

SecretKey::SecretKey(std::shared_ptr<const Parameters> parameters, bool insecure)
    : parameters_(std::move(parameters)),
      lwe_(parameters_->lwe_dimension()),
      glwe_(parameters_->big_dimension()),
      insecure_(insecure) {}

SecretKey SecretKey::generate(std::shared_ptr<const Parameters> parameters, RandomSource& random) {
    const bool insecure = random.insecure() || parameters->security() == Security::none;
    SecretKey key(std::move(parameters), insecure);
    const SecretSeed seed = random.next_secret_seed();
    Stream small(seed, Domain::secret, 0, 0);
    sample_binary(key.lwe_.span(), small);
    Stream big(seed, Domain::secret, 1, 0);
    sample_binary(key.glwe_.span(), big);
    return key;
}

}  // namespace ciphernet::tfhe
