#include <cmath>
#include <complex>
#include <numeric>
#include <optional>
#include <vector>

#include "ckks/context.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

/// A sparse matrix that owns what SparseRows points to.
struct Rows {
    std::vector<int> offsets{0};
    std::vector<int> columns;
    std::vector<double> values;

    void add(const std::vector<std::pair<int, double>>& row) {
        for (const auto& [column, value] : row) columns.push_back(column), values.push_back(value);
        offsets.push_back(static_cast<int>(values.size()));
    }
    std::size_t count() const { return offsets.size() - 1; }
    SparseRows view() const { return {offsets, columns, values}; }
    /// The same with zeros where nothing stands.
    std::vector<double> dense(std::size_t inputs) const {
        std::vector<double> r(count() * inputs);
        for (std::size_t row = 0; row < count(); ++row)
            for (int k = offsets[row]; k < offsets[row + 1]; ++k)
                r[row * inputs + static_cast<std::size_t>(columns[static_cast<std::size_t>(k)])] +=
                    values[static_cast<std::size_t>(k)];
        return r;
    }
};

std::vector<const Ciphertext*> pointers(const std::vector<Ciphertext>& all) {
    std::vector<const Ciphertext*> r;
    for (const Ciphertext& x : all) r.push_back(&x);
    return r;
}

bool same(const Ciphertext& a, const Ciphertext& b) {
    for (std::size_t part = 0; part < 2; ++part)
        if (!ciphernet::test::equal(a.body.parts[part], b.body.parts[part])) return false;
    return true;
}

TEST("a linear map gives every row's weighted sum and bias, from inputs of any levels") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(6);
        constexpr std::size_t kColumns = 5;
        constexpr std::size_t kRows = 3;
        std::vector<Slots> inputs;
        std::vector<Ciphertext> encrypted;
        for (std::size_t i = 0; i < kColumns; ++i) {
            inputs.push_back(unit_slots(c.slots(), rng));
            encrypted.push_back(c.encrypt(inputs.back(), i == 1 ? 4 : 3));
        }
        encrypted[2] = c.evaluator.multiply_scalar(c.encrypt(inputs[2], 4), 1.0, false);  // a rescale is due
        std::vector<const Ciphertext*> operands;
        for (const auto& x : encrypted) operands.push_back(&x);
        std::vector<double> weights;
        for (std::size_t i = 0; i < kRows * kColumns; ++i) weights.push_back(rng.uniform(-1, 1));
        const std::vector<double> bias{0.5, -2, 0};
        const std::vector<Ciphertext> outputs = c.evaluator.linear_map(operands, weights, bias);
        REQUIRE(outputs.size() == kRows);
        for (std::size_t r = 0; r < kRows; ++r) {
            Slots expected(c.slots(), bias[r]);
            for (std::size_t i = 0; i < kColumns; ++i)
                expected = zip(expected, inputs[i], [&](auto s, auto v) { return s + weights[r * kColumns + i] * v; });
            CHECK_EQ(outputs[r].level(), 2);
            CHECK_EQ(outputs[r].scale_degree, 1);
            c.check(outputs[r], expected);
        }
        CHECK_THROWS_CODE(c.evaluator.linear_map(operands, std::span(weights).first(14), bias),
                          ErrorCode::invalid_argument);
        CHECK_THROWS_CODE(c.evaluator.linear_map({}, std::span<const double>(), bias), ErrorCode::invalid_argument);
        const Ciphertext bottom = c.encrypt(inputs[0], 0);
        const Ciphertext* const last = &bottom;
        CHECK_THROWS_CODE(c.evaluator.linear_map({&last, 1}, std::vector<double>{1}, std::vector<double>{0}),
                          ErrorCode::level_exhausted);
    }
}

TEST("a sparse linear map is the dense one with zeros, bit for bit, and its noise is that of its own columns") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(20);
        std::vector<Slots> inputs;
        std::vector<Ciphertext> encrypted;
        for (int i = 0; i < 9; ++i) {
            inputs.push_back(unit_slots(c.slots(), rng));
            encrypted.push_back(c.encrypt(inputs.back(), i == 7 ? 4 : 3));
        }
        Rows rows;
        // Seven rows in the same columns, in and out of order, and others of their own; none in a row; one entry twice.
        for (int r = 0; r < 7; ++r) {
            rows.add({{2, rng.uniform(-1, 1)}, {3, rng.uniform(-1, 1)}, {8, rng.uniform(-1, 1)}});
            if (r % 2 == 0) rows.add({{r, rng.uniform(-1, 1)}});
        }
        rows.add({{8, 0.5}, {0, -0.25}});
        rows.add({});
        rows.add({{4, 0}, {5, 0}});
        rows.add({{1, 0.125}, {1, 0.125}});
        std::vector<double> bias;
        for (std::size_t r = 0; r < rows.count(); ++r) bias.push_back(rng.uniform(-1, 1));
        const auto operands = pointers(encrypted);
        const std::vector<double> dense = rows.dense(9);
        const auto sparse_outputs = c.evaluator.linear_map(operands, rows.view(), bias);
        const auto dense_outputs = c.evaluator.linear_map(operands, dense, bias);
        REQUIRE(sparse_outputs.size() == rows.count());
        for (std::size_t r = 0; r < rows.count(); ++r) {
            Slots expected(c.slots(), bias[r]);
            for (std::size_t i = 0; i < 9; ++i)
                expected = zip(expected, inputs[i], [&](auto s, auto v) { return s + dense[r * 9 + i] * v; });
            c.check(sparse_outputs[r], expected);
            CHECK_EQ(sparse_outputs[r].level(), 2);
            CHECK_LE(sparse_outputs[r].noise.deviation, dense_outputs[r].noise.deviation * (1 + 1e-12));
            // The last two: the smallest weight stands in the first column that a row has, and 1/8 is rounded twice.
            if (r < rows.count() - 2) CHECK(same(sparse_outputs[r], dense_outputs[r]));
        }
    }
}

