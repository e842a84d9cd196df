#include <algorithm>
#include <cmath>
#include <complex>
#include <limits>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>

#include "base/thread_pool.hpp"
#include "bench.hpp"
#include "ckks/bootstrapping/bootstrapper.hpp"
#include "ckks/encryption.hpp"
#include "ckks_common.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet::bench {
namespace {

using Slots = std::vector<std::complex<double>>;

ckks::ParametersLiteral bootstrapping_literal(const Options& options) {
    ckks::ParametersLiteral r = literal(options);
    const std::vector<int> b = options.integers("bootstrapping");
    if (b.size() != 9) throw std::invalid_argument("--bootstrapping takes the 9 numbers of BootstrappingLiteral");
    r.log_slots = options.integer("log-slots");
    r.bootstrapping = ckks::BootstrappingLiteral{.order = static_cast<ckks::BootstrappingOrder>(b[8]),
                                                 .coefficients_to_slots = b[0],
                                                 .slots_to_coefficients = b[1],
                                                 .log_scale = b[2],
                                                 .degree = b[3],
                                                 .double_angles = b[4],
                                                 .arcsine_degree = b[5],
                                                 .log_message_ratio = b[6],
                                                 .secret_weight = b[7]};
    return r;
}

class Subject {
public:
    Subject(const Options& options, const Execution& execution)
        : execution_(execution),
          parameters_(std::make_shared<const ckks::Parameters>(bootstrapping_literal(options))),
          secret_(rlwe::SecretKey::generate(parameters_->shared_rlwe(), random_, execution_)) {
        encode_ms_ = milliseconds([&] {
            const auto keys = options.integer("small-keys") != 0 ? ckks::KeyBudget::small : ckks::KeyBudget::fast;
            bootstrapper_.emplace(parameters_, keys, execution_);
        });
        key_ms_ = milliseconds([&] {
            keys_ = std::make_shared<const rlwe::EvaluationKeys>(
                ckks::bootstrapping_keys(*parameters_, bootstrapper_->keys(), secret_, random_, execution_));
        });
        operand_.emplace(encrypt(values("random")));
    }

    std::string ready(int threads) const {
        const ckks::Parameters& p = *parameters_;
        return Json()
            .add("cpu_level", kernels().name)
            .add("threads", threads)
            .add("log_n", p.ring().log_n())
            .add("log_slots", p.log_slots())
            .add("log_q", p.rlwe().log2_q(p.max_level()))
            .add("log_p", p.rlwe().log2_p())
            .add("dnum", p.rlwe().digit_count(p.max_level()))
            .add("sigma", rlwe::kSigma)
            .add("levels", p.user_level() - bootstrapper_->input_level())
            .add("keygen_ms", key_ms_)
            .add("encode_ms", encode_ms_)
            .add("keys", static_cast<double>(bootstrapper_->keys().rotations.size() + 4))
            .add("key_bytes", static_cast<double>(keys_->byte_count()))
            .add("matrix_bytes", static_cast<double>(bootstrapper_->byte_count()))
            .text();
    }

    double run() {
        return milliseconds([&] { result_.emplace(bootstrapper_->bootstrap(*operand_, keys_, execution_)); });
    }

    /// Milliseconds of every step of one bootstrapping.
    std::string steps() const {
        const ckks::Evaluator evaluator(parameters_, keys_, execution_);
        const auto timed = [](auto& to, const auto& body) { return milliseconds([&] { to = body(); }); };
        Json json;
        std::optional<ckks::Ciphertext> raised, result;
        std::vector<ckks::Ciphertext> parts, reduced;
        const bool first = parameters_->bootstrapping().transforms_to_coefficients_first();
        std::optional<ckks::Ciphertext> low = evaluator.drop_to_level(*operand_, bootstrapper_->input_level());
        const auto back = [&](const ckks::Ciphertext& x) { return bootstrapper_->to_coefficients(x, evaluator); };
        if (first) json.add("slots_to_coefficients", timed(low, [&] { return back(*low); }));
        json.add("raise", timed(raised, [&] { return bootstrapper_->raise(*low, *keys_, execution_); }));
        json.add("coefficients_to_slots", timed(parts, [&] { return bootstrapper_->to_slots(*raised, evaluator); }));
        json.add("modular_reduction", timed(reduced, [&] { return bootstrapper_->reduce(parts, evaluator); }));
        result = ckks::Bootstrapper::join(reduced, evaluator);
        if (!first) json.add("slots_to_coefficients", timed(result, [&] { return back(*result); }));
        return json.text();
    }

