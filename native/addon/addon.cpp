#include <napi.h>

#include <string>

#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/handle.hpp"
#include "addon/stay_loaded.hpp"
#include "addon/tfhe.hpp"
#include "kernels/kernels.hpp"

// The addon's exports: unwrap, check, run on the pool, wrap. No mathematics here.
namespace ciphernet::addon {
namespace {

/// () -> { version, cpuLevel, availableCpuLevels, threads }
Napi::Value info_of_build(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    std::size_t count = 0;
    const Kernels* const* available = available_kernels(&count);
    Napi::Array levels = Napi::Array::New(env, count);
    for (std::uint32_t i = 0; i < count; ++i) levels.Set(i, Napi::String::New(env, available[i]->name));
    Napi::Object result = Napi::Object::New(env);
    result.Set("version", Napi::String::New(env, CIPHERNET_VERSION));
    result.Set("cpuLevel", Napi::String::New(env, kernels().name));
    result.Set("availableCpuLevels", levels);
    result.Set("threads", Napi::Number::New(env, ThreadPool::process().thread_count()));
    return result;
}

/// () -> every code of ErrorCode
Napi::Value error_codes(const Napi::CallbackInfo& info) {
    Napi::Array codes = Napi::Array::New(info.Env());
    std::uint32_t count = 0;
    for (const ErrorCode code : all_error_codes())
        codes.Set(count++, Napi::String::New(info.Env(), std::string(to_string(code))));
    return codes;
}

/// () -> bytes that V8 was told of, by everybody, and those of handles that it was not told of yet
Napi::Value external_memory(const Napi::CallbackInfo& info) {
    const std::int64_t told = Napi::MemoryManagement::AdjustExternalMemory(info.Env(), 0);
    return Napi::Number::New(info.Env(), static_cast<double>(told + untold_bytes()));
}

/// (handle)
Napi::Value dispose_handle(const Napi::CallbackInfo& info) {
    dispose(info[0]);
    return info.Env().Undefined();
}

/// (id that run() gave)
Napi::Value cancel(const Napi::CallbackInfo& info) {
    if (info[0].IsNumber())
        Environment::of(info.Env()).cancel(static_cast<std::uint64_t>(info[0].As<Napi::Number>().Int64Value()));
    return info.Env().Undefined();
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
    stay_loaded();
    Environment::install(env);
    expose<info_of_build>(exports, "info");
    expose<error_codes>(exports, "errorCodes");
    expose<external_memory>(exports, "externalMemory");
    expose<dispose_handle>(exports, "dispose");
    expose<cancel>(exports, "cancel");
    expose_parameters(exports);
    expose_keys(exports);
    expose_key_stream(exports);
    expose_encryption(exports);
    expose_evaluator(exports);
    expose_bootstrapping(exports);
    expose_format(exports);
    expose_noise(exports);
    expose_tfhe(exports);
    return exports;
}

}  // namespace
}  // namespace ciphernet::addon

static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) {
    return ciphernet::addon::initialise(env, exports);
}
NODE_API_MODULE(ciphernet, initialise_addon)
