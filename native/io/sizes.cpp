#include "io/envelope.hpp"
#include "io/layout.hpp"
#include "io/polynomials.hpp"

namespace ciphernet::io {
namespace {

/// The b of every gadget digit.
std::size_t samples_bytes(const rlwe::Parameters& parameters, int level) {
    return static_cast<std::size_t>(parameters.digit_count(level)) *
           polynomial_bytes(parameters.ring(), parameters.key_basis(level));
}

}  // namespace

std::size_t parameters_bytes(const ckks::Parameters& parameters) {
    std::size_t bytes = kEnvelopeBytes + kParametersFixedBytes;
    if (parameters.literal().bootstrapping) bytes += kBootstrappingBytes;
    for (const auto& level : parameters.rlwe().literal().levels) bytes += 2 + 8 * level.size();
    return bytes + 9 * parameters.rlwe().literal().special_primes.size();
}

std::size_t secret_key_bytes(const rlwe::Parameters& parameters) { return kEnvelopeBytes + parameters.n() / 4; }

std::size_t public_key_bytes(const rlwe::Parameters& parameters) {
    return kEnvelopeBytes + kSeedBytes + polynomial_bytes(parameters.ring(), parameters.basis(parameters.max_level()));
}

std::size_t evaluation_key_bytes(const rlwe::Parameters& parameters, int level) {
    return kEnvelopeBytes + kKeyFixedBytes + samples_bytes(parameters, level);
}

std::size_t encapsulation_key_bytes(const rlwe::Parameters& parameters, const rlwe::Parameters& sparse) {
    return kEnvelopeBytes + kEncapsulationFixedBytes + samples_bytes(sparse, 0) +
           samples_bytes(parameters, parameters.max_level());
}

std::size_t evaluation_key_bytes(const KeySets& sets, const KeyName& name) {
    if (name.kind != KeyKind::encapsulation) return evaluation_key_bytes(*sets.parameters, name.level);
    return sets.encapsulation ? encapsulation_key_bytes(*sets.parameters, *sets.encapsulation) : 0;
}

std::size_t evaluation_keys_bytes(const KeySets& sets, std::span<const KeyName> names) {
    std::size_t bytes = table_of_contents_bytes(static_cast<std::uint32_t>(names.size())) + kChecksumBytes;
    for (const KeyName& name : names) bytes += evaluation_key_bytes(sets, name);
    return bytes;
}

std::size_t table_of_contents_bytes(std::uint32_t count) {
    return kHeaderBytes + kBundleFixedBytes + count * kEntryBytes + kChecksumBytes;
}

std::size_t record_bytes(const rlwe::Parameters& parameters, const CiphertextShape& shape) {
    const auto stored = static_cast<std::size_t>(shape.seeded ? 1 : shape.degree + 1);
    return kRecordFixedBytes + (shape.seeded ? kSeedBytes : 0) +
           stored * polynomial_bytes(parameters.ring(), parameters.basis(shape.level));
}

std::size_t ciphertext_bytes(const rlwe::Parameters& parameters, const CiphertextShape& shape) {
    return kEnvelopeBytes + record_bytes(parameters, shape);
}

std::size_t ciphertext_batch_bytes(const rlwe::Parameters& parameters, std::span<const CiphertextShape> shapes) {
    std::size_t bytes = kEnvelopeBytes + kBatchFixedBytes;
    for (const CiphertextShape& shape : shapes) bytes += record_bytes(parameters, shape);
    return bytes;
}

std::size_t plaintext_bytes(const rlwe::Parameters& parameters, int level) {
    return kEnvelopeBytes + kRecordFixedBytes + polynomial_bytes(parameters.ring(), parameters.basis(level));
}

}  // namespace ciphernet::io
