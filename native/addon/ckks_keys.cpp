#include <algorithm>
#include <memory>
#include <utility>

#include "addon/arguments.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/random.hpp"
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

struct RotationRequest {
    u32 element;
    int level;
};

/// The elements to make, each once, at the highest level that was asked for.
std::vector<RotationRequest> galois_requests(const ckks::Parameters& parameters, const std::vector<int>& steps,
                                             const std::vector<int>& levels, int conjugation_level) {
    std::map<u32, int> wanted;
    const auto want = [&wanted](u32 element, int level) {
        int& known = wanted.try_emplace(element, level).first->second;
        known = std::max(known, level);
    };
    const auto slots = static_cast<int>(parameters.slots());
    for (std::size_t i = 0; i < steps.size(); ++i)
        if (const int turn = ((steps[i] % slots) + slots) % slots; turn != 0)
            want(rotation_element(parameters.ring(), turn), levels[i]);
    if (conjugation_level >= 0) want(conjugation_element(parameters.ring()), conjugation_level);
    std::vector<RotationRequest> requests;
    for (const auto& [element, level] : wanted) requests.push_back({element, level});
    return requests;
}

/// (parameters, secret key, random, relinearization level or -1, steps: Int32Array, their levels: Int32Array,
/// conjugation level or -1, watch) -> Promise<handle>
Napi::Value evaluation_keys(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    const int relinearization = integer(info[3]);
    const std::vector<int> steps = integers(info[4]);
    const std::vector<int> levels = integers(info[5]);
    if (steps.size() != levels.size()) throw Error(ErrorCode::invalid_argument, "Expected a level for every rotation.");
    const std::vector<RotationRequest> rotations = galois_requests(*parameters, steps, levels, integer(info[6]));
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[2]), rotations.size() + 1);
    return Environment::of(info.Env())
        .run(info[7],
             [parameters, secret = unwrap<const rlwe::SecretKey>(info[1]), random, relinearization,
              rotations](const Execution& execution) -> Result {
                 rlwe::require_same(parameters->rlwe(), *secret->parameters(), "The secret key");
                 auto keys = std::make_shared<rlwe::EvaluationKeys>();
                 keys->parameters = parameters->shared_rlwe();
                 const std::size_t total = rotations.size() + (relinearization >= 0 ? 1 : 0);
                 std::size_t done = 0;
                 keys->insecure = secret->insecure() || random->insecure();
                 if (relinearization >= 0) {
                     const rlwe::KeyGenerator generator(*secret, random->of(0), execution.untold());
                     keys->relinearization =
                         std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(relinearization));
                     execution.report(++done, total);
                 }
                 for (std::size_t i = 0; i < rotations.size(); ++i) {
                     execution.check();
                     const rlwe::KeyGenerator generator(*secret, random->of(i + 1), execution.untold());
                     keys->galois.emplace(rotations[i].element,
                                          std::make_shared<const rlwe::GaloisKey>(
                                              generator.galois_key(rotations[i].element, rotations[i].level)));
                     execution.report(++done, total);
                 }
                 return [keys = std::shared_ptr<const rlwe::EvaluationKeys>(std::move(keys))](
                            Napi::Env env) -> Napi::Value { return wrap<rlwe::EvaluationKeys>(env, keys); };
             });
}

/// (keys) -> { insecure, byteLength, relinearizationLevel, conjugationLevel, rotations: [steps, level]… }; -1: none
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
    expose<describe_evaluation_keys>(exports, "describeEvaluationKeys");
    expose<describe_key>(exports, "describeKey");
}

}  // namespace ciphernet::addon
