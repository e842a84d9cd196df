#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace ciphernet {

/// A fixed set of threads for jobs (whole operations) and for the parallel loops inside them. A loop's caller works on
/// its own loop, so nested loops and a pool of one thread cannot deadlock; other threads help it only while no job
/// waits, and leave it, between two indices, for a job that comes. So jobs start in their order as soon as a thread is
/// through with an index or a job, however long the loops of others are. Threads without work sleep, those that come
/// from a loop after looking for more for a tenth of a millisecond.
class ThreadPool {
public:
    /// threads >= 1. Throws Error{system} when the operating system refuses one.
    explicit ThreadPool(int threads);
    /// Waits for what runs; what has not started is dropped.
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    int thread_count() const { return static_cast<int>(threads_.size()); }

    /// Queues a job behind the others. It must not throw.
    void submit(std::function<void()> job);

    /// Calls body(i) for every i in [0, count), on this thread and on those without a job, and returns when all are
    /// done. When a body throws, the rest is skipped and the first exception is rethrown here. `width` bounds the threads
    /// used (0: all of the pool's).
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, int width = 0);

    /// The process's pool, made when first asked for: CIPHERNET_THREADS threads, default one a core.
    /// Throws Error{environment_invalid} when the variable is not a number in [1, 1024].
    static ThreadPool& process();

private:
    struct Loop;

    void run();
    bool has_work() const { return stopping_ || waiting_jobs_ > 0 || open_places_ > 0; }
    /// Works on a loop until nothing of it is left (true); a thread that need not stay leaves it for waiting jobs (false).
    bool draw(Loop& loop, bool stay);
    /// A helper's whole part. Called and left with the pool locked.
    void help(Loop& loop, std::unique_lock<std::mutex>& lock);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> jobs_;
    std::atomic<std::size_t> waiting_jobs_{0};  ///< jobs_.size(), for who does not hold the mutex
    std::vector<Loop*> loops_;                  ///< that run, the oldest first
    std::atomic<std::size_t> open_places_{0};   ///< for helpers of all of them; changes under the mutex
    std::atomic<bool> stopping_{false};
    std::vector<std::thread> threads_;
};

}  // namespace ciphernet
