#include <algorithm>
#include <memory>
#include <utility>

#include "addon/arguments.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "io/format.hpp"

namespace ciphernet::addon {
namespace {

Result bytes_result(io::Bytes content) {
    // A Result is copyable, the bytes of a gigabyte should not be copied.
    auto owned = std::make_shared<io::Bytes>(std::move(content));
    return [owned](Napi::Env env) -> Napi::Value { return uint8_array(env, std::move(*owned)); };
}

/// (secret key, watch) -> Promise<Uint8Array>
Napi::Value secret_key_to_bytes(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[1], [key = unwrap<const rlwe::SecretKey>(info[0])](const Execution&) -> Result {
            auto content = std::make_shared<io::SecretBytes>(io::write(*key));
            return [content](Napi::Env env) -> Napi::Value {
                const io::ByteView view = std::as_const(*content).view();
                Napi::Uint8Array copy = Napi::Uint8Array::New(env, view.size());
                std::ranges::copy(view, copy.Data());
                return copy;
            };
        });
}

/// (parameters, bytes, watch) -> Promise<handle>
Napi::Value secret_key_from_bytes(const Napi::CallbackInfo& info) {
    const std::span<const std::uint8_t> given = byte_view(info[1]);
    auto content = std::make_shared<io::SecretBytes>(given.size());
    std::ranges::copy(given, content->view().begin());
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]), content](const Execution& execution) -> Result {
                 auto key = std::make_shared<const rlwe::SecretKey>(
                     io::read_secret_key(std::as_const(*content).view(), parameters->shared_rlwe(), execution));
                 return [key](Napi::Env env) -> Napi::Value { return wrap<rlwe::SecretKey>(env, key); };
             });
}

/// (object, watch) -> Promise<Uint8Array>
template <class T>
Napi::Value to_bytes(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env()).run(info[1], [value = unwrap<const T>(info[0])](const Execution& execution) {
        return bytes_result(io::write(*value, execution));
    });
}

/// (parameters, bytes, watch) -> Promise<handle>
template <class T, class Read>
Napi::Value from_bytes(const Napi::CallbackInfo& info, const Read& read) {
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]), content = bytes(info[1]),
              read](const Execution& execution) -> Result {
                 auto object = std::make_shared<const T>(read(content, parameters, execution));
                 return [object](Napi::Env env) -> Napi::Value { return wrap<T>(env, object); };
             });
}

using ParametersPointer = std::shared_ptr<const ckks::Parameters>;

Napi::Value public_key_from_bytes(const Napi::CallbackInfo& info) {
    return from_bytes<rlwe::PublicKey>(
        info, [](io::ByteView content, const ParametersPointer& p, const Execution& execution) {
            return io::read_public_key(content, p->shared_rlwe(), execution);
        });
}

Napi::Value evaluation_keys_from_bytes(const Napi::CallbackInfo& info) {
    return from_bytes<rlwe::EvaluationKeys>(
        info, [](io::ByteView content, const ParametersPointer& p, const Execution& execution) {
            return io::read_evaluation_keys(content, *p, execution);
        });
}

Napi::Value ciphertext_from_bytes(const Napi::CallbackInfo& info) {
    return from_bytes<ckks::Ciphertext>(
        info, [](io::ByteView content, const ParametersPointer& p, const Execution& execution) {
            return io::read_ciphertext(content, p, execution);
        });
}

Napi::Value plaintext_from_bytes(const Napi::CallbackInfo& info) {
    return from_bytes<ckks::Plaintext>(
        info, [](io::ByteView content, const ParametersPointer& p, const Execution& execution) {
            return io::read_plaintext(content, p, execution);
        });
}

/// (parameters, ciphertexts, watch) -> Promise<Uint8Array>
Napi::Value batch_to_bytes(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2], [parameters = unwrap<const ckks::Parameters>(info[0]),
                       batch = unwrap_all<const ckks::Ciphertext>(info[1])](const Execution& execution) {
            std::vector<const ckks::Ciphertext*> pointers;
            for (const auto& ciphertext : batch) pointers.push_back(ciphertext.get());
            return bytes_result(io::write(*parameters, std::span<const ckks::Ciphertext* const>(pointers), execution));
        });
}

/// (parameters, bytes, watch) -> Promise<handle[]>
Napi::Value batch_from_bytes(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]),
              content = bytes(info[1])](const Execution& execution) -> Result {
                 std::vector<std::shared_ptr<const ckks::Ciphertext>> batch;
                 for (ckks::Ciphertext& ciphertext : io::read_ciphertexts(content, parameters, execution))
                     batch.push_back(std::make_shared<const ckks::Ciphertext>(std::move(ciphertext)));
                 return [batch = std::move(batch)](Napi::Env env) -> Napi::Value {
                     return wrap_all<ckks::Ciphertext>(env, batch);
                 };
             });
}

/// (the first bytes of an object) -> what it says of itself; fields that its type lacks are left out
Napi::Value inspect(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const io::Info said = io::inspect(byte_view(info[0]));
    Napi::Object result = Napi::Object::New(env);
    result.Set("type", Napi::String::New(env, std::string(io::to_string(said.type))));
    result.Set("version", Napi::Number::New(env, said.version));
    result.Set("insecure", Napi::Boolean::New(env, said.insecure));
    result.Set("fingerprint", Napi::String::New(env, hexadecimal(said.fingerprint)));
    result.Set("totalBytes", Napi::Number::New(env, static_cast<double>(said.total_bytes)));
    const auto set = [&](const char* name, const auto& value) {
        if (value) result.Set(name, Napi::Number::New(env, *value));
    };
    set("level", said.level);
    set("degree", said.degree);
    set("count", said.count);
    set("galoisElement", said.galois_element);
    set("logN", said.log_n);
    return result;
}

}  // namespace

void expose_format(Napi::Object& exports) {
    expose<secret_key_to_bytes>(exports, "secretKeyToBytes");
    expose<secret_key_from_bytes>(exports, "secretKeyFromBytes");
    expose<to_bytes<rlwe::PublicKey>>(exports, "publicKeyToBytes");
    expose<public_key_from_bytes>(exports, "publicKeyFromBytes");
    expose<to_bytes<rlwe::EvaluationKeys>>(exports, "evaluationKeysToBytes");
    expose<evaluation_keys_from_bytes>(exports, "evaluationKeysFromBytes");
    expose<to_bytes<ckks::Ciphertext>>(exports, "ciphertextToBytes");
    expose<ciphertext_from_bytes>(exports, "ciphertextFromBytes");
    expose<to_bytes<ckks::Plaintext>>(exports, "plaintextToBytes");
    expose<plaintext_from_bytes>(exports, "plaintextFromBytes");
    expose<batch_to_bytes>(exports, "ciphertextsToBytes");
    expose<batch_from_bytes>(exports, "ciphertextsFromBytes");
    expose<inspect>(exports, "inspect");
}

}  // namespace ciphernet::addon
