#pragma once

#include <cstddef>
#include <functional>
#include <mutex>
#include <stop_token>
#include <utility>

#include "base/error.hpp"
#include "base/thread_pool.hpp"

namespace ciphernet {

/// How an operation runs: on which threads, how it is told to stop, whom it tells how far it is. Passed to every
/// operation that loops; results never depend on it.
class Execution {
public:
    using Progress = std::function<void(std::size_t done, std::size_t total)>;

    /// On the calling thread only.
    Execution() = default;
    explicit Execution(ThreadPool& pool, std::stop_token stop = {}, Progress progress = {})
        : pool_(&pool), stop_(std::move(stop)), progress_(std::move(progress)) {}

    /// Throws Error{cancelled} once the caller has asked to stop. Called at every step of a loop.
    void check() const {
        if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "The operation was cancelled.");
    }

    /// The same, but deaf to the caller's wish to stop: for short steps over secrets, which must not end half done.
    Execution without_stop() const {
        Execution r = *this;
        r.stop_ = {};
        return r;
    }

    /// Threads that a loop may use; only the way work is cut may depend on it, never a result.
    int thread_count() const { return pool_ ? pool_->thread_count() : 1; }

    /// body(i) for every i in [0, count), in parallel; checks for a stop before each.
    template <class Body>
    void parallel_for(std::size_t count, const Body& body) const {
        if (!pool_ || count <= 1) {
            for (std::size_t i = 0; i < count; ++i) {
                check();
                body(i);
            }
            return;
        }
        pool_->parallel_for(count, [&](std::size_t i) {
            check();
            body(i);
        });
    }

    /// The same without progress: for a step of an operation that tells of its own.
    Execution untold() const {
        Execution step = *this;
        step.progress_ = nullptr;
        return step;
    }

    /// The same, telling of its steps another way.
    Execution telling(Progress progress) const {
        Execution step = *this;
        step.progress_ = std::move(progress);
        return step;
    }

    /// The same on the calling thread only, without progress: for an entry of a batch that itself runs in parallel.
    Execution sequential() const {
        Execution entry;
        entry.stop_ = stop_;
        return entry;
    }

    /// Tells the caller that `done` of `total` steps are finished. Cheap; call it from one thread at a time.
    void report(std::size_t done, std::size_t total) const {
        if (progress_) progress_(done, total);
    }

private:
    ThreadPool* pool_ = nullptr;
    std::stop_token stop_;
    Progress progress_;
};

/// Tells of the steps of an operation, on whatever threads they end.
class StepReport {
public:
    /// Tells nobody.
    StepReport() = default;
    StepReport(Execution execution, std::size_t total) : execution_(std::move(execution)), total_(total) {}

    /// One more is done. Throws Error{cancelled} once the caller has asked to stop.
    void done() const {
        execution_.check();
        const std::lock_guard lock(mutex_);
        execution_.report(++done_, total_);
    }

private:
    Execution execution_;
    std::size_t total_ = 0;
    mutable std::mutex mutex_;
    mutable std::size_t done_ = 0;
};

}  // namespace ciphernet
