#include "tfhe/evaluator.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "base/thread_pool.hpp"
#include "tfhe/context.hpp"
#include "tfhe/noise.hpp"

namespace ciphernet::tfhe {
namespace {

LookUpTable random_table(Rng& rng, const Parameters& parameters) {
    return random_messages(rng, parameters.message_count(), 2 * parameters.message_count());
}

bool same_words(const LweBatch& x, const LweBatch& y) {
    return x.size() == y.size() && std::memcmp(x.at(0), y.at(0), x.byte_count()) == 0;
}

TEST("a look-up gives every entry of every table, whatever the dimensions and the gadgets") {
    Rng rng(91);
    std::vector<ParametersLiteral> sets{small_set(1), small_set(2), small_set(4)};
    sets.push_back(small_set(2));
    sets.back().glwe_dimension = 2;
    sets.push_back(small_set(3));
    sets.back().bootstrap = {15, 2};
    sets.back().key_switch = {5, 3};
    sets.push_back(small_set(1));
    sets.back().glwe_dimension = 4;
    sets.back().lwe_dimension = 63;
    sets.back().key_switch = {7, 3};
    for (const ParametersLiteral& set : sets) {
        Context context(set);
        const u32 count = context.parameters->message_count();
        std::vector<u32> messages(count);
        std::iota(messages.begin(), messages.end(), 0U);
        std::vector<LookUpTable> tables{messages, LookUpTable(count, 0), random_table(rng, *context.parameters)};
        for (const LookUpTable& table : tables) {
            const LweBatch r = context.evaluator.apply_lut(context.encrypted(messages), {&table, 1}, {}, {});
            CHECK(context.decrypted(r) == table);
        }
    }
}

TEST("each ciphertext of a batch has the table of its choice, and a taken padding bit negates the entry") {
    Rng rng(92);
    Context context(small_set(2));
    const std::vector<LookUpTable> tables{random_table(rng, *context.parameters),
                                          random_table(rng, *context.parameters),
                                          random_table(rng, *context.parameters)};
    const std::vector<u32> messages = random_messages(rng, 21, 8);
    const std::vector<u32> choice = random_messages(rng, 21, 3);
    const std::vector<u32> found =
        context.decrypted(context.evaluator.apply_lut(context.encrypted(messages), tables, choice, {}));
    for (std::size_t i = 0; i < messages.size(); ++i) {
        const u32 entry = tables[choice[i]][messages[i] % 4];
        CHECK_EQ(found[i], messages[i] < 4 ? entry : (8 - entry) % 8);
    }
}

TEST("look-ups of look-ups, sums, differences, linear maps and constants compute what they say") {
    Rng rng(93);
    Context context(small_set(4));
    const u32 end = 32;
    const std::vector<u32> a = random_messages(rng, 9, 16);
    const std::vector<u32> b = random_messages(rng, 9, 16);
    const LookUpTable table = random_table(rng, *context.parameters);
    LookUpTable half(16);
    for (u32 i = 0; i < 16; ++i) half[i] = i / 2;

    const LweBatch x = context.evaluator.apply_lut(context.encrypted(a), {&half, 1}, {}, {});
    const LweBatch y = context.evaluator.apply_lut(context.encrypted(b), {&half, 1}, {}, {});
    const LweBatch sum = add(x, y, {});
    const LweBatch looked_up = context.evaluator.apply_lut(sum, {&table, 1}, {}, {});
    const std::vector<u32> sums = context.decrypted(sum);
    const std::vector<u32> differences = context.decrypted(subtract(x, y, {}));
    const std::vector<u32> results = context.decrypted(looked_up);
    for (std::size_t i = 0; i < a.size(); ++i) {
        CHECK_EQ(sums[i], a[i] / 2 + b[i] / 2);
        CHECK_EQ(differences[i], (a[i] / 2 + end - b[i] / 2) % end);
        CHECK_EQ(results[i], table[a[i] / 2 + b[i] / 2]);
    }

    std::vector<std::int32_t> weights(3 * a.size());
    for (auto& w : weights) w = static_cast<std::int32_t>(rng.below(7)) - 3;
    const std::vector<std::int32_t> constants{5, -4, 0};
    const std::vector<u32> mapped = context.decrypted(apply_linear_map(
        {.rows = 3, .columns = a.size(), .weights = weights, .constants = constants}, context.encrypted(a), {}));
    for (std::size_t i = 0; i < 3; ++i) {
        i64 expected = constants[i];
        for (std::size_t j = 0; j < a.size(); ++j) expected += weights[i * a.size() + j] * static_cast<i64>(a[j]);
        CHECK_EQ(mapped[i], static_cast<u32>(((expected % end) + end) % end));
    }
    CHECK(context.decrypted(context.evaluator.apply_lut(trivial(context.parameters, a), {&table, 1}, {}, {})) ==
          context.decrypted(context.evaluator.apply_lut(context.encrypted(a), {&table, 1}, {}, {})));
}

TEST("a batch has the same bits as its ciphertexts one by one, with any tile and any number of threads") {
    Rng rng(94);
    Context context(small_set(2));
    const LookUpTable table = random_table(rng, *context.parameters);
    const LweBatch x = context.encrypted(random_messages(rng, 19, 4));
    const LweBatch expected = context.evaluator.apply_lut(x, {&table, 1}, {}, {}, 1);
    for (const std::size_t tile : {2U, 3U, 8U, 19U})
        CHECK(same_words(context.evaluator.apply_lut(x, {&table, 1}, {}, {}, tile), expected));
    for (const int threads : {1, 2, 3}) {
        ThreadPool pool(threads);
        const Execution execution(pool);
        CHECK(same_words(context.evaluator.apply_lut(x, {&table, 1}, {}, execution), expected));
        const Context again(small_set(2), execution);
        LweBatch alone(context.parameters, 1, true);
        for (const std::size_t i : {0U, 7U, 18U}) {
            std::copy_n(x.at(i), context.parameters->ciphertext_words(), alone.at(0));
            const LweBatch r = again.evaluator.apply_lut(alone, {&table, 1}, {}, execution);
            CHECK(std::equal(r.at(0), r.at(0) + context.parameters->ciphertext_words(), expected.at(i)));
        }
    }
}

TEST("at 128 bits of security a batch of 64 looks up four-bit tables right, with failures promised below 2^-128") {
    Rng rng(95);
    ThreadPool pool(2);
    const Execution execution(pool);
    Context context(full_set(), execution);
    CHECK_LE(log2_failure_probability(*context.parameters, 25), -128.0);
    const std::vector<LookUpTable> tables{random_table(rng, *context.parameters),
                                          random_table(rng, *context.parameters)};
    const std::vector<u32> messages = random_messages(rng, 64, 16);
    const std::vector<u32> choice = random_messages(rng, 64, 2);
    const std::vector<u32> found =
        context.decrypted(context.evaluator.apply_lut(context.encrypted(messages), tables, choice, execution));
    bool right = true;
    for (std::size_t i = 0; i < messages.size(); ++i) right = right && found[i] == tables[choice[i]][messages[i]];
    CHECK(right);
    CHECK_LE(context.evaluation_keys->byte_count(), std::size_t{120} << 20);
}

TEST("tables, choices, sizes and sets that do not fit are refused by name") {
    Context context(small_set(2));
    Context other(small_set(1));
    const LweBatch x = context.encrypted({1, 2});
    const LookUpTable good{0, 1, 2, 3};
    const LookUpTable shorter{0, 1};
    const LookUpTable outside{0, 1, 2, 8};
    const std::vector<LookUpTable> two{good, good};
    const Evaluator& evaluator = context.evaluator;
    CHECK_THROWS_CODE(evaluator.apply_lut(x, {&shorter, 1}, {}, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluator.apply_lut(x, {&outside, 1}, {}, {}), ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(evaluator.apply_lut(x, two, {}, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluator.apply_lut(x, two, std::vector<u32>{0}, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(evaluator.apply_lut(x, two, std::vector<u32>{0, 2}, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(other.evaluator.apply_lut(x, {&shorter, 1}, {}, {}), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(add(x, context.encrypted({1}), {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(add(x, other.encrypted({1, 0}), {}), ErrorCode::parameters_mismatch);
    const std::vector<std::int32_t> weights(3);
    CHECK_THROWS_CODE(apply_linear_map({.rows = 1, .columns = 3, .weights = weights, .constants = {}}, x, {}),
                      ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(apply_linear_map({.rows = 1, .columns = 2, .weights = weights, .constants = {}}, x, {}),
                      ErrorCode::invalid_argument);
    std::stop_source stop;
    stop.request_stop();
    CHECK_THROWS_CODE(evaluator.apply_lut(x, {&good, 1}, {}, Execution(ThreadPool::process(), stop.get_token())),
                      ErrorCode::cancelled);
}

}  // namespace
}  // namespace ciphernet::tfhe
