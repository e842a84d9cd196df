#include <memory>
#include <utility>

#include "addon/arguments.hpp"
#include "addon/batch.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/random.hpp"
#include "ckks/encryption.hpp"
#include "ckks/sharing.hpp"

namespace ciphernet::addon {
namespace {

template <class T>
Result list_result(std::vector<std::shared_ptr<const T>> objects) {
    return [objects = std::move(objects)](Napi::Env env) -> Napi::Value { return wrap_all<T>(env, objects); };
}

struct EncryptionRequest {
    std::shared_ptr<const ckks::Parameters> parameters;
    std::shared_ptr<JobRandom> random;
    std::vector<ckks::SlotVector> values;
    int level;
    double magnitude;
};

template <class Key>
Napi::Value encrypt_with(const Napi::CallbackInfo& info, EncryptionRequest request) {
    return Environment::of(info.Env())
        .run(info[6], [key = unwrap<Key>(info[1]), request = std::move(request)](const Execution& execution) {
            return list_result(map_entries<ckks::Ciphertext>(
                request.values.size(), execution, [&](std::size_t i, const Execution& inner) {
                    return ckks::encrypt(request.parameters, *key, view(request.values[i]), request.level,
                                         request.magnitude, request.random->of(i), inner);
                }));
        });
}

/// (parameters, secret or public key, random, [re, im, …], level, magnitude, watch) -> Promise<handle[]>
Napi::Value encrypt(const Napi::CallbackInfo& info) {
    EncryptionRequest request{.parameters = unwrap<const ckks::Parameters>(info[0]),
                              .random = nullptr,
                              .values = slot_vectors(info[3]),
                              .level = integer(info[4]),
                              .magnitude = number(info[5])};
    request.random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[2]), request.values.size());
    if (is_handle(info[1], Kind::secret_key)) return encrypt_with<const rlwe::SecretKey>(info, std::move(request));
    return encrypt_with<const rlwe::PublicKey>(info, std::move(request));
}

/// (parameters, [re, im, …], level, magnitude, watch) -> Promise<handle[]>
Napi::Value encode(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[4], [parameters = unwrap<const ckks::Parameters>(info[0]), values = slot_vectors(info[1]),
                       level = integer(info[2]), magnitude = number(info[3])](const Execution& execution) {
            return list_result(
                map_entries<ckks::Plaintext>(values.size(), execution, [&](std::size_t i, const Execution& inner) {
                    return ckks::encode(parameters, view(values[i]), level, magnitude, inner);
                }));
        });
}

/// The slots of every entry as [re, im, …]; only [re, …] when imaginary parts are not wanted.
Result slots_result(std::shared_ptr<const std::vector<ckks::SlotVector>> slots, bool imaginary) {
    return [slots = std::move(slots), imaginary](Napi::Env env) -> Napi::Value {
        Napi::Array list = Napi::Array::New(env);
        std::uint32_t at = 0;
        for (const ckks::SlotVector& entry : *slots) {
            list.Set(at++, float64_array(env, entry.re));
            if (imaginary) list.Set(at++, float64_array(env, entry.im));
        }
        return list;
    };
}

template <class Decode>
Result decode_entries(std::size_t count, bool imaginary, const Execution& execution, const Decode& decode) {
    auto slots = std::make_shared<std::vector<ckks::SlotVector>>(count);
    for_each_entry(count, execution, [&](std::size_t i, const Execution& inner) { (*slots)[i] = decode(i, inner); });
    return slots_result(std::move(slots), imaginary);
}

/// (secret key, ciphertexts, imaginary, watch) -> Promise<Float64Array[]>
Napi::Value decrypt(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[3], [key = unwrap<const rlwe::SecretKey>(info[0]),
                       ciphertexts = unwrap_all<const ckks::Ciphertext>(info[1]),
                       imaginary = boolean(info[2])](const Execution& execution) {
            return decode_entries(ciphertexts.size(), imaginary, execution, [&](std::size_t i, const Execution& inner) {
                return ckks::decrypt(*ciphertexts[i], *key, inner);
            });
        });
}

