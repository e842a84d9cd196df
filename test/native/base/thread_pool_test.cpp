#include "base/thread_pool.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

using namespace std::chrono_literals;

TEST("a parallel loop visits every index exactly once, whatever the threads, the count and the width") {
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        CHECK_EQ(pool.thread_count(), threads);
        for (const std::size_t count : {0u, 1u, 2u, 3u, 7u, 64u, 1000u})
            for (const int width : {0, 1, 2, 20}) {
                std::vector<std::atomic<int>> visits(count);
                pool.parallel_for(count, [&](std::size_t i) { ++visits[i]; }, width);
                bool once = true;
                for (const auto& v : visits) once = once && v == 1;
                CHECK(once);
            }
    }
}

TEST("a width bounds the threads that work on a loop at the same time") {
    ThreadPool pool(8);
    for (const int width : {1, 2, 3}) {
        std::atomic<int> now{0};
        std::atomic<int> most{0};
        pool.parallel_for(
            60,
            [&](std::size_t) {
                const int here = ++now;
                int seen = most;
                while (seen < here && !most.compare_exchange_weak(seen, here)) {
                }
                std::this_thread::sleep_for(100us);
                --now;
            },
            width);
        CHECK_LE(most.load(), width);
        CHECK(width == 1 || most > 1);
    }
}

TEST("nested loops finish, at any depth and on a pool of any size") {
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        std::atomic<int> leaves{0};
        pool.parallel_for(5, [&](std::size_t) {
            pool.parallel_for(4, [&](std::size_t) {
                pool.parallel_for(3, [&](std::size_t) { pool.parallel_for(2, [&](std::size_t) { ++leaves; }); });
            });
        });
        CHECK_EQ(leaves.load(), 120);
    }
}

TEST("the first exception of a body is rethrown to the caller, the rest is skipped, and the pool goes on") {
    for (const int threads : {1, 2, 8}) {
        ThreadPool pool(threads);
        for (int round = 0; round < 50; ++round) {
            std::atomic<int> ran{0};
            std::atomic<bool> thrown{false};
            std::string what;
            try {
                pool.parallel_for(10000, [&](std::size_t i) {
                    ++ran;
                    if (i == 3) {
                        thrown = true;
                        throw std::runtime_error("body 3");
                    }
                    // Slow enough that the exception wins, however the system deals out its time.
                    while (i > 3 && !thrown) std::this_thread::yield();
                    if (i > 3) std::this_thread::sleep_for(1ms);
                });
            } catch (const std::runtime_error& e) {
                what = e.what();
            }
            CHECK_EQ(what, std::string("body 3"));
            CHECK(ran < 10000);
        }
        // Every body throws: one of the exceptions comes out.
        bool thrown = false;
        try {
            pool.parallel_for(100, [&](std::size_t) { throw std::domain_error("7"); });
        } catch (const std::domain_error& e) {
            thrown = e.what() == std::string("7");
        }
        CHECK(thrown);
        std::atomic<int> after{0};
        pool.parallel_for(100, [&](std::size_t) { ++after; });
        CHECK_EQ(after.load(), 100);
    }
}

TEST("an exception leaves nested loops through every level") {
    ThreadPool pool(3);
    bool caught = false;
    try {
        pool.parallel_for(4, [&](std::size_t i) {
            pool.parallel_for(4, [&](std::size_t j) {
                if (i == 2 && j == 1) throw std::runtime_error("inner");
            });
        });
    } catch (const std::runtime_error&) {
        caught = true;
    }
    CHECK(caught);
}

TEST("loops of many threads at once stay apart, and nobody helps a loop that has ended") {
    // Bodies live on stacks that are gone right after; a helper that touched one later would write into another loop's
    // sum (or fall to the address sanitizer).
    ThreadPool pool(4);
    constexpr int kCallers = 8;
    std::vector<int> wrong(kCallers);
    std::vector<std::thread> callers;
    for (int t = 0; t < kCallers; ++t)
        callers.emplace_back([&pool, &wrong, t] {
            Rng rng(100 + static_cast<std::uint64_t>(t));
            for (int round = 0; round < 1500; ++round) {
                const std::size_t count = 1 + rng.below(6);
                std::vector<std::uint64_t> squares(count);
                const std::uint64_t base = rng.below(1000);
                pool.parallel_for(count, [&squares, base](std::size_t i) { squares[i] = (base + i) * (base + i); });
                for (std::size_t i = 0; i < count; ++i)
                    if (squares[i] != (base + i) * (base + i)) ++wrong[static_cast<std::size_t>(t)];
            }
        });
    for (std::thread& caller : callers) caller.join();
    for (const int w : wrong) CHECK_EQ(w, 0);
}

