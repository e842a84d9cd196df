#pragma once

#include <variant>

#include "io/format.hpp"

namespace ciphernet::io::test {

/// Reads the bytes as an object of this type and writes it again. What was accepted gives the same bytes: the format is
/// canonical. Throws what the reader throws.
inline Bytes reread(ObjectType type, ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters) {
    const std::shared_ptr<const rlwe::Parameters>& set = parameters->shared_rlwe();
    switch (type) {
        case ObjectType::parameters:
            return write(*read_parameters(bytes));
        case ObjectType::secret_key: {
            const SecretBytes secret = write(read_secret_key(bytes, set));
            return {secret.view().begin(), secret.view().end()};
        }
        case ObjectType::public_key:
            return write(read_public_key(bytes, set));
        case ObjectType::evaluation_key: {
            const LoadedKey loaded = read_evaluation_key(bytes, *parameters);
            return std::visit([&](const auto& key) { return write_evaluation_key(*set, key, loaded.insecure); },
                              loaded.key);
        }
        case ObjectType::evaluation_keys:
            return write(read_evaluation_keys(bytes, *parameters));
        case ObjectType::ciphertext:
            return write(read_ciphertext(bytes, parameters));
        case ObjectType::ciphertext_batch:
            return write(*parameters, read_ciphertexts(bytes, parameters));
        case ObjectType::plaintext:
            return write(read_plaintext(bytes, parameters));
    }
    throw Error(ErrorCode::internal, "There is no such type.");
}

}  // namespace ciphernet::io::test
