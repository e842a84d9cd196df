#pragma once

#include <napi.h>

#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <unordered_map>

#include "base/error.hpp"
#include "base/execution.hpp"

namespace ciphernet::addon {

/// Turns what a job computed into a JavaScript value; runs on the JavaScript thread.
using Result = std::function<Napi::Value(Napi::Env)>;
/// What a job computes, on the process's pool. It owns its operands and touches no JavaScript.
using Work = std::function<Result(const Execution&)>;

struct Job;
class Mailbox;

/// The state of one JavaScript environment (the main thread or a worker): the jobs that it waits for and the way their
/// results come back. When the environment ends, its jobs are told to stop and their results are dropped.
class Environment {
public:
    /// Installs the state of an environment. Once, when the addon is loaded there.
    static void install(Napi::Env env);
    static Environment& of(Napi::Env env) { return *env.GetInstanceData<Environment>(); }

    explicit Environment(Napi::Env env);
    ~Environment();
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

    /// Queues the work and gives a promise. `watch` is undefined or an object: its function `onProgress(done, total)`,
    /// if there is one, is called at most 20 times a second, and its `id` is set to what cancel() takes.
    Napi::Value run(const Napi::Value& watch, Work work);
    /// Asks a job to stop; one that still waits in the queue ends at once. Unknown numbers are finished jobs.
    void cancel(std::uint64_t id);

private:
    struct Pending;

    static void deliver(napi_env env, napi_value callback, void* context, void* data);
    static void close(void* environment);
    void drain();
    void report(Pending& pending);
    void settle(const std::shared_ptr<Job>& job);

    Napi::Env env_;
    napi_threadsafe_function function_ = nullptr;
    std::shared_ptr<Mailbox> mailbox_;
    std::unordered_map<std::uint64_t, Pending> pending_;
    std::unordered_map<std::uint64_t, Pending*> watched_;
    std::uint64_t last_id_ = 0;
};

/// { code, message, details } of a failure: what lib/native.ts makes an error of the right class from.
Napi::Object failure(Napi::Env env, const std::exception_ptr& error);

/// The same for a function that JavaScript calls: a C++ exception becomes what it throws.
template <Napi::Value (*kFunction)(const Napi::CallbackInfo&)>
Napi::Value guarded(const Napi::CallbackInfo& info) {
    try {
        return kFunction(info);
    } catch (const Napi::Error&) {
        throw;
    } catch (...) {
        napi_throw(info.Env(), failure(info.Env(), std::current_exception()));
        return {};
    }
}

template <Napi::Value (*kFunction)(const Napi::CallbackInfo&)>
void expose(Napi::Object& exports, const char* name) {
    exports.Set(name, Napi::Function::New<guarded<kFunction>>(exports.Env(), name));
}

}  // namespace ciphernet::addon