TEST("a row without a weight, or of zeros, stays encrypted") {
    Context c(literal(10, 2, 40));
    Rng rng(21);
    std::vector<Ciphertext> encrypted;
    for (int i = 0; i < 3; ++i) encrypted.push_back(c.encrypt(unit_slots(c.slots(), rng), 2));
    Rows rows;
    rows.add({});
    rows.add({{1, 0}, {2, 0}});
    rows.add({{2, 0}});
    rows.add({{0, 0.5}, {0, -0.5}});
    const std::vector<double> bias{1, 2, 0, 0};
    for (const Ciphertext& r : c.evaluator.linear_map(pointers(encrypted), rows.view(), bias)) {
        CHECK(r.noise.magnitude > 0);
        const EvaluationPolynomial& mask = r.body.parts[1];
        CHECK(std::any_of(mask.limb(0), mask.limb(0) + mask.word_count(), [](u64 word) { return word != 0; }));
    }
}

TEST("a linear map takes more inputs than one dot product has terms") {
    Context c(literal(10, 1, 40));
    Rng rng(22);
    const Slots a = unit_slots(c.slots(), rng);
    const Slots b = unit_slots(c.slots(), rng);
    const Ciphertext x = c.encrypt(a, 1);
    const Ciphertext y = c.encrypt(b, 1);
    constexpr std::size_t kColumns = 8200;
    std::vector<const Ciphertext*> operands(kColumns, &x);
    operands.back() = &y;
    std::vector<double> weights;
    for (std::size_t i = 0; i < 2 * kColumns; ++i) weights.push_back(rng.uniform(-1, 1) * 0x1p-12);
    const auto outputs = c.evaluator.linear_map(operands, weights, std::vector<double>{0, 0.5});
    for (std::size_t r = 0; r < 2; ++r) {
        const auto row = weights.begin() + static_cast<std::ptrdiff_t>(r * kColumns);
        const double sum = std::accumulate(row, row + kColumns - 1, 0.0);
        const double last = row[kColumns - 1];
        c.check(outputs[r],
                zip(a, b, [&](auto u, auto v) { return sum * u + last * v + 0.5 * static_cast<double>(r); }));
    }
}

TEST("a linear map gives the same bits on 1, 2, 3 and 8 threads") {
    const ParametersLiteral set = literal(11, 2, 40);
    Rng rng(23);
    const Slots a = unit_slots(1024, rng);
    std::vector<double> weights;
    for (int i = 0; i < 5 * 300; ++i) weights.push_back(rng.uniform(-1, 1));
    std::vector<std::vector<Ciphertext>> results;
    for (const int threads : {0, 1, 2, 3, 8}) {
        std::optional<ThreadPool> pool;
        if (threads > 0) pool.emplace(threads);
        Context c(set, {}, pool ? Execution(*pool) : Execution());
        const Ciphertext x = c.encrypt(a, 2);
        results.push_back(
            c.evaluator.linear_map(std::vector<const Ciphertext*>(300, &x), weights, std::vector<double>(5)));
        for (std::size_t r = 0; r < 5; ++r) CHECK(same(results.back()[r], results.front()[r]));
    }
}

TEST("sparse rows of a wrong shape are refused with what is wrong") {
    Context c(literal(10, 2, 40));
    const Ciphertext x = c.encrypt({}, 2);
    const std::vector<const Ciphertext*> operands{&x, &x};
    const std::vector<double> bias{0, 0};
    const auto refused = [&](const std::vector<int>& offsets, const std::vector<int>& columns,
                             const std::vector<double>& values) {
        CHECK_THROWS_CODE(c.evaluator.linear_map(operands, {offsets, columns, values}, bias),
                          ErrorCode::invalid_argument);
    };
    refused({0, 1}, {0}, {1});           // one row for two biases
    refused({0, 1, 1}, {0, 1}, {1, 1});  // a weight in no row
    refused({0, 2, 1}, {0}, {1});        // descending
    refused({1, 1, 1}, {0}, {1});        // not from 0
    refused({0, 1, 2}, {0}, {1, 1});     // a column missing
    refused({0, 1, 2}, {0, 2}, {1, 1});  // no such input
    refused({0, 1, 2}, {0, -1}, {1, 1});
    CHECK_THROWS_CODE(c.evaluator.linear_map(operands, std::vector<double>{1, 1, 1, std::nan("")}, bias),
                      ErrorCode::not_finite);
    CHECK_THROWS_CODE(c.evaluator.linear_map(operands, std::vector<double>{1, 1, 1, 1e300}, bias),
                      ErrorCode::value_out_of_range);
}

}  // namespace
}  // namespace ciphernet::ckks
