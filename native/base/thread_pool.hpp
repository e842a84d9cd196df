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

/// A fixed set of threads and one queue. Jobs (whole operations) and the shares of a parallel loop wait in the same
/// queue; a loop's caller works on its own loop too, so nested loops and a pool of one thread cannot deadlock. Threads
/// without work sleep, those that come from a loop after looking for another for a tenth of a millisecond.
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

    /// Calls body(i) for every i in [0, count), on this thread and on idle ones, and returns when all are done. When a
    /// body throws, the rest is skipped and the first exception is rethrown here. `width` bounds the threads used
    /// (0: all of the pool's).
    void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body, int width = 0);

    /// The process's pool, made when first asked for: CIPHERNET_THREADS threads, default one a core.
    /// Throws Error{environment_invalid} when the variable is not a number in [1, 1024].
    static ThreadPool& process();

private:
    void run();

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::function<void()>> queue_;
    std::deque<std::function<void()>> shares_;  ///< of loops that already run: taken before new jobs
    std::atomic<std::size_t> waiting_{0};       ///< what lies in both, and the end of the pool; changes under the mutex
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace ciphernet
