#include "addon/kinds.hpp"

namespace ciphernet::addon {

std::size_t byte_count(const ckks::Parameters& parameters) {
    const std::size_t n = parameters.rlwe().n();
    const auto primes = static_cast<std::size_t>(parameters.ring().prime_count());
    // Four tables of N words a prime for the transform; roots and permutations of the embedding: about six words a slot.
    return (4 * primes + 6) * n * sizeof(std::uint64_t);
}

std::size_t byte_count(const rlwe::SecretKey& key) {
    return key.coefficients().size() + key.evaluation().word_count() * sizeof(std::uint64_t);
}

std::size_t byte_count(const rlwe::PublicKey& key) {
    return (key.a.word_count() + key.b.word_count()) * sizeof(std::uint64_t);
}

std::size_t byte_count(const ckks::Plaintext& plaintext) {
    return plaintext.value.word_count() * sizeof(std::uint64_t);
}

std::size_t byte_count(const tfhe::Parameters& parameters) {
    // The twiddles of the transform: about two doubles a coefficient.
    return 2 * parameters.n() * sizeof(double);
}

std::size_t byte_count(const tfhe::SecretKey& key) { return key.lwe().size() + key.glwe().size(); }

}  // namespace ciphernet::addon
