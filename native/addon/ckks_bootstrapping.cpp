#include <memory>
#include <utility>

#include "addon/batch.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/key_request.hpp"
#include "addon/literal.hpp"
#include "ckks/bootstrapping/bootstrapper.hpp"
#include "ckks/bootstrapping/intent.hpp"

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

/// (bootstrapper, evaluation keys, ciphertexts, passes: 1 or 2, watch) -> Promise<handle[]>
Napi::Value bootstrap(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[4],
             [twice = integer(info[3]) == 2, bootstrapper = unwrap<const ckks::Bootstrapper>(info[0]),
              keys = unwrap<const rlwe::EvaluationKeys>(info[1]),
              ciphertexts = unwrap_all<const ckks::Ciphertext>(info[2])](const Execution& execution) -> Result {
                 const std::size_t passes = twice ? 2 : 1;
                 const StepReport steps(execution, ciphertexts.size() * passes * bootstrapper->step_count());
                 auto fresh = map_entries<ckks::Ciphertext>(
                     ciphertexts.size(), execution.untold(), [&](std::size_t i, const Execution& inner) {
                         const Execution telling = inner.telling([&](std::size_t, std::size_t) { steps.done(); });
                         return twice ? bootstrapper->bootstrap_twice(*ciphertexts[i], keys, telling)
                                      : bootstrapper->bootstrap(*ciphertexts[i], keys, telling);
                     });
                 return [fresh = std::move(fresh)](Napi::Env env) -> Napi::Value {
                     return wrap_all<ckks::Ciphertext>(env, fresh);
                 };
             });
}

Result plan_result(const ckks::BootstrappingPlan& plan) {
    return [plan = std::make_shared<const ckks::BootstrappingPlan>(plan)](Napi::Env env) -> Napi::Value {
        Napi::Array noise = Napi::Array::New(env, plan->noise.lines.size());
        for (std::uint32_t i = 0; i < noise.Length(); ++i) {
            Napi::Object line = Napi::Object::New(env);
            line.Set("step", Napi::String::New(env, plan->noise.lines[i].step));
            line.Set("deviation", Napi::Number::New(env, plan->noise.lines[i].deviation));
            noise.Set(i, line);
        }
        Napi::Object result = Napi::Object::New(env);
        const auto set = [&](const char* name, auto value) {
            result.Set(name, Napi::Number::New(env, static_cast<double>(value)));
        };
        result.Set("literal", to_object(env, plan->literal));
        result.Set("keys", Napi::String::New(env, plan->keys == ckks::KeyBudget::small ? "small" : "fast"));
        result.Set("noise", noise);
        result.Set("reasons", to_array(env, plan->reasons));
        set("precisionBits", plan->noise.mean_bits);
        set("constantPrecisionBits", plan->noise.constant_bits);
        set("deviation", plan->noise.deviation);
        set("logFailure", plan->noise.log2_failure);
        set("logQP", plan->log2_qp);
        set("logQPLimit", plan->log2_qp_limit);
        set("logQSparse", plan->log2_sparse);
        set("logQSparseLimit", plan->log2_sparse_limit);
        set("keyCount", plan->key_count);
        set("keyBytes", plan->key_bytes);
        set("keyBytesOnDisk", plan->key_bytes_on_disk);
        set("matrixBytes", plan->matrix_bytes);
        set("transforms", plan->work.transforms);
        set("streamedProducts", plan->work.streamed_products);
        set("scalarProducts", plan->work.scalar_products);
        return result;
    };
}

/// (intent, watch) -> Promise<plan>
Napi::Value plan_bootstrapping(const Napi::CallbackInfo& info) {
    const Napi::Object from = object(info[0]);
    const ckks::BootstrappingIntent intent{.slots = static_cast<std::size_t>(number(from.Get("slots"))),
                                           .levels_after = integer(from.Get("levelsAfter")),
                                           .precision_bits = number(from.Get("precisionBits")),
                                           .keys = key_budget(from.Get("keys")),
                                           .magnitude = number(from.Get("magnitude")),
                                           .log_scale = integer(from.Get("logScale")),
                                           .security = security(from.Get("security"))};
    return Environment::of(info.Env()).run(info[1], [intent](const Execution&) {
        return plan_result(ckks::plan_bootstrapping(intent));
    });
}

/// (parameters, key budget, watch) -> Promise<plan>
Napi::Value describe_bootstrapping(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]), keys = key_budget(info[1])](const Execution&) {
                 static_cast<void>(parameters->bootstrapping());
                 return plan_result(ckks::describe_bootstrapping(parameters->literal(), keys));
             });
}

}  // namespace

void expose_bootstrapping(Napi::Object& exports) {
    expose<bootstrapper>(exports, "bootstrapper");
    expose<describe_bootstrapper>(exports, "describeBootstrapper");
    expose<bootstrap>(exports, "bootstrap");
    expose<plan_bootstrapping>(exports, "planBootstrapping");
    expose<describe_bootstrapping>(exports, "describeBootstrapping");
}

}  // namespace ciphernet::addon
