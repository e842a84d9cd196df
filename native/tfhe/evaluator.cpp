#include "tfhe/evaluator.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "tfhe/blind_rotation.hpp"
#include "tfhe/key_switch.hpp"

namespace ciphernet::tfhe {
namespace {

void require_tables(const Parameters& parameters, std::span<const LookUpTable> tables) {
    const u32 count = parameters.message_count();
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (tables[i].size() != count)
            throw Error(ErrorCode::invalid_argument,
                        "Expected tables of " + std::to_string(count) + " entries for " +
                            std::to_string(parameters.message_bits()) + " message bits but table " + std::to_string(i) +
                            " has " + std::to_string(tables[i].size()) + ".",
                        {{"table", std::to_string(i)}, {"entries", std::to_string(tables[i].size())}});
        for (const u32 entry : tables[i])
            if (entry >= 2 * count)
                throw Error(ErrorCode::value_out_of_range,
                            "Expected entries from 0 to " + std::to_string(2 * count - 1) + " in table " +
                                std::to_string(i) + " but found " + std::to_string(entry) + ".",
                            {{"table", std::to_string(i)}, {"value", std::to_string(entry)}});
    }
}

void require_choice(std::size_t count, std::size_t tables, std::span<const u32> choice) {
    if (choice.empty() ? tables != 1 : choice.size() != count)
        throw Error(ErrorCode::invalid_argument,
                    choice.empty() ? "Expected one table for all ciphertexts, or which one for each, but received " +
                                         std::to_string(tables) + " tables."
                                   : "Expected the number of a table for each of " + std::to_string(count) +
                                         " ciphertexts but received " + std::to_string(choice.size()) + ".");
    for (const u32 table : choice)
        if (table >= tables)
            throw Error(ErrorCode::invalid_argument, "Expected numbers of tables below " + std::to_string(tables) +
                                                         " but received " + std::to_string(table) + ".");
}

void require_size(std::size_t expected, std::size_t received) {
    if (expected != received)
        throw Error(ErrorCode::invalid_argument, "Expected " + std::to_string(expected) + " ciphertexts but received " +
                                                     std::to_string(received) + ".");
}

template <class Word>
LweBatch word_by_word(const LweBatch& x, const LweBatch& y, const Execution& execution, const Word& word) {
    require_same(*x.parameters(), *y.parameters(), "The second operand");
    require_size(x.size(), y.size());
    LweBatch r(x.parameters(), x.size(), x.insecure() || y.insecure());
    const std::size_t words = x.parameters()->ciphertext_words();
    execution.parallel_for(x.size(), [&](std::size_t i) {
        for (std::size_t w = 0; w < words; ++w) r.at(i)[w] = word(x.at(i)[w], y.at(i)[w]);
    });
    return r;
}

}  // namespace

LweBatch Evaluator::apply_lut(const LweBatch& x, std::span<const LookUpTable> tables, std::span<const u32> choice,
                              const Execution& execution, std::size_t tile) const {
    const Parameters& parameters = *keys_->parameters();
    require_same(parameters, *x.parameters(), "The ciphertext");
    require_tables(parameters, tables);
    require_choice(x.size(), tables.size(), choice);
    const std::size_t n = parameters.n();
    const std::size_t dimension = parameters.lwe_dimension();
    AlignedBuffer polynomials(tables.size() * n);
    for (std::size_t i = 0; i < tables.size(); ++i)
        make_test_polynomial(polynomials.data() + i * n, parameters, tables[i]);

    const SmallLweBatch small = switch_keys(*keys_, x, execution.untold());
    LweBatch r(x.parameters(), x.size(), x.insecure() || keys_->insecure());
    // Small batches are shared out among the threads.
    const auto threads = static_cast<std::size_t>(execution.thread_count());
    const std::size_t size = std::clamp((x.size() + threads - 1) / threads, std::size_t{1}, tile);
    const StepReport report(execution, x.size());
    execution.parallel_for((x.size() + size - 1) / size, [&](std::size_t part) {
        const std::size_t first = part * size;
        const std::size_t count = std::min(size, x.size() - first);
        AlignedArray<u32> phases(count * (dimension + 1));
        std::vector<const u32*> of(count);
        std::vector<const u64*> from(count);
        for (std::size_t t = 0; t < count; ++t) {
            u32* to = phases.data() + t * (dimension + 1);
            switch_modulus(to, small.at(first + t), dimension, parameters.literal().log_n);
            of[t] = to;
            from[t] = polynomials.data() + (choice.empty() ? 0 : choice[first + t]) * n;
        }
        BlindRotation rotation(*keys_, count);
        rotation.run(of.data(), from.data(), count, execution);
        for (std::size_t t = 0; t < count; ++t) {
            rotation.extract(r.at(first + t), t);
            report.done();
        }
    });
    return r;
}

LweBatch add(const LweBatch& x, const LweBatch& y, const Execution& execution) {
    return word_by_word(x, y, execution, [](u64 a, u64 b) { return a + b; });
}

LweBatch subtract(const LweBatch& x, const LweBatch& y, const Execution& execution) {
    return word_by_word(x, y, execution, [](u64 a, u64 b) { return a - b; });
}

LweBatch apply_linear_map(const LinearMap& map, const LweBatch& x, const Execution& execution) {
    require_size(map.columns, x.size());
    if (map.weights.size() != map.rows * map.columns)
        throw Error(ErrorCode::invalid_argument, "Expected " + std::to_string(map.rows) + " x " +
                                                     std::to_string(map.columns) + " weights but received " +
                                                     std::to_string(map.weights.size()) + ".");
    if (!map.constants.empty() && map.constants.size() != map.rows)
        throw Error(ErrorCode::invalid_argument, "Expected no constants or one for each of " +
                                                     std::to_string(map.rows) + " rows but received " +
                                                     std::to_string(map.constants.size()) + ".");
    const std::size_t words = x.parameters()->ciphertext_words();
    LweBatch r(x.parameters(), map.rows, x.insecure());
    execution.parallel_for(map.rows, [&](std::size_t i) {
        u64* to = r.at(i);
        std::fill_n(to, words, u64{0});
        for (std::size_t j = 0; j < map.columns; ++j) {
            const auto weight = static_cast<u64>(static_cast<i64>(map.weights[i * map.columns + j]));
            if (weight == 0) continue;
            const u64* from = x.at(j);
            for (std::size_t w = 0; w < words; ++w) to[w] += weight * from[w];
        }
        if (!map.constants.empty())
            to[words - 1] += static_cast<u64>(static_cast<i64>(map.constants[i])) * x.parameters()->delta();
    });
    return r;
}

}  // namespace ciphernet::tfhe
