#include <memory>
#include <stdexcept>
#include <vector>

#include "bench.hpp"
#include "tfhe/encryption.hpp"
#include "tfhe/evaluator.hpp"
#include "tfhe/key_generator.hpp"
#include "tfhe/key_switch.hpp"
#include "tfhe/noise.hpp"

namespace ciphernet::bench {
namespace {

tfhe::GadgetLiteral gadget(const std::vector<int>& pair) {
    if (pair.size() != 2) throw std::invalid_argument("expected a gadget as base_log,levels");
    return {pair[0], pair[1]};
}

tfhe::ParametersLiteral literal(const Options& options) {
    return {.message_bits = options.integer("message-bits"),
            .lwe_dimension = options.integer("lwe-dimension"),
            .lwe_noise = options.integer("lwe-noise"),
            .glwe_dimension = options.integer("glwe-dimension"),
            .log_n = options.integer("log-n"),
            .glwe_noise = options.integer("glwe-noise"),
            .bootstrap = gadget(options.integers("bootstrap")),
            .key_switch = gadget(options.integers("key-switch"))};
}

}  // namespace

/// Requests, each answered by its milliseconds:
///   apply_lut <count>     that many ciphertexts as one batch, every result checked
///   key_switch <count>    its first part alone
int tfhe_bench(const Options& options) {
    const int threads = options.integer("threads");
    ThreadPool pool(threads);
    const Execution execution = threads == 1 ? Execution() : Execution(pool);
    const auto parameters = std::make_shared<const tfhe::Parameters>(literal(options));
    RandomSource random = RandomSource::system();
    const tfhe::SecretKey key = tfhe::SecretKey::generate(parameters, random);

    std::shared_ptr<const tfhe::EvaluationKeys> keys;
    double seeded_bytes = 0;
    const double key_generation = milliseconds([&] {
        const tfhe::SeededEvaluationKeys seeded = tfhe::generate_evaluation_keys(key, random, execution);
        seeded_bytes = static_cast<double>(seeded.byte_count());
        keys = std::make_shared<const tfhe::EvaluationKeys>(seeded, execution);
    });
    const tfhe::Evaluator evaluator(keys);
    tfhe::LookUpTable table(parameters->message_count());
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = static_cast<u32>(i * i % table.size());

    const auto time = [&](std::span<const std::string> words) {
        if (words.size() != 2) throw std::invalid_argument("expected an operation and a count");
        std::vector<u32> messages(std::stoul(words[1]));
        for (std::size_t i = 0; i < messages.size(); ++i) messages[i] = static_cast<u32>(i % table.size());
        const tfhe::LweBatch x = tfhe::expand(tfhe::encrypt(key, messages, random, execution), execution);
        if (words[0] == "key_switch")
            return milliseconds([&] { static_cast<void>(tfhe::switch_keys(*keys, x, execution)); });
        if (words[0] != "apply_lut") throw std::invalid_argument("no operation named " + words[0]);
        std::unique_ptr<tfhe::LweBatch> r;
        const double ms = milliseconds(
            [&] { r = std::make_unique<tfhe::LweBatch>(evaluator.apply_lut(x, {&table, 1}, {}, execution)); });
        const std::vector<u32> found = tfhe::decrypt(key, *r, execution);
        for (std::size_t i = 0; i < found.size(); ++i)
            if (found[i] != table[messages[i]]) throw std::runtime_error("a look-up gave the wrong entry");
        return ms;
    };
    return serve(Json()
                     .add("cpu_level", kernels().name)
                     .add("threads", threads)
                     .add("message_bits", parameters->message_bits())
                     .add("log2_failure", tfhe::log2_failure_probability(*parameters, 1))
                     .add("key_generation_ms", key_generation)
                     .add("key_bytes", static_cast<double>(keys->byte_count()))
                     .add("seeded_key_bytes", seeded_bytes)
                     .text(),
                 [&](std::span<const std::string> words) { return Json().add("ms", time(words)).text(); });
}

}  // namespace ciphernet::bench
