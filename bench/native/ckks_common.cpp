#include "ckks_common.hpp"

#include <algorithm>
#include <cmath>
#include <complex>
#include <exception>
#include <future>
#include <utility>

#include "kernels/kernels.hpp"
#include "ring/automorphism.hpp"
#include "rlwe/key_generator.hpp"
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

std::shared_ptr<const rlwe::EvaluationKeys> evaluation_keys(const ckks::Parameters& parameters,
                                                            const rlwe::SecretKey& secret, RandomSource& random,
                                                            std::span<const int> rotations,
                                                            const Execution& execution) {
    const rlwe::KeyGenerator generator(secret, random, execution);
    const int level = parameters.max_level();
    rlwe::EvaluationKeys keys{.parameters = parameters.shared_rlwe(), .relinearization = {}, .galois = {}};
    keys.relinearization = std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(level));
    for (const int steps : rotations) {
        const u32 element = rotation_element(parameters.ring(), steps);
        if (keys.galois.contains(element)) continue;
        keys.galois[element] = std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, level));
    }
    return std::make_shared<const rlwe::EvaluationKeys>(std::move(keys));
}

double largest_error(std::span<const double> expected, const ckks::SlotVector& slots) {
    double worst = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        worst = std::max(worst, std::abs(std::complex(slots.re[i] - expected[i], slots.im[i])));
    return worst;
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