/// (secret key, random, ciphertexts, queries, statistical security, deviation or 0, precision bits, imaginary, watch)
/// -> Promise<Float64Array[]>
Napi::Value decrypt_for_sharing(const Napi::CallbackInfo& info) {
    const auto ciphertexts = unwrap_all<const ckks::Ciphertext>(info[2]);
    const ckks::Sharing sharing{.queries = number(info[3]),
                                .statistical_security = number(info[4]),
                                .deviation = number(info[5]),
                                .precision_bits = number(info[6])};
    return Environment::of(info.Env())
        .run(info[8], [key = unwrap<const rlwe::SecretKey>(info[0]),
                       random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), ciphertexts.size()),
                       ciphertexts, sharing, imaginary = boolean(info[7])](const Execution& execution) {
            return decode_entries(ciphertexts.size(), imaginary, execution, [&](std::size_t i, const Execution& inner) {
                return ckks::decrypt_for_sharing(*ciphertexts[i], *key, sharing, random->of(i), inner);
            });
        });
}

/// (plaintexts, imaginary, watch) -> Promise<Float64Array[]>
Napi::Value decode(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2], [plaintexts = unwrap_all<const ckks::Plaintext>(info[0]),
                       imaginary = boolean(info[1])](const Execution& execution) {
            return decode_entries(plaintexts.size(), imaginary, execution, [&](std::size_t i, const Execution& inner) {
                return ckks::decode(*plaintexts[i]->parameters, *plaintexts[i], inner);
            });
        });
}

/// (secret key, ciphertext, [re, im], watch) -> Promise<number>
Napi::Value measure_error(const Napi::CallbackInfo& info) {
    std::vector<ckks::SlotVector> expected = slot_vectors(info[2]);
    if (expected.size() != 1) throw Error(ErrorCode::invalid_argument, "Expected one list of slots.");
    return Environment::of(info.Env())
        .run(info[3],
             [key = unwrap<const rlwe::SecretKey>(info[0]), ciphertext = unwrap<const ckks::Ciphertext>(info[1]),
              expected = std::move(expected)](const Execution& execution) -> Result {
                 const double error = ckks::measure_error(*ciphertext, *key, view(expected[0]), execution);
                 return [error](Napi::Env env) -> Napi::Value { return Napi::Number::New(env, error); };
             });
}

/// (ciphertext) -> what everybody may know of it
Napi::Value describe_ciphertext(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto c = unwrap<const ckks::Ciphertext>(info[0]);
    const std::size_t slots = c->parameters->slots();
    const auto set = [&env](Napi::Object& to, const char* name, double value) {
        to.Set(name, Napi::Number::New(env, value));
    };
    Napi::Object result = Napi::Object::New(env);
    set(result, "level", c->level());
    set(result, "degree", c->degree());
    set(result, "scaleDegree", c->scale_degree);
    set(result, "slots", static_cast<double>(slots));
    set(result, "byteLength", static_cast<double>(c->byte_count()));
    set(result, "deviation", c->noise.deviation);
    set(result, "magnitude", c->noise.magnitude);
    set(result, "errorBound", c->noise.error_bound(slots));
    set(result, "precisionBits", c->noise.precision_bits(slots));
    result.Set("insecure", Napi::Boolean::New(env, c->insecure));
    return result;
}

/// (ciphertext, deviation, magnitude) -> handle of a copy that says so
Napi::Value declare_noise(const Napi::CallbackInfo& info) {
    ckks::Ciphertext copy = unwrap<const ckks::Ciphertext>(info[0])->copy();
    copy.noise = {.deviation = number(info[1]), .magnitude = number(info[2])};
    return wrap<ckks::Ciphertext>(info.Env(), std::make_shared<const ckks::Ciphertext>(std::move(copy)));
}

/// (plaintext) -> what everybody may know of it
Napi::Value describe_plaintext(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto p = unwrap<const ckks::Plaintext>(info[0]);
    Napi::Object result = Napi::Object::New(env);
    result.Set("level", Napi::Number::New(env, p->level));
    result.Set("magnitude", Napi::Number::New(env, p->noise.magnitude));
    result.Set("byteLength", Napi::Number::New(env, static_cast<double>(byte_count(*p))));
    return result;
}

}  // namespace

void expose_encryption(Napi::Object& exports) {
    expose<encrypt>(exports, "encrypt");
    expose<encode>(exports, "encode");
    expose<decrypt>(exports, "decrypt");
    expose<decrypt_for_sharing>(exports, "decryptForSharing");
    expose<decode>(exports, "decode");
    expose<measure_error>(exports, "measureError");
    expose<describe_ciphertext>(exports, "describeCiphertext");
    expose<declare_noise>(exports, "declareNoise");
    expose<describe_plaintext>(exports, "describePlaintext");
}

}  // namespace ciphernet::addon
