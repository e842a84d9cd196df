#include "base/execution.hpp"

#include <atomic>
#include <thread>
#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

TEST("an execution without a pool runs a loop in order on the calling thread") {
    std::vector<std::size_t> order;
    const Execution execution;
    const auto caller = std::this_thread::get_id();
    execution.parallel_for(10, [&](std::size_t i) {
        CHECK(std::this_thread::get_id() == caller);
        order.push_back(i);
    });
    CHECK_EQ(order, std::vector<std::size_t>({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST("a stop that was asked for before a loop lets no body run, with a pool and without") {
    ThreadPool pool(3);
    std::stop_source stop;
    stop.request_stop();
    std::atomic<int> ran{0};
    const Execution execution(pool, stop.get_token());
    CHECK_THROWS_CODE(execution.check(), ErrorCode::cancelled);
    CHECK_THROWS_CODE(execution.parallel_for(100, [&](std::size_t) { ++ran; }), ErrorCode::cancelled);
    CHECK_THROWS_CODE(execution.parallel_for(1, [&](std::size_t) { ++ran; }), ErrorCode::cancelled);
    CHECK_EQ(ran.load(), 0);
}

TEST("a stop within a loop ends it before every body has run, and the pool is usable after") {
    for (const int threads : {1, 2, 8}) {
        ThreadPool pool(threads);
        for (int round = 0; round < 50; ++round) {
            std::stop_source stop;
            std::atomic<int> ran{0};
            const Execution execution(pool, stop.get_token());
            CHECK_THROWS_CODE(execution.parallel_for(100000,
                                                     [&](std::size_t) {
                                                         const int here = ++ran;
                                                         if (here == 5) stop.request_stop();
                                                         // Those after it wait for the stop, however the system deals out its time.
                                                         while (here > 5 && !stop.stop_requested())
                                                             std::this_thread::yield();
                                                     }),
                              ErrorCode::cancelled);
            CHECK_LE(ran.load(), 5 + threads);  // those that had looked before
        }
        std::atomic<int> after{0};
        Execution(pool).parallel_for(100, [&](std::size_t) { ++after; });
        CHECK_EQ(after.load(), 100);
    }
}

TEST("an execution made deaf to stops runs to its end, and the one it was made from still stops") {
    ThreadPool pool(2);
    std::stop_source stop;
    stop.request_stop();
    const Execution execution(pool, stop.get_token());
    std::atomic<int> ran{0};
    execution.without_stop().parallel_for(64, [&](std::size_t) { ++ran; });
    CHECK_EQ(ran.load(), 64);
    CHECK_THROWS_CODE(execution.check(), ErrorCode::cancelled);
}

TEST("progress reaches the one who asked for it") {
    ThreadPool pool(1);
    std::vector<std::pair<std::size_t, std::size_t>> seen;
    const Execution execution(pool, {}, [&](std::size_t done, std::size_t total) { seen.emplace_back(done, total); });
    execution.report(1, 2);
    execution.report(2, 2);
    REQUIRE(seen.size() == 2);
    CHECK(seen[0] == std::pair<std::size_t, std::size_t>(1, 2));
    CHECK(seen[1] == std::pair<std::size_t, std::size_t>(2, 2));
    Execution().report(1, 1);  // nobody asked
}

}  // namespace
}  // namespace ciphernet