TEST("a loop returns only when its helpers have finished, however long their last bodies take") {
    ThreadPool pool(4);
    for (int round = 0; round < 10; ++round) {
        const auto caller = std::this_thread::get_id();
        std::atomic<int> helping{0};
        std::atomic<int> finished{0};
        pool.parallel_for(4, [&](std::size_t) {
            if (std::this_thread::get_id() == caller) {
                while (helping == 0) std::this_thread::yield();  // a helper is in the middle of its body
            } else {
                ++helping;
                std::this_thread::sleep_for(5ms);
            }
            ++finished;
        });
        CHECK_EQ(finished.load(), 4);
    }
}

TEST("loops run inside jobs, beside other jobs, and what a loop wrote is seen by its caller") {
    std::atomic<int> finished{0};
    std::atomic<std::uint64_t> total{0};
    {
        ThreadPool pool(3);
        for (int job = 0; job < 50; ++job)
            pool.submit([&] {
                std::vector<std::uint64_t> plain(40);  // not atomic: ordered by the end of the loop alone
                pool.parallel_for(plain.size(), [&](std::size_t i) { plain[i] = i; });
                std::uint64_t sum = 0;
                for (const std::uint64_t x : plain) sum += x;
                total += sum;
                ++finished;
            });
        while (finished < 50) std::this_thread::sleep_for(1ms);
    }
    CHECK_EQ(total.load(), 50u * 780u);
}

TEST("a helper leaves a loop for a job that waits, so no loop holds back the jobs behind it") {
    std::atomic<bool> submitted{false};
    std::atomic<bool> started{false};
    std::atomic<bool> ended{false};
    std::atomic<int> late{0};  // indices that the helper worked on while the job waited
    {
        ThreadPool pool(2);
        pool.submit([&] {
            const auto caller = std::this_thread::get_id();
            pool.parallel_for(1000, [&](std::size_t) {
                if (std::this_thread::get_id() == caller)
                    while (!started) std::this_thread::yield();  // holds its thread: the helper's alone is left
                else if (!submitted.exchange(true))
                    pool.submit([&] { started = true; });
                else if (!started)
                    ++late;
            });
            ended = true;
        });
        while (!ended) std::this_thread::sleep_for(1ms);
    }
    CHECK_EQ(late.load(), 0);
}

TEST("a thread that is through with its job takes the next one before it helps a loop") {
    std::atomic<bool> held{false};
    std::atomic<bool> release{false};
    std::atomic<bool> job_ran{false};
    std::atomic<bool> helped{false};
    std::atomic<bool> helped_first{false};
    std::atomic<bool> ended{false};
    {
        ThreadPool pool(2);
        pool.submit([&] {
            const auto caller = std::this_thread::get_id();
            while (!held) std::this_thread::yield();
            pool.submit([&] { job_ran = true; });
            pool.parallel_for(2, [&](std::size_t) {
                if (std::this_thread::get_id() == caller) {
                    release = true;  // the loop is open and the job waits: the other thread has the choice
                    while (!job_ran && !helped) std::this_thread::yield();
                } else {
                    helped_first = !job_ran;
                    helped = true;
                }
            });
            ended = true;
        });
        pool.submit([&] {
            held = true;
            while (!release) std::this_thread::yield();
        });
        while (!ended) std::this_thread::sleep_for(1ms);
    }
    CHECK(!helped_first);
}

TEST("destroying a pool waits for the running job, drops the waiting ones, and takes no new ones") {
    std::atomic<bool> started{false};
    std::atomic<bool> release{false};
    std::atomic<int> done{0};
    std::thread releaser;
    {
        ThreadPool pool(1);
        pool.submit([&] {
            started = true;
            while (!release) std::this_thread::sleep_for(1ms);
            pool.submit([&] { done += 100; });  // while the pool stops: never runs
            ++done;
        });
        for (int i = 0; i < 20; ++i) pool.submit([&] { done += 1000; });
        while (!started) std::this_thread::sleep_for(1ms);
        releaser = std::thread([&] {
            std::this_thread::sleep_for(30ms);
            release = true;
        });
    }
    releaser.join();
    CHECK_EQ(done.load(), 1);
}

TEST("a pool that is destroyed while its jobs are in loops lets the loops finish") {
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> leaves{0};
        std::atomic<bool> started{false};
        {
            ThreadPool pool(3);
            pool.submit([&] {
                started = true;
                pool.parallel_for(30, [&](std::size_t) { ++leaves; });
            });
            while (!started) std::this_thread::yield();
        }
        CHECK_EQ(leaves.load(), 30);
    }
}

TEST("a pool of no thread is refused") {
    CHECK_THROWS_CODE(ThreadPool(0), ErrorCode::internal);
    CHECK_THROWS_CODE(ThreadPool(-1), ErrorCode::internal);
}

}  // namespace
}  // namespace ciphernet