    /// Mean and worst -log2 of the errors of real and imaginary parts, after one bootstrapping of such slots.
    std::string precision(const std::string& kind) {
        const Slots expected = values(kind);
        const ckks::Ciphertext r = bootstrapper_->bootstrap(encrypt(expected), keys_, execution_);
        const ckks::SlotVector got = ckks::decrypt(r, secret_, execution_);
        double mean = 0;
        double worst = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < expected.size(); ++i)
            for (const double error : {got.re[i] - expected[i].real(), got.im[i] - expected[i].imag()}) {
                const double bits = -std::log2(std::max(std::abs(error), 0x1p-60));
                mean += bits / static_cast<double>(2 * expected.size());
                worst = std::min(worst, bits);
            }
        return Json()
            .add("mean_bits", mean)
            .add("worst_bits", worst)
            .add("levels_left", r.level() - bootstrapper_->input_level())
            .text();
    }

private:
    Slots values(const std::string& kind) {
        Slots r(parameters_->slots());
        std::mt19937_64 generator(seed_++);
        std::uniform_real_distribution<double> uniform(-1, 1);
        const auto next = [&] { return std::complex(uniform(generator), uniform(generator)); };
        if (kind == "random")
            std::ranges::generate(r, next);
        else if (kind == "constant")
            std::ranges::fill(r, next());
        else if (kind == "one")
            std::ranges::fill(r, std::complex(1.0, 1.0));
        else if (kind == "one_hot")
            r[seed_ % r.size()] = 1;
        else
            throw std::invalid_argument("no slots named " + kind);
        return r;
    }

    ckks::Ciphertext encrypt(const Slots& slots) {
        std::vector<double> re, im;
        for (const auto& x : slots) re.push_back(x.real()), im.push_back(x.imag());
        return ckks::encrypt(parameters_, secret_, {re, im}, bootstrapper_->input_level(), 2, random_, execution_);
    }

    Execution execution_;
    RandomSource random_ = RandomSource::system();
    std::shared_ptr<const ckks::Parameters> parameters_;
    rlwe::SecretKey secret_;
    std::optional<ckks::Bootstrapper> bootstrapper_;
    std::shared_ptr<const rlwe::EvaluationKeys> keys_;
    std::optional<ckks::Ciphertext> operand_, result_;
    double encode_ms_ = 0;
    double key_ms_ = 0;
    u64 seed_ = 1;
};

}  // namespace

/// Requests: bootstrap -> the milliseconds of one; steps -> those of each step; precision <slots> -> bits.
int bootstrap_bench(const Options& options) {
    const int threads = options.integer("threads");
    Caller call(threads);
    std::optional<Subject> subject;
    call([&] { subject.emplace(options, call.execution()); });
    return serve(subject->ready(threads), [&](std::span<const std::string> words) {
        std::string answer;
        call([&] {
            if (words[0] == "bootstrap")
                answer = Json().add("ms", subject->run()).text();
            else if (words[0] == "steps")
                answer = subject->steps();
            else if (words[0] == "precision" && words.size() == 2)
                answer = subject->precision(words[1]);
            else
                throw std::invalid_argument("no operation named " + words[0]);
        });
        return answer;
    });
}

}  // namespace ciphernet::bench
