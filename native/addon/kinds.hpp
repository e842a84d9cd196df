#pragma once

#include "addon/handle.hpp"
#include "addon/key_stream.hpp"
#include "ckks/bootstrapping/batch_bootstrapper.hpp"
#include "ckks/ciphertext.hpp"
#include "ckks/linear_transform.hpp"
#include "random/random_source.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/secret_key.hpp"
#include "tfhe/ciphertext.hpp"
#include "tfhe/keys.hpp"
#include "tfhe/secret_key.hpp"

// The C++ type behind every kind of handle, and what one weighs.
namespace ciphernet::addon {

template <>
struct KindOf<const ckks::Parameters> {
    static constexpr Kind kind = Kind::parameters;
};
template <>
struct KindOf<RandomSource> {
    static constexpr Kind kind = Kind::random_source;
};
template <>
struct KindOf<const rlwe::SecretKey> {
    static constexpr Kind kind = Kind::secret_key;
};
template <>
struct KindOf<const rlwe::PublicKey> {
    static constexpr Kind kind = Kind::public_key;
};
template <>
struct KindOf<const rlwe::EvaluationKeys> {
    static constexpr Kind kind = Kind::evaluation_keys;
};
template <>
struct KindOf<const ckks::Plaintext> {
    static constexpr Kind kind = Kind::plaintext;
};
template <>
struct KindOf<const ckks::Ciphertext> {
    static constexpr Kind kind = Kind::ciphertext;
};
template <>
struct KindOf<const ckks::LinearTransform> {
    static constexpr Kind kind = Kind::linear_transform;
};
template <>
struct KindOf<const ckks::BatchBootstrapper> {
    static constexpr Kind kind = Kind::bootstrapper;
};
template <>
struct KindOf<KeyWriter> {
    static constexpr Kind kind = Kind::key_writer;
};
template <>
struct KindOf<KeyReader> {
    static constexpr Kind kind = Kind::key_reader;
};

template <>
struct KindOf<const tfhe::Parameters> {
    static constexpr Kind kind = Kind::tfhe_parameters;
};
template <>
struct KindOf<const tfhe::SecretKey> {
    static constexpr Kind kind = Kind::tfhe_secret_key;
};
template <>
struct KindOf<const tfhe::EvaluationKeys> {
    static constexpr Kind kind = Kind::tfhe_evaluation_keys;
};
template <>
struct KindOf<const tfhe::LweBatch> {
    static constexpr Kind kind = Kind::tfhe_ciphertexts;
};

std::size_t byte_count(const ckks::Parameters& parameters);
std::size_t byte_count(const rlwe::SecretKey& key);
std::size_t byte_count(const rlwe::PublicKey& key);
std::size_t byte_count(const ckks::Plaintext& plaintext);
std::size_t byte_count(const tfhe::Parameters& parameters);
std::size_t byte_count(const tfhe::SecretKey& key);
inline std::size_t byte_count(const tfhe::EvaluationKeys& keys) { return keys.byte_count(); }
inline std::size_t byte_count(const tfhe::LweBatch& ciphertexts) { return ciphertexts.byte_count(); }
inline std::size_t byte_count(const rlwe::EvaluationKeys& keys) { return keys.byte_count(); }
inline std::size_t byte_count(const ckks::LinearTransform& transform) { return transform.byte_count(); }
inline std::size_t byte_count(const ckks::BatchBootstrapper& bootstrapper) { return bootstrapper.byte_count(); }
inline std::size_t byte_count(const ckks::Ciphertext& ciphertext) { return ciphertext.byte_count(); }

/// A handle of an object that its byte_count() weighs.
template <class T>
Napi::Object wrap(Napi::Env env, std::shared_ptr<const T> object) {
    const std::size_t bytes = byte_count(*object);
    return wrap<const T>(env, std::move(object), bytes);
}

}  // namespace ciphernet::addon
