#include "rlwe/secret_key.hpp"

#include <utility>

#include "base/error.hpp"
#include "base/secret_array.hpp"
#include "base/wipe.hpp"
#include "random/samplers.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {
namespace {

std::span<const std::int8_t> checked(std::span<const std::int8_t> coefficients, const Parameters& parameters) {
    int outside = coefficients.size() == parameters.n() ? 0 : 1;
    for (const std::int8_t x : coefficients) outside |= static_cast<int>(x < -1) | static_cast<int>(x > 1);
    if (outside)
        throw Error(ErrorCode::format_corrupt,
                    "A secret key has N coefficients in {-1, 0, 1}; these bytes hold something else.");
    return coefficients;
}

}  // namespace

SecretKey SecretKey::generate(std::shared_ptr<const Parameters> parameters, RandomSource& random,
                              const Execution& execution) {
    SecretArray<std::int8_t> secret(parameters->n());
    const SecretSeed seed = random.next_secret_seed();
    Stream stream(seed, Domain::secret, 0, 0);
    sample_ternary(secret.data(), secret.size(), stream);
    return SecretKey(std::move(parameters), secret.span(), random.insecure(), execution);
}

SecretKey::SecretKey(std::shared_ptr<const Parameters> parameters, std::span<const std::int8_t> coefficients,
                     bool insecure, const Execution& execution)
    : parameters_(std::move(parameters)),
      coefficients_(checked(coefficients, *parameters_).begin(), coefficients.end()),
      evaluation_(to_evaluation(from_signed(parameters_->ring(), parameters_->key_basis(parameters_->max_level()),
                                            coefficients, execution.without_stop()),
                                execution.without_stop())),
      insecure_(insecure || parameters_->security() == Security::none) {}

SecretKey::~SecretKey() {
    secure_wipe(coefficients_.data(), coefficients_.size());
    if (evaluation_.word_count() != 0) secure_wipe(evaluation_.limb(0), evaluation_.word_count() * sizeof(u64));
}

}  // namespace ciphernet::rlwe
