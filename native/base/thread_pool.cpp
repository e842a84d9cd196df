#include "base/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <utility>

#if defined(__linux__)
#include <sched.h>
#endif

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

// Linux often wakes a thread on the processor of the one that woke it, where it waits behind it while another processor
// idles, for as long as a whole operation takes. So a loop's caller lets others onto its processor until it has help, and
// a helper that finds itself there goes elsewhere.

/// -1 where that cannot be told, or need not be.
int current_processor() {
#if defined(__linux__)
    return sched_getcpu();
#else
    return -1;
#endif
}

/// Moves the calling thread away from a processor, when it may run on others.
void leave_processor([[maybe_unused]] int processor) {
#if defined(__linux__)
    cpu_set_t allowed;
    if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return;  // more processors than the set has
    cpu_set_t others = allowed;
    CPU_CLR(static_cast<std::size_t>(processor), &others);
    if (CPU_COUNT(&others) > 0 && sched_setaffinity(0, sizeof others, &others) == 0)
        sched_setaffinity(0, sizeof allowed, &allowed);
#endif
}

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

/// One loop, on its caller's stack. The pool's mutex guards all but the counter.
struct ThreadPool::Loop {
    const std::size_t count;
    const std::function<void(std::size_t)>& body;
    std::size_t places;  ///< how many more threads may help
    const int caller_processor = current_processor();
    std::atomic<int> helpers{0};       ///< at work now; changes under the pool's mutex
    std::condition_variable idle;      ///< told when the last of them leaves
    std::exception_ptr failure;        ///< the first
    std::atomic<std::size_t> next{0};  ///< the index that the next thread draws

    Loop(std::size_t indices, const std::function<void(std::size_t)>& work, std::size_t most_helpers)
        : count(indices), body(work), places(most_helpers) {}
};

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
        jobs_.clear();
        waiting_jobs_ = 0;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::submit(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_) return;  // a job that queues the next one would keep the destructor waiting for ever
        jobs_.push_back(std::move(job));
        waiting_jobs_ = jobs_.size();
    }
    wake_.notify_one();
}

void ThreadPool::run() {
    std::unique_lock lock(mutex_);
    for (;;) {
        Loop* loop = nullptr;
        wake_.wait(lock, [&] {
            const auto found = std::ranges::find_if(loops_, [](const Loop* l) { return l->places > 0; });
            loop = found == loops_.end() ? nullptr : *found;
            return stopping_ || !jobs_.empty() || loop;
        });
        if (!jobs_.empty()) {
            std::function<void()> job = std::move(jobs_.front());
            jobs_.pop_front();
            waiting_jobs_ = jobs_.size();
            lock.unlock();
            job();
            job = nullptr;
            lock.lock();
        } else if (loop) {
            help(*loop, lock);
            lock.unlock();
            linger_until([this] { return has_work(); });
            lock.lock();
        } else {
            return;  // stopping
        }
    }
}

bool ThreadPool::draw(Loop& loop, bool stay) {
    for (;;) {
        if (!stay && waiting_jobs_.load(std::memory_order_relaxed) > 0) return false;
        const std::size_t i = loop.next.fetch_add(1);
        if (i >= loop.count) return true;
        if (loop.helpers == 0) std::this_thread::yield();
        try {
            loop.body(i);
        } catch (...) {
            loop.next.store(loop.count);
            const std::lock_guard lock(mutex_);
            if (!loop.failure) loop.failure = std::current_exception();
        }
    }
}

void ThreadPool::help(Loop& loop, std::unique_lock<std::mutex>& lock) {
    --loop.places;
    --open_places_;
    ++loop.helpers;
    lock.unlock();
    if (current_processor() == loop.caller_processor) leave_processor(loop.caller_processor);
    const bool finished = draw(loop, false);
    lock.lock();
    if (!finished) {
        ++loop.places;
        ++open_places_;
    }
    // Under the lock: the caller may not leave, and take the loop along, before this is told.
    if (--loop.helpers == 0) loop.idle.notify_one();
}

void ThreadPool::parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, int width) {
    const std::size_t most = width > 0 ? static_cast<std::size_t>(width) : threads_.size();
    const std::size_t helpers = count == 0 ? 0 : std::min(most, count) - 1;
    if (helpers == 0) {
        for (std::size_t i = 0; i < count; ++i) body(i);
        return;
    }
    Loop loop(count, body, helpers);
    try {
        const std::lock_guard lock(mutex_);
        loops_.push_back(&loop);
        open_places_ += loop.places;
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch)
        // It does without help.
    }
    wake_.notify_all();
    draw(loop, true);
    linger_until([&] { return loop.helpers == 0; });
    std::unique_lock lock(mutex_);
    if (std::erase(loops_, &loop) > 0) open_places_ -= loop.places;
    loop.idle.wait(lock, [&] { return loop.helpers == 0; });
    lock.unlock();
    if (loop.failure) std::rethrow_exception(std::exchange(loop.failure, nullptr));
}

ThreadPool& ThreadPool::process() {
    // Never destroyed: at exit the operating system ends the threads, and a job that still runs must not find its
    // pool gone.
    static ThreadPool* const pool = new ThreadPool(process_thread_count());
    return *pool;
}

}  // namespace ciphernet
