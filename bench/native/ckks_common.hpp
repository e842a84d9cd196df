#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/execution.hpp"
#include "bench.hpp"
#include "ckks/encoder.hpp"
#include "ckks/parameters.hpp"
#include "random/random_source.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::bench {

/// --log-n, --log-q, --log-p, --log-scale.
ckks::ParametersLiteral literal(const Options& options);

/// What a program says of its set when it is set up.
std::string ready(const ckks::Parameters& parameters, int threads);

/// Calls operations as the addon does: with more than one thread, as jobs of a pool.
class Caller {
public:
    explicit Caller(int threads);
    Execution execution() { return pool_ ? Execution(*pool_) : Execution(); }
    void operator()(const std::function<void()>& body);

private:
    std::optional<ThreadPool> pool_;
};

/// A key for products and one for each rotation, which may be named twice, at the highest level.
std::shared_ptr<const rlwe::EvaluationKeys> evaluation_keys(const ckks::Parameters& parameters,
                                                            const rlwe::SecretKey& secret, RandomSource& random,
                                                            std::span<const int> rotations, const Execution& execution);

/// The largest distance of a slot from a real number that it should hold.
double largest_error(std::span<const double> expected, const ckks::SlotVector& slots);

/// What an operation gave: a fast wrong answer is none.
struct Checked {
    double error;  ///< the largest over all slots
    int levels_left;
};

/// Sets a subject up and serves its operations: run(operation) and check(operation). Requests: <operation> -> the
/// milliseconds of one call, after one untimed call that brings its data into the caches; check <operation> -> the error of
/// its result and the level that it is at. With more than one thread a call runs as the addon runs it: a job of the pool.
template <class Subject>
int serve_subject(const Options& options) {
    const int threads = options.integer("threads");
    Caller call(threads);
    Subject subject(options, call.execution());
    return serve(ready(subject.parameters(), threads), [&](std::span<const std::string> words) {
        if (words[0] == "check" && words.size() == 2) {
            const Checked checked = subject.check(words[1]);
            return Json().add("error", checked.error).add("levels_left", checked.levels_left).text();
        }
        const auto run = [&] { call([&] { subject.run(words[0]); }); };
        run();
        return Json().add("ms", milliseconds(run)).text();
    });
}

}  // namespace ciphernet::bench
