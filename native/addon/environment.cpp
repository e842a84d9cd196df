#include "addon/environment.hpp"

#include <atomic>
#include <chrono>
#include <list>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace ciphernet::addon {

using Jobs = std::list<std::shared_ptr<Job>>;

namespace {

constexpr std::chrono::milliseconds kProgressInterval{50};

Error cancelled() { return Error(ErrorCode::cancelled, "The operation was cancelled."); }

/// A failure without a class of its own in C++.
struct Described {
    ErrorCode code;
    std::string message;
    Error::Details details;
};

Described describe(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const Error& e) {
        return {e.code(), e.what(), e.details()};
    } catch (const std::bad_alloc&) {
        return {ErrorCode::out_of_memory, "There is not enough memory for this operation. Nothing was changed.", {}};
    } catch (const std::exception& e) {
        return {ErrorCode::internal, std::string("A defect of ciphernet: ") + e.what(), {}};
    } catch (...) {
        return {ErrorCode::internal, "A defect of ciphernet: an unknown exception.", {}};
    }
}

}  // namespace

/// Where finished jobs wait for the JavaScript thread. Outlives the environment while jobs still hold it.
class Mailbox {
public:
    explicit Mailbox(napi_threadsafe_function function) : function_(function) {}

    /// `finished` is a list of one: it is spliced in, so that a job can end without memory to spare.
    void post(Jobs& finished) noexcept {
        const std::lock_guard lock(mutex_);
        if (closed_) return;
        finished_.splice(finished_.end(), finished);
        signal_locked();
    }

    void signal() noexcept {
        const std::lock_guard lock(mutex_);
        if (!closed_) signal_locked();
    }

    Jobs take() {
        const std::lock_guard lock(mutex_);
        signalled_ = false;
        return std::exchange(finished_, {});
    }

    /// Nothing is signalled any more; what comes later is dropped.
    void close() {
        Jobs dropped;
        const std::lock_guard lock(mutex_);
        closed_ = true;
        dropped.swap(finished_);
    }

private:
    void signal_locked() {
        if (signalled_) return;
        signalled_ = true;
        napi_call_threadsafe_function(function_, nullptr, napi_tsfn_nonblocking);
    }

    std::mutex mutex_;
    napi_threadsafe_function function_;
    Jobs finished_;
    bool signalled_ = false;
    bool closed_ = false;
};

struct Job {
    enum State { queued, running, abandoned };

    std::uint64_t id = 0;
    std::shared_ptr<Mailbox> mailbox;
    Work work;
    std::stop_source stop;
    std::atomic<int> state{queued};
    bool watched = false;
    Jobs self;  ///< the list node that brings the job back

    // How far it is; the JavaScript thread takes the newest.
    std::atomic<std::size_t> done{0};
    std::atomic<std::size_t> total{0};
    std::atomic<bool> news{false};
    std::chrono::steady_clock::time_point last_report{};

    // Written before the job is posted, read after.
    Result result;
    std::exception_ptr failure;

    void execute() noexcept {
        int expected = queued;
        if (!state.compare_exchange_strong(expected, running)) return;
        try {
            Execution::Progress progress;
            if (watched) progress = [this](std::size_t now, std::size_t all) { report(now, all); };
            const Execution execution(ThreadPool::process(), stop.get_token(), std::move(progress));
            execution.check();
            result = work(execution);
        } catch (...) {
            failure = std::current_exception();
        }
        work = nullptr;  // the operands are free before the promise settles
        Jobs mine = std::move(self);
        mailbox->post(mine);
    }

    /// Frees the operands of a job that will not run; the queue drops the rest when its turn comes.
    void abandon() {
        work = nullptr;
        self.clear();
    }

    void report(std::size_t now, std::size_t all) {
        const auto time = std::chrono::steady_clock::now();
        if (now < all && time - last_report < kProgressInterval) return;
        last_report = time;
        total = all;
        done = now;
        if (!news.exchange(true)) mailbox->signal();
    }
};

struct Environment::Pending {
    std::shared_ptr<Job> job;
    napi_deferred deferred;
    Napi::FunctionReference on_progress;
};

void Environment::install(Napi::Env env) { env.SetInstanceData(new Environment(env)); }

Environment::Environment(Napi::Env env) : env_(env) {
    const Napi::String name = Napi::String::New(env, "ciphernet");
    if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, deliver,
                                        &function_) != napi_ok)
        throw Error(ErrorCode::internal, "Node-API gave no thread-safe function.");
    napi_unref_threadsafe_function(env, function_);  // an idle addon keeps no process alive
    mailbox_ = std::make_shared<Mailbox>(function_);
    // Hooks run in reverse order: this one before the function above is closed by Node.
    napi_add_env_cleanup_hook(env, close, this);
}

Environment::~Environment() = default;

