#include "base/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace ciphernet {
namespace {

/// How long a thread that has worked on a loop looks for the next one before it sleeps. The loops of an operation follow
/// each other within this time, and to wake a sleeping thread takes as long as a short loop (30 us on a virtual machine).
constexpr std::chrono::microseconds kLinger{100};

/// Returns when ready() or after kLinger; until then whoever else wants the core gets it.
template <class Ready>
void linger_until(const Ready& ready) {
    const auto end = std::chrono::steady_clock::now() + kLinger;
    while (!ready() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
}

/// One loop: a counter that every thread draws indices from, and who is still at work.
struct Loop {
    std::size_t count;
    const std::function<void(std::size_t)>* body;
    std::atomic<std::size_t> next{0};
    std::mutex mutex;
    std::condition_variable idle;
    std::atomic<int> working{0};  ///< helpers; changes under the mutex
    bool closed = false;          ///< the caller has left: `body` is gone
    std::exception_ptr failure;

    void draw() {
        for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) {
            try {
                (*body)(i);
            } catch (...) {
                next.store(count);
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
            }
        }
    }

    /// A helper's whole part.
    void help() {
        {
            const std::lock_guard lock(mutex);
            if (closed) return;
            ++working;
        }
        draw();
        const std::lock_guard lock(mutex);
        if (--working == 0) idle.notify_one();
    }
};

int process_thread_count() {
    const char* text = std::getenv("CIPHERNET_THREADS");
    if (!text || !*text) {
        const unsigned cores = std::thread::hardware_concurrency();
        return cores == 0 ? 1 : static_cast<int>(cores);
    }
    const std::string value(text);
    int threads = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), threads);
    if (error != std::errc() || end != value.data() + value.size() || threads < 1 || threads > 1024)
        throw Error(ErrorCode::environment_invalid,
                    "Expected CIPHERNET_THREADS to be a whole number from 1 to 1024 but found \"" + value + "\".",
                    {{"CIPHERNET_THREADS", value}});
    return threads;
}

}  // namespace

ThreadPool::ThreadPool(int threads) {
    if (threads < 1) throw Error(ErrorCode::internal, "a thread pool needs at least one thread");
    threads_.reserve(static_cast<std::size_t>(threads));
    try {
        for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
    } catch (const std::exception& e) {  // std::system_error, or no memory for one more
        // A smaller pool gives the same results; only none at all is a failure.
        if (threads_.empty())
            throw Error(ErrorCode::system, std::string("The operating system gave no thread: ") + e.what());
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        queue_.clear();
        waiting_ = shares_.size() + 1;  // the end counts as one that is never taken
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;  // a job that queues the next one would keep the destructor waiting for ever
        queue_.push_back(std::move(job));
        ++waiting_;
    }
    wake_.notify_one();
}

void ThreadPool::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return waiting_ != 0; });
        const bool share = !shares_.empty();
        std::deque<std::function<void()>>& source = share ? shares_ : queue_;
        if (source.empty()) return;  // stopping
        std::function<void()> work = std::move(source.front());
        source.pop_front();
        --waiting_;
        lock.unlock();
        work();
        work = nullptr;
        if (share) linger_until([this] { return waiting_ != 0; });
        lock.lock();
    }
}

void ThreadPool::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, int width) {
    const std::size_t most = width > 0 ? static_cast<std::size_t>(width) : threads_.size();
    const std::size_t helpers = count == 0 ? 0 : std::min(most, count) - 1;
    if (helpers == 0) {
        for (std::size_t i = 0; i < count; ++i) body(i);
        return;
    }
    const auto loop = std::make_shared<Loop>();
    loop->count = count;
    loop->body = &body;
    try {
        const std::lock_guard lock(mutex_);
        for (std::size_t i = 0; i < helpers; ++i, ++waiting_) shares_.emplace_back([loop] { loop->help(); });
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
        // Fewer helpers do. To leave here would take `body` from under those that are queued already.
    }
    wake_.notify_all();
    loop->draw();
    linger_until([&] { return loop->working == 0; });
    std::unique_lock lock(loop->mutex);
    loop->idle.wait(lock, [&] { return loop->working == 0; });
    loop->closed = true;
    // Taken along, so that the exception does not end on a helper that comes late.
    const std::exception_ptr failure = std::exchange(loop->failure, nullptr);
    lock.unlock();
    if (failure) std::rethrow_exception(failure);
}

ThreadPool& ThreadPool::process() {
    // Never destroyed: at exit the operating system ends the threads, and a job that still runs must not find its
    // pool gone.
    static ThreadPool* const pool = new ThreadPool(process_thread_count());
    return *pool;
}

}  // namespace ciphernet
