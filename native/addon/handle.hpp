#pragma once

#include <napi.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "base/error.hpp"

// JavaScript objects that stand for C++ ones. Each carries a type tag, so that no foreign object is ever taken for a
// handle; the size of what it holds is told to V8, in large steps, so that the collector knows what handles weigh.
namespace ciphernet::addon {

/// The kinds of handles, in the order of kKinds.
enum class Kind : std::size_t {
    parameters,
    random_source,
    secret_key,
    public_key,
    evaluation_keys,
    plaintext,
    ciphertext,
    linear_transform,
    bootstrapper,
    key_writer,
    key_reader,
    tfhe_parameters,
    tfhe_secret_key,
    tfhe_evaluation_keys,
    tfhe_ciphertexts,
    count
};

/// The name in messages, e.g. "Ciphertext".
const char* name_of(Kind kind);

/// Which kind stands for which C++ type. Specialised below each type's use in kinds.hpp.
template <class T>
struct KindOf;

/// Untyped core of wrap() and unwrap().
Napi::Object wrap_untyped(Napi::Env env, Kind kind, std::shared_ptr<void> object, std::size_t bytes);
/// Throws Error{invalid_argument} for anything but a handle of this kind and Error{disposed} for a spent one.
const std::shared_ptr<void>& unwrap_untyped(const Napi::Value& value, Kind kind);
/// Whether the value is a handle of this kind, spent or not.
bool is_handle(const Napi::Value& value, Kind kind);
/// What the handles of this thread hold and V8 has not been told yet; below 0 when it was told of more.
std::int64_t untold_bytes();
/// Lets go of what the handle holds; running operations keep their own hold. Repeating it does nothing.
void dispose(const Napi::Value& value);

template <class T>
Napi::Object wrap(Napi::Env env, std::shared_ptr<T> object, std::size_t bytes) {
    return wrap_untyped(env, KindOf<T>::kind, std::const_pointer_cast<std::remove_const_t<T>>(std::move(object)),
                        bytes);
}

template <class T>
std::shared_ptr<T> unwrap(const Napi::Value& value) {
    return std::static_pointer_cast<T>(unwrap_untyped(value, KindOf<T>::kind));
}

}  // namespace ciphernet::addon
