#include <memory>
#include <utility>

#include "addon/batch.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/key_request.hpp"
#include "ckks/bootstrapping/bootstrapper.hpp"

namespace ciphernet::addon {
namespace {

/// (parameters, key budget, watch) -> Promise<handle>
Napi::Value bootstrapper(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]),
              keys = key_budget(info[1])](const Execution& execution) -> Result {
                 auto made = std::make_shared<const ckks::Bootstrapper>(parameters, keys, execution);
                 return [made](Napi::Env env) -> Napi::Value { return wrap<ckks::Bootstrapper>(env, made); };
             });
}

/// (bootstrapper) -> { byteLength, steps, rotations }
Napi::Value describe_bootstrapper(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto bootstrapper = unwrap<const ckks::Bootstrapper>(info[0]);
    Napi::Object result = Napi::Object::New(env);
    const auto set = [&](const char* name, std::size_t value) {
        result.Set(name, Napi::Number::New(env, static_cast<double>(value)));
    };
    set("byteLength", bootstrapper->byte_count());
    set("steps", bootstrapper->step_count());
    set("rotations", bootstrapper->keys().rotations.size());
    return result;
}

/// (bootstrapper, evaluation keys, ciphertexts, watch) -> Promise<handle[]>
Napi::Value bootstrap(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[3],
             [bootstrapper = unwrap<const ckks::Bootstrapper>(info[0]),
              keys = unwrap<const rlwe::EvaluationKeys>(info[1]),
              ciphertexts = unwrap_all<const ckks::Ciphertext>(info[2])](const Execution& execution) -> Result {
                 const StepReport steps(execution, ciphertexts.size() * bootstrapper->step_count());
                 auto fresh = map_entries<ckks::Ciphertext>(
                     ciphertexts.size(), execution.untold(), [&](std::size_t i, const Execution& inner) {
                         return bootstrapper->bootstrap(*ciphertexts[i], keys,
                                                        inner.telling([&](std::size_t, std::size_t) { steps.done(); }));
                     });
                 return [fresh = std::move(fresh)](Napi::Env env) -> Napi::Value {
                     return wrap_all<ckks::Ciphertext>(env, fresh);
                 };
             });
}

}  // namespace

void expose_bootstrapping(Napi::Object& exports) {
    expose<bootstrapper>(exports, "bootstrapper");
    expose<describe_bootstrapper>(exports, "describeBootstrapper");
    expose<bootstrap>(exports, "bootstrap");
}

}  // namespace ciphernet::addon
