#include <memory>
#include <utility>

#include "addon/arguments.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/key_request.hpp"
#include "addon/random.hpp"
#include "io/format.hpp"
#include "ring/automorphism.hpp"
#include "rlwe/key_generator.hpp"

namespace ciphernet::addon {
namespace {

/// (seed: bigint | undefined) -> handle
Napi::Value random_source(const Napi::CallbackInfo& info) {
    constexpr std::size_t kBytes = 64;
    auto source = std::make_shared<RandomSource>(RandomSource::system());
    if (info[0].IsBigInt()) {
        bool lossless = false;
        *source = RandomSource::insecure_deterministic(info[0].As<Napi::BigInt>().Uint64Value(&lossless));
    }
    return wrap<RandomSource>(info.Env(), std::move(source), kBytes);
}

/// (parameters, random, watch) -> Promise<handle>
Napi::Value secret_key(const Napi::CallbackInfo& info) {
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), 1);
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]), random](const Execution& execution) -> Result {
                 auto key = std::make_shared<const rlwe::SecretKey>(
                     rlwe::SecretKey::generate(parameters->shared_rlwe(), random->of(0), execution));
                 return [key](Napi::Env env) -> Napi::Value { return wrap<rlwe::SecretKey>(env, key); };
             });
}

/// (secret key, random, watch) -> Promise<handle>
Napi::Value public_key(const Napi::CallbackInfo& info) {
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), 1);
    return Environment::of(info.Env())
        .run(info[2], [secret = unwrap<const rlwe::SecretKey>(info[0]), random](const Execution& execution) -> Result {
            auto key = std::make_shared<const rlwe::PublicKey>(
                rlwe::KeyGenerator(*secret, random->of(0), execution).public_key());
            return [key](Napi::Env env) -> Napi::Value { return wrap<rlwe::PublicKey>(env, key); };
        });
}

/// (parameters, secret key, random, five arguments of a key request, watch) -> Promise<handle>
Napi::Value evaluation_keys(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    const ckks::KeyRequest request = key_request(*parameters, info, 3);
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[2]), request.names().size());
    return Environment::of(info.Env())
        .run(info[8],
             [parameters, secret = unwrap<const rlwe::SecretKey>(info[1]), random,
              request](const Execution& execution) -> Result {
                 auto keys = std::make_shared<const rlwe::EvaluationKeys>(generate_evaluation_keys(
                     *parameters, request, *secret,
                     [&random](std::size_t key) -> RandomSource& { return random->of(key); }, execution));
                 return [keys](Napi::Env env) -> Napi::Value { return wrap<rlwe::EvaluationKeys>(env, keys); };
             });
}

/// (parameters, five arguments of a key request, levels of further keys: Int32Array) -> { serialized, memory }
Napi::Value evaluation_keys_size(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    std::vector<rlwe::KeyName> names = key_request(*parameters, info, 1).names();
    for (const int level : integers(info[6])) names.push_back(rlwe::KeyName::galois(1, level));
    std::size_t memory = 0;
    for (const rlwe::KeyName& name : names) {
        if (name.level < 0 || name.level > parameters->max_level())
            throw Error(ErrorCode::invalid_argument, "Expected levels of the parameter set.");
        memory += key_bytes(*parameters, name);
    }
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("serialized",
               Napi::Number::New(info.Env(), static_cast<double>(io::evaluation_keys_bytes(*parameters, names))));
    result.Set("memory", Napi::Number::New(info.Env(), static_cast<double>(memory)));
    return result;
}

/// (keys) -> { insecure, byteLength, bootstrapping, relinearizationLevel, conjugationLevel, rotations: [steps, level]… };
/// -1: none
Napi::Value describe_evaluation_keys(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto keys = unwrap<const rlwe::EvaluationKeys>(info[0]);
    const Ring& ring = keys->parameters->ring();
    const auto level_of = [&keys](u32 element) {
        const auto found = keys->galois.find(element);
        return found == keys->galois.end() ? -1 : found->second->key.level;
    };
    Napi::Array rotations = Napi::Array::New(env);
    std::uint32_t count = 0;
    // Steps are the logarithms of the elements to the base 5: walk through all of them once.
    const u32 modulus = static_cast<u32>(2 * ring.n());
    u32 element = 5;
    for (int steps = 1; count < 2 * keys->galois.size() && steps < static_cast<int>(ring.n() / 2); ++steps) {
        if (const int level = level_of(element); level >= 0) {
            rotations.Set(count++, Napi::Number::New(env, steps));
            rotations.Set(count++, Napi::Number::New(env, level));
        }
        element = element * 5 % modulus;
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("insecure", Napi::Boolean::New(env, keys->insecure));
    result.Set("byteLength", Napi::Number::New(env, static_cast<double>(keys->byte_count())));
    result.Set("bootstrapping", Napi::Boolean::New(env, keys->encapsulation != nullptr));
    result.Set("relinearizationLevel",
               Napi::Number::New(env, keys->relinearization ? keys->relinearization->level : -1));
    result.Set("conjugationLevel", Napi::Number::New(env, level_of(conjugation_element(ring))));
    result.Set("rotations", rotations);
    return result;
}

template <class Key>
Napi::Value key_info(const Napi::Env env, bool insecure, const Key& key) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("insecure", Napi::Boolean::New(env, insecure));
    result.Set("byteLength", Napi::Number::New(env, static_cast<double>(byte_count(key))));
    return result;
}

/// (secret or public key) -> { insecure, byteLength }
Napi::Value describe_key(const Napi::CallbackInfo& info) {
    if (is_handle(info[0], Kind::secret_key)) {
        const auto key = unwrap<const rlwe::SecretKey>(info[0]);
        return key_info(info.Env(), key->insecure(), *key);
    }
    const auto key = unwrap<const rlwe::PublicKey>(info[0]);
    return key_info(info.Env(), key->insecure, *key);
}

}  // namespace

void expose_keys(Napi::Object& exports) {
    expose<random_source>(exports, "randomSource");
    expose<secret_key>(exports, "secretKey");
    expose<public_key>(exports, "publicKey");
    expose<evaluation_keys>(exports, "evaluationKeys");
    expose<evaluation_keys_size>(exports, "evaluationKeysSize");
    expose<describe_evaluation_keys>(exports, "describeEvaluationKeys");
    expose<describe_key>(exports, "describeKey");
}

}  // namespace ciphernet::addon
