#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/execution.hpp"
#include "bench.hpp"
#include "ckks/parameters.hpp"

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

}  // namespace ciphernet::bench
