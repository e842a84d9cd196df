#include "addon/tfhe.hpp"

#include <memory>
#include <utility>

#include "addon/arguments.hpp"
#include "addon/environment.hpp"
#include "addon/random.hpp"
#include "tfhe/encryption.hpp"
#include "tfhe/evaluator.hpp"
#include "tfhe/key_generator.hpp"

namespace ciphernet::addon {
namespace {

template <class T>
Result handle_result(std::shared_ptr<const T> object) {
    return [object = std::move(object)](Napi::Env env) -> Napi::Value { return wrap<T>(env, object); };
}

Result batch_result(tfhe::LweBatch batch) {
    return handle_result(std::make_shared<const tfhe::LweBatch>(std::move(batch)));
}

/// (parameters, random, watch) -> Promise<handle>
Napi::Value secret_key(const Napi::CallbackInfo& info) {
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), 1);
    return Environment::of(info.Env())
        .run(info[2], [parameters = unwrap<const tfhe::Parameters>(info[0]), random](const Execution&) {
            return handle_result(
                std::make_shared<const tfhe::SecretKey>(tfhe::SecretKey::generate(parameters, random->of(0))));
        });
}

/// (secret key, random, watch) -> Promise<handle>
Napi::Value evaluation_keys(const Napi::CallbackInfo& info) {
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), 1);
    return Environment::of(info.Env())
        .run(info[2], [key = unwrap<const tfhe::SecretKey>(info[0]), random](const Execution& execution) {
            return handle_result(std::make_shared<const tfhe::EvaluationKeys>(
                tfhe::generate_evaluation_keys(*key, random->of(0), execution), execution));
        });
}

/// (secret key, random, messages: Uint32Array, watch) -> Promise<handle>
Napi::Value encrypt(const Napi::CallbackInfo& info) {
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[1]), 1);
    return Environment::of(info.Env())
        .run(info[3], [key = unwrap<const tfhe::SecretKey>(info[0]), random,
                       messages = words(info[2])](const Execution& execution) {
            return batch_result(tfhe::expand(tfhe::encrypt(*key, messages, random->of(0), execution), execution));
        });
}

/// (parameters, messages: Uint32Array, watch) -> Promise<handle>
Napi::Value trivial(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2], [parameters = unwrap<const tfhe::Parameters>(info[0]), messages = words(info[1])](
                          const Execution&) { return batch_result(tfhe::trivial(parameters, messages)); });
}

/// (secret key, ciphertexts, watch) -> Promise<Uint32Array>
Napi::Value decrypt(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [key = unwrap<const tfhe::SecretKey>(info[0]),
              ciphertexts = unwrap<const tfhe::LweBatch>(info[1])](const Execution& execution) -> Result {
                 return [messages = tfhe::decrypt(*key, *ciphertexts, execution)](Napi::Env env) -> Napi::Value {
                     return uint32_array(env, messages);
                 };
             });
}

/// (keys, ciphertexts, tables: Uint32Array[], choice: Uint32Array, watch) -> Promise<handle>
Napi::Value apply_lut(const Napi::CallbackInfo& info) {
    std::vector<tfhe::LookUpTable> tables;
    const Napi::Array list = array(info[2]);
    for (std::uint32_t i = 0; i < list.Length(); ++i) tables.push_back(words(list.Get(i)));
    return Environment::of(info.Env())
        .run(info[4],
             [keys = unwrap<const tfhe::EvaluationKeys>(info[0]), ciphertexts = unwrap<const tfhe::LweBatch>(info[1]),
              tables = std::move(tables), choice = words(info[3])](const Execution& execution) {
                 return batch_result(tfhe::Evaluator(keys).apply_lut(*ciphertexts, tables, choice, execution));
             });
}

using Operation = tfhe::LweBatch (*)(const tfhe::LweBatch&, const tfhe::LweBatch&, const Execution&);

/// (ciphertexts, ciphertexts, watch) -> Promise<handle>
template <Operation kOperation>
Napi::Value combine(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2], [x = unwrap<const tfhe::LweBatch>(info[0]), y = unwrap<const tfhe::LweBatch>(info[1])](
                          const Execution& execution) { return batch_result(kOperation(*x, *y, execution)); });
}

/// (ciphertexts, rows, weights: Int32Array, constants: Int32Array, watch) -> Promise<handle>
Napi::Value linear_map(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[4], [x = unwrap<const tfhe::LweBatch>(info[0]), rows = integer(info[1]), weights = integers(info[2]),
                       constants = integers(info[3])](const Execution& execution) {
            return batch_result(tfhe::apply_linear_map({.rows = static_cast<std::size_t>(rows),
                                                        .columns = x->size(),
                                                        .weights = weights,
                                                        .constants = constants},
                                                       *x, execution));
        });
}

/// (secret key, evaluation keys or ciphertexts) -> { insecure, byteLength, length }; length 0 but of ciphertexts
Napi::Value describe(const Napi::CallbackInfo& info) {
    Napi::Object result = Napi::Object::New(info.Env());
    const auto set = [&](bool insecure, std::size_t bytes, std::size_t length) {
        result.Set("insecure", Napi::Boolean::New(info.Env(), insecure));
        result.Set("byteLength", Napi::Number::New(info.Env(), static_cast<double>(bytes)));
        result.Set("length", Napi::Number::New(info.Env(), static_cast<double>(length)));
    };
    if (is_handle(info[0], Kind::tfhe_secret_key)) {
        const auto key = unwrap<const tfhe::SecretKey>(info[0]);
        set(key->insecure(), byte_count(*key), 0);
    } else if (is_handle(info[0], Kind::tfhe_evaluation_keys)) {
        const auto keys = unwrap<const tfhe::EvaluationKeys>(info[0]);
        set(keys->insecure(), byte_count(*keys), 0);
    } else {
        const auto ciphertexts = unwrap<const tfhe::LweBatch>(info[0]);
        set(ciphertexts->insecure(), byte_count(*ciphertexts), ciphertexts->size());
    }
    return result;
}

}  // namespace

void expose_tfhe(Napi::Object& exports) {
    expose_tfhe_parameters(exports);
    expose<secret_key>(exports, "tfheSecretKey");
    expose<evaluation_keys>(exports, "tfheEvaluationKeys");
    expose<encrypt>(exports, "tfheEncrypt");
    expose<trivial>(exports, "tfheTrivial");
    expose<decrypt>(exports, "tfheDecrypt");
    expose<apply_lut>(exports, "tfheApplyLut");
    expose<combine<tfhe::add>>(exports, "tfheAdd");
    expose<combine<tfhe::subtract>>(exports, "tfheSubtract");
    expose<linear_map>(exports, "tfheLinearMap");
    expose<describe>(exports, "tfheDescribe");
}

}  // namespace ciphernet::addon
