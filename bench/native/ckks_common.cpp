#include "ckks_common.hpp"

#include <exception>
#include <future>

#include "kernels/kernels.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::bench {

ckks::ParametersLiteral literal(const Options& options) {
    return {.log_n = options.integer("log-n"),
            .log_q = options.integers("log-q"),
            .log_p = options.integers("log-p"),
            .log_scale = options.integer("log-scale")};
}

std::string ready(const ckks::Parameters& parameters, int threads) {
    const int top = parameters.max_level();
    return Json()
        .add("cpu_level", kernels().name)
        .add("threads", threads)
        .add("log_n", parameters.ring().log_n())
        .add("log_q", parameters.rlwe().log2_q(top))
        .add("log_p", parameters.rlwe().log2_p())
        .add("dnum", parameters.rlwe().digit_count(top))
        .add("sigma", rlwe::kSigma)
        .add("levels", top)
        .text();
}

Caller::Caller(int threads) {
    if (threads > 1) pool_.emplace(threads);
}

void Caller::operator()(const std::function<void()>& body) {
    if (!pool_) return body();
    std::promise<void> done;
    pool_->submit([&] {
        try {
            body();
            done.set_value();
        } catch (...) {
            done.set_exception(std::current_exception());
        }
    });
    done.get_future().get();
}

}  // namespace ciphernet::bench