void Environment::close(void* environment) {
    auto& self = *static_cast<Environment*>(environment);
    self.mailbox_->close();
    for (auto& [id, pending] : self.pending_) {
        pending.job->stop.request_stop();
        int expected = Job::queued;
        if (pending.job->state.compare_exchange_strong(expected, Job::abandoned)) pending.job->abandon();
    }
    self.watched_.clear();
    self.pending_.clear();
}

Napi::Value Environment::run(const Napi::Value& watch, Work work) {
    ThreadPool& pool = ThreadPool::process();
    auto job = std::make_shared<Job>();
    job->id = ++last_id_;
    job->mailbox = mailbox_;
    job->work = std::move(work);
    job->self.push_back(job);

    Napi::FunctionReference on_progress;
    if (watch.IsObject()) {
        auto watcher = watch.As<Napi::Object>();
        watcher.Set("id", Napi::Number::New(env_, static_cast<double>(job->id)));
        if (const Napi::Value callback = watcher.Get("onProgress"); callback.IsFunction()) {
            on_progress = Napi::Persistent(callback.As<Napi::Function>());
            job->watched = true;
        }
    }
    napi_value promise = nullptr;
    napi_deferred deferred = nullptr;
    if (napi_create_promise(env_, &deferred, &promise) != napi_ok)
        throw Error(ErrorCode::internal, "Node-API gave no promise.");
    if (pending_.empty()) napi_ref_threadsafe_function(env_, function_);
    const auto entry = pending_.emplace(job->id, Pending{job, deferred, std::move(on_progress)}).first;
    if (job->watched) watched_.emplace(job->id, &entry->second);
    pool.submit([job = std::move(job)] { job->execute(); });
    return Napi::Value(env_, promise);
}

void Environment::cancel(std::uint64_t id) {
    const auto found = pending_.find(id);
    if (found == pending_.end()) return;
    const std::shared_ptr<Job> job = found->second.job;
    job->stop.request_stop();
    int expected = Job::queued;
    if (!job->state.compare_exchange_strong(expected, Job::abandoned)) return;
    job->abandon();
    job->failure = std::make_exception_ptr(cancelled());
    settle(job);
}

void Environment::deliver(napi_env env, napi_value, void* context, void*) {
    if (env == nullptr) return;
    try {
        static_cast<Environment*>(context)->drain();
    } catch (const Napi::Error&) {
        // Node-API makes no objects any more: a worker is being terminated.
    }
}

void Environment::drain() {
    const Napi::HandleScope scope(env_);
    const Jobs finished = mailbox_->take();
    // A callback may start, cancel or finish other jobs: ids first, look-ups later.
    std::vector<std::uint64_t> news;
    for (const auto& [id, pending] : watched_)
        if (pending->job->news) news.push_back(id);
    for (const std::uint64_t id : news)
        if (const auto found = watched_.find(id); found != watched_.end()) report(*found->second);
    for (const std::shared_ptr<Job>& job : finished) settle(job);
}

void Environment::report(Pending& pending) {
    const Napi::HandleScope scope(env_);
    const std::shared_ptr<Job> job = pending.job;
    if (!job->news.exchange(false)) return;
    const Napi::Function callback = pending.on_progress.Value();
    const auto done = static_cast<double>(job->done.load());
    const auto total = static_cast<double>(job->total.load());
    try {
        callback.Call({Napi::Number::New(env_, done), Napi::Number::New(env_, total)});
    } catch (const Napi::Error&) {
        // lib/native.ts hands in a function that does not throw: a worker is being terminated.
    }
}

void Environment::settle(const std::shared_ptr<Job>& job) {
    const auto found = pending_.find(job->id);
    if (found == pending_.end()) return;
    const Napi::HandleScope scope(env_);
    const napi_deferred deferred = found->second.deferred;
    watched_.erase(job->id);
    pending_.erase(found);
    if (pending_.empty()) napi_unref_threadsafe_function(env_, function_);
    Napi::Value value;
    bool succeeded = false;
    try {
        if (job->failure) std::rethrow_exception(job->failure);
        value = job->result(env_);
        succeeded = true;
    } catch (const Napi::Error& e) {
        value = e.Value();
    } catch (...) {
        value = failure(env_, std::current_exception());
    }
    job->result = nullptr;
    if (succeeded)
        napi_resolve_deferred(env_, deferred, value);
    else
        napi_reject_deferred(env_, deferred, value);
}

Napi::Object failure(Napi::Env env, const std::exception_ptr& error) {
    const Described described = describe(error);
    Napi::Object details = Napi::Object::New(env);
    for (const auto& [name, value] : described.details) details.Set(name, Napi::String::New(env, value));
    Napi::Object result = Napi::Object::New(env);
    result.Set("code", Napi::String::New(env, std::string(to_string(described.code))));
    result.Set("message", Napi::String::New(env, described.message));
    result.Set("details", details);
    return result;
}

}  // namespace ciphernet::addon
