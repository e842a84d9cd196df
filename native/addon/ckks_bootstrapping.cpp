#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "addon/batch.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/key_request.hpp"
#include "addon/literal.hpp"
#include "ckks/bootstrapping/batch_bootstrapper.hpp"
#include "ckks/bootstrapping/intent.hpp"

namespace ciphernet::addon {
namespace {

/// (parameters, { keys: budget, batch }, watch) -> Promise<handle>
Napi::Value bootstrapper(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [parameters = unwrap<const ckks::Parameters>(info[0]),
              wanted = bootstrapping_keys(info[1])](const Execution& execution) -> Result {
                 auto made = std::make_shared<const ckks::BatchBootstrapper>(parameters, wanted.budget, wanted.batch,
                                                                             execution);
                 return [made](Napi::Env env) -> Napi::Value { return wrap<ckks::BatchBootstrapper>(env, made); };
             });
}

/// (bootstrapper) -> { byteLength, steps, rotations }, the steps of a batch
Napi::Value describe_bootstrapper(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto bootstrapper = unwrap<const ckks::BatchBootstrapper>(info[0]);
    Napi::Object result = Napi::Object::New(env);
    const auto set = [&](const char* name, std::size_t value) {
        result.Set(name, Napi::Number::New(env, static_cast<double>(value)));
    };
    set("byteLength", bootstrapper->byte_count());
    set("inputLevel", static_cast<std::size_t>(bootstrapper->input_level()));
    set("steps", bootstrapper->step_count());
    set("rotations", bootstrapper->keys().rotations.size());
    return result;
}

/// (bootstrapper, evaluation keys, ciphertexts, passes: 1 or 2, watch) -> Promise<handle[]>
Napi::Value bootstrap(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[4],
             [passes = integer(info[3]), bootstrapper = unwrap<const ckks::BatchBootstrapper>(info[0]),
              keys = unwrap<const rlwe::EvaluationKeys>(info[1]),
              ciphertexts = unwrap_all<const ckks::Ciphertext>(info[2])](const Execution& execution) -> Result {
                 std::vector<const ckks::Ciphertext*> operands;
                 for (const auto& ciphertext : ciphertexts) operands.push_back(ciphertext.get());
                 const std::size_t batch = bootstrapper->batch();
                 const std::size_t groups = (operands.size() + batch - 1) / batch;
                 const StepReport steps(execution, groups * bootstrapper->step_count(passes));
                 std::vector<std::shared_ptr<const ckks::Ciphertext>> fresh(operands.size());
                 for_each_entry(groups, execution.untold(), [&](std::size_t group, const Execution& inner) {
                     const std::size_t first = group * batch;
                     const auto members = std::span(operands).subspan(first, std::min(batch, operands.size() - first));
                     auto results = bootstrapper->bootstrap(
                         members, keys, passes, inner.telling([&](std::size_t, std::size_t) { steps.done(); }));
                     for (std::size_t i = 0; i < results.size(); ++i)
                         fresh[first + i] = std::make_shared<const ckks::Ciphertext>(std::move(results[i]));
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
        set("batch", plan->batch);
        set("passes", plan->passes);
        set("keySwitches", plan->work.key_switches);
        set("keyCount", plan->key_count);
        set("keyBytes", plan->key_bytes);
        set("keyBytesOnDisk", plan->key_bytes_on_disk);
        set("matrixBytes", plan->matrix_bytes);
        set("transforms", plan->work.transforms);
        set("streamedProducts", plan->work.streamed_products);
        set("scalarProducts", plan->work.scalar_products);
        set("baseConversions", plan->work.base_conversions);
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
                                           .batch = batch(from.Get("batch")),
                                           .passes = integer(from.Get("passes")),
                                           .magnitude = number(from.Get("magnitude")),
                                           .log_scale = integer(from.Get("logScale")),
                                           .security = security(from.Get("security"))};
    return Environment::of(info.Env()).run(info[1], [intent](const Execution&) {
        return plan_result(ckks::plan_bootstrapping(intent));
    });
}

/// (parameters, { keys: budget, batch }, passes, watch) -> Promise<plan>
Napi::Value describe_bootstrapping(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[3], [parameters = unwrap<const ckks::Parameters>(info[0]), wanted = bootstrapping_keys(info[1]),
                       passes = integer(info[2])](const Execution&) {
            static_cast<void>(parameters->bootstrapping());
            return plan_result(
                ckks::describe_bootstrapping(parameters->literal(), wanted.budget, wanted.batch, passes));
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
