#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <stdexcept>

#include "base/thread_pool.hpp"
#include "bench.hpp"
#include "ckks/encoder.hpp"
#include "ckks/encryption.hpp"
#include "ckks/evaluator.hpp"
#include "ckks_common.hpp"
#include "rlwe/key_generator.hpp"

namespace ciphernet::bench {
namespace {

constexpr int kRotations = 8;  ///< by 1, 2, … 8

/// Two ciphertexts, their keys, and every operation that is timed.
class Subject {
public:
    Subject(const Options& options, Execution execution)
        : execution_(std::move(execution)),
          parameters_(std::make_shared<const ckks::Parameters>(literal(options))),
          secret_(rlwe::SecretKey::generate(parameters_->shared_rlwe(), random_, execution_)),
          public_key_(rlwe::KeyGenerator(secret_, random_, execution_).public_key()),
          steps_(first_steps()),
          keys_(evaluation_keys(*parameters_, secret_, random_, steps_, execution_)),
          evaluator_(parameters_, keys_, execution_),
          first_(values(0.37)),
          second_(values(0.61)),
          first_encrypted_(encrypt(first_)),
          second_encrypted_(encrypt(second_)) {}

    const ckks::Parameters& parameters() const { return *parameters_; }

    /// Two of an operation at once, each on a thread of its own and no other.
    void run_pair(const std::string& operation) {
        if (!pair_pool_) pair_pool_.emplace(2);
        pair_pool_->parallel_for(2, [&](std::size_t) {
            const ckks::Evaluator evaluator(parameters_, keys_, Execution());
            if (operation == "rotate")
                static_cast<void>(evaluator.rotate(first_encrypted_, 1));
            else
                static_cast<void>(evaluator.multiply(first_encrypted_, second_encrypted_));
        });
    }

    void run(const std::string& operation) {
        if (operation == "rotate_pair" || operation == "multiply_relinearize_rescale_pair") {
            run_pair(single(operation));
        } else if (operation == "multiply_relinearize_rescale") {
            result_ = evaluator_.multiply(first_encrypted_, second_encrypted_);
        } else if (operation == "rotate") {
            result_ = evaluator_.rotate(first_encrypted_, 1);
        } else if (operation == "rotate_8_single") {
            for (const int steps : steps_) result_ = evaluator_.rotate(first_encrypted_, steps);
        } else if (operation == "rotate_8_hoisted") {
            std::vector<ckks::Ciphertext> all = evaluator_.rotate_hoisted(first_encrypted_, steps_);
            result_ = std::move(all.back());
        } else if (operation == "encode") {
            plaintext_ = ckks::encode(parameters_, {.re = first_}, parameters_->max_level(), 1, execution_);
        } else if (operation == "encrypt") {
            result_ = encrypt(first_);
        } else if (operation == "encrypt_symmetric") {
            result_ =
                ckks::encrypt(parameters_, secret_, {.re = first_}, parameters_->max_level(), 1, random_, execution_);
        } else if (operation == "decrypt") {
            decrypted_ = ckks::decrypt(first_encrypted_, secret_, execution_);
        } else {
            throw std::invalid_argument("no operation named " + operation);
        }
    }

    Checked check(const std::string& name) {
        const std::string operation = single(name);
        run(operation);
        std::vector<double> expected = first_;
        if (operation == "multiply_relinearize_rescale")
            for (std::size_t i = 0; i < expected.size(); ++i) expected[i] *= second_[i];
        else if (operation.starts_with("rotate"))
            std::ranges::rotate(expected, expected.begin() + (operation == "rotate" ? 1 : kRotations));
        if (operation == "encode")
            decrypted_ = ckks::decode(*parameters_, *plaintext_, execution_);
        else if (operation != "decrypt")
            decrypted_ = ckks::decrypt(*result_, secret_, execution_);
        const bool fresh = operation == "encode" || operation == "decrypt";
        return {.error = largest_error(expected, decrypted_),
                .levels_left = fresh ? parameters_->max_level() : result_->level()};
    }

private:
    /// What a pair is a pair of.
    static std::string single(const std::string& operation) {
        return operation.ends_with("_pair") ? operation.substr(0, operation.size() - 5) : operation;
    }

    std::vector<double> values(double step) const {
        std::vector<double> r(parameters_->slots());
        for (std::size_t i = 0; i < r.size(); ++i) r[i] = std::cos(step * static_cast<double>(i));
        return r;
    }

    ckks::Ciphertext encrypt(const std::vector<double>& slots) {
        return ckks::encrypt(parameters_, public_key_, {.re = slots}, parameters_->max_level(), 1, random_, execution_);
    }

    static std::vector<int> first_steps() {
        std::vector<int> steps(kRotations);
        std::iota(steps.begin(), steps.end(), 1);
        return steps;
    }

    Execution execution_;
    RandomSource random_ = RandomSource::system();
    std::shared_ptr<const ckks::Parameters> parameters_;
    rlwe::SecretKey secret_;
    rlwe::PublicKey public_key_;
    std::vector<int> steps_;
    std::shared_ptr<const rlwe::EvaluationKeys> keys_;
    ckks::Evaluator evaluator_;
    std::vector<double> first_, second_;
    ckks::Ciphertext first_encrypted_, second_encrypted_;
    std::optional<ThreadPool> pair_pool_;
    std::optional<ckks::Ciphertext> result_;
    std::optional<ckks::Plaintext> plaintext_;
    ckks::SlotVector decrypted_;
};

}  // namespace

int ckks_bench(const Options& options) { return serve_subject<Subject>(options); }

}  // namespace ciphernet::bench
