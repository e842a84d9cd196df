#include "ckks/linear_transform.hpp"

#include <cmath>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;
using Complex = std::complex<double>;

/// Rows of a matrix of slots by slots.
using Matrix = std::vector<Slots>;

Matrix random_matrix(std::size_t n, const std::set<int>& diagonals, Rng& rng, bool complex) {
    Matrix m(n, Slots(n));
    for (const int k : diagonals)
        for (std::size_t i = 0; i < n; ++i)
            m[i][(i + static_cast<std::size_t>(k)) % n] =
                Complex(rng.uniform(-1, 1), complex ? rng.uniform(-1, 1) : 0) / static_cast<double>(diagonals.size());
    return m;
}

std::vector<Diagonal> diagonals_of(const Matrix& m, const std::set<int>& indices, bool complex) {
    std::vector<Diagonal> r;
    for (const int k : indices) {
        Diagonal& d = r.emplace_back(Diagonal{k, {}});
        for (std::size_t i = 0; i < m.size(); ++i) {
            const Complex x = m[i][(i + static_cast<std::size_t>(k)) % m.size()];
            d.values.re.push_back(x.real());
            if (complex) d.values.im.push_back(x.imag());
        }
    }
    return r;
}

Slots times(const Matrix& m, const Slots& x) {
    Slots r;
    for (const Slots& row : m) {
        Complex sum = 0;
        for (std::size_t j = 0; j < x.size(); ++j) sum += row[j] * x[j];
        r.push_back(sum);
    }
    return r;
}

std::set<int> all_indices(std::size_t n) {
    std::set<int> r;
    for (int k = 0; k < static_cast<int>(n); ++k) r.insert(k);
    return r;
}

/// A context with the keys of a transform of its top level's set.
std::vector<int> rotations(const ParametersLiteral& set, const std::vector<Diagonal>& d, int level,
                           LinearTransformOptions options) {
    return LinearTransform::encode(std::make_shared<const Parameters>(set), d, level, options, Execution()).rotations();
}

TEST("a linear transform is the matrix times the slots, dense and sparse, real and complex, by every split") {
    struct Case {
        ParametersLiteral set;
        std::set<int> indices;
        bool complex;
        int baby_steps;
    };
    const std::vector<Case> cases{
        {literal(10, 4, 40, 1, 4), all_indices(16), true, 0},
        {literal(10, 4, 40, 1, 4), all_indices(16), false, 1},
        {literal(10, 4, 40, 1, 4), all_indices(16), false, 5},
        {literal(10, 4, 40, 2, 4), all_indices(16), true, 16},
        {literal(10, 4, 40, 2, 5), {0, 1, 3, 17, 31}, true, 0},
        {literal(10, 4, 40, 2), {2, 511, 300}, false, 8},
        {literal(10, 4, 40, 2), {0}, true, 0},
        {literal(10, 4, 56, 2, 4), all_indices(16), true, 4},
    };
    Rng rng(1);
    for (const Case& test : cases) {
        const std::size_t slots = Parameters(test.set).slots();
        const Matrix m = random_matrix(slots, test.indices, rng, test.complex);
        const std::vector<Diagonal> d = diagonals_of(m, test.indices, test.complex);
        for (const int level : {4, 1}) {
            const LinearTransformOptions options{.baby_steps = test.baby_steps};
            Context c(test.set, rotations(test.set, d, level, options));
            const LinearTransform transform = LinearTransform::encode(c.parameters, d, level, options, c.execution);
            CHECK_EQ(transform.diagonal_count(), d.size());
            const Slots a = unit_slots(slots, rng);
            const Ciphertext x = c.encrypt(a, 4);
            const Ciphertext r = c.evaluator.transform(x, transform);
            CHECK_EQ(r.level(), level - 1);
            CHECK_EQ(r.scale_degree, 1);
            c.check(r, times(m, a));
        }
    }
}

TEST("a transform of an operand that is due to be rescaled, and of one that was multiplied") {
    const ParametersLiteral set = literal(10, 4, 40, 2, 4);
    Rng rng(2);
    const Matrix m = random_matrix(16, all_indices(16), rng, true);
    const std::vector<Diagonal> d = diagonals_of(m, all_indices(16), true);
    Context c(set, rotations(set, d, 2, {}));
    const LinearTransform transform = LinearTransform::encode(c.parameters, d, 2, {}, c.execution);
    const Slots a = unit_slots(16, rng);
    const Slots b = unit_slots(16, rng);
    const Ciphertext due = c.evaluator.multiply_scalar(c.encrypt(a, 3), 1.0, false);
    c.check(c.evaluator.transform(due, transform), times(m, a));
    const Ciphertext product = c.evaluator.multiply(c.encrypt(a, 4), c.encrypt(b, 4));
    c.check(c.evaluator.transform(product, transform), times(m, ckks::test::product(a, b)));
}

TEST("the split keeps to the key budget, needs about two square roots of the diagonals, and names every rotation") {
    const Parameters p(literal(10, 4, 40, 2));
    std::vector<int> dense;
    for (int k = 0; k < 512; ++k) dense.push_back(k);
    const int free = choose_baby_steps(KeySwitchShape::of(p, 4), dense, p.slots(), 1 << 20);
    CHECK(rotations_of_split(dense, free).size() < 120);
    CHECK(free > 8);
    for (const int budget : {46, 64, 500}) {
        const int n1 = choose_baby_steps(KeySwitchShape::of(p, 4), dense, p.slots(), budget);
        CHECK_LE(rotations_of_split(dense, n1).size(), static_cast<std::size_t>(budget));
    }
    // Out of reach: the fewest there are.
    CHECK_LE(rotations_of_split(dense, choose_baby_steps(KeySwitchShape::of(p, 4), dense, p.slots(), 3)).size(),
             std::size_t{46});
    CHECK(rotations_of_split(std::vector<int>{0, 5, 16, 21}, 16) == (std::vector<int>{5, 16}));
    CHECK(rotations_of_split(std::vector<int>{0}, 4).empty());
}

bool same(const Ciphertext& a, const Ciphertext& b) {
    for (std::size_t part = 0; part < 2; ++part)
        if (!ciphernet::test::equal(a.body.parts[part], b.body.parts[part])) return false;
    return true;
}

TEST("blocks of transforms times several ciphertexts are the sums of their products") {
    const ParametersLiteral set = literal(10, 4, 40, 2, 4);
    Rng rng(5);
    constexpr int kLevel = 3;
    // 3 outputs from 2 inputs, of blocks with other diagonals and other splits; two places are empty.
    struct Block {
        std::set<int> indices;
        int baby_steps;
    };
    const std::vector<Block> blocks{{all_indices(16), 4}, {{0, 5, 9}, 8}, {{}, 0}, {{2}, 8}, {{1, 3, 12}, 2}, {{}, 0}};
    std::vector<Matrix> matrices;
    std::set<int> keys;
    std::vector<std::vector<Diagonal>> diagonals;
    for (const Block& block : blocks) {
        matrices.push_back(random_matrix(16, block.indices, rng, true));
        diagonals.push_back(diagonals_of(matrices.back(), block.indices, true));
        if (block.indices.empty()) continue;
        for (const int step : rotations(set, diagonals.back(), kLevel, {.baby_steps = block.baby_steps}))
            keys.insert(step);
    }
    Context c(set, {keys.begin(), keys.end()});
    std::vector<std::optional<LinearTransform>> transforms;
    std::vector<const LinearTransform*> pointers;
    for (std::size_t b = 0; b < blocks.size(); ++b)
        transforms.push_back(blocks[b].indices.empty() ? std::nullopt
                                                       : std::optional(LinearTransform::encode(
                                                             c.parameters, diagonals[b], kLevel,
                                                             {.baby_steps = blocks[b].baby_steps}, c.execution)));
    for (const auto& transform : transforms) pointers.push_back(transform ? &*transform : nullptr);
    const Slots a = unit_slots(16, rng);
    const Slots b = unit_slots(16, rng);
    const Ciphertext x = c.encrypt(a, 4);
    const Ciphertext y = c.evaluator.multiply_scalar(c.encrypt(b, 4), 1.0, false);  // a rescale is due
    const Ciphertext* const inputs[] = {&x, &y};
    const std::vector<Ciphertext> outputs = c.evaluator.transform(inputs, pointers);
    REQUIRE(outputs.size() == 3);
    for (std::size_t r = 0; r < 3; ++r) {
        CHECK_EQ(outputs[r].level(), kLevel - 1);
        CHECK_EQ(outputs[r].scale_degree, 1);
        c.check(outputs[r], test::sum(times(matrices[2 * r], a), times(matrices[2 * r + 1], b)));
    }

    // Many of one ciphertext, bit for bit those of each.
    const std::vector<const LinearTransform*> many{pointers[0], pointers[1], pointers[3]};
    const std::vector<Ciphertext> each = c.evaluator.transform(std::span(inputs, 1), many);
    for (std::size_t k = 0; k < many.size(); ++k) CHECK(same(each[k], c.evaluator.transform(x, *many[k])));
}

TEST("a transform whose operand is only ever rotated has the noise of that rotation") {
    const ParametersLiteral set = literal(10, 2, 40, 1, 4);
    const std::vector<Diagonal> d{{2, {std::vector<double>(16, 1), {}}}};
    Rng rng(6);
    const Slots a = unit_slots(16, rng);
    Context c(set, {2});
    const LinearTransform transform = LinearTransform::encode(c.parameters, d, 2, {.baby_steps = 8}, c.execution);
    const Ciphertext x = c.encrypt(a, 2);
    const Ciphertext r = c.evaluator.transform(x, transform);
    c.check(r, rotated(a, 2));
    CHECK(r.noise.deviation > x.noise.deviation + key_switch_deviation(*c.parameters, 2, c.parameters->scale(2).hi));
}

TEST("rotations follow from the indices alone: diagonals of zeros are kept") {
    const ParametersLiteral set = literal(10, 2, 40, 1, 4);
    const auto parameters = std::make_shared<const Parameters>(set);
    const auto with = [&](double value) {
        std::vector<Diagonal> d;
        for (const int index : {0, 3, 7, 11}) d.push_back({index, {std::vector<double>(16, value), {}}});
        return LinearTransform::encode(parameters, d, 2, {}, Execution());
    };
    const LinearTransform zeros = with(0);
    CHECK(zeros.rotations() == with(1).rotations());
    CHECK_EQ(zeros.diagonal_count(), 4u);
    // Nor does a matrix of zeros, or of what rounds to them, give a result that anybody can read.
    Context c(set, zeros.rotations());
    Rng rng(7);
    const Ciphertext x = c.encrypt(unit_slots(16, rng), 2);
    for (const double value : {0.0, 1e-300}) {
        const Ciphertext r = c.evaluator.transform(x, with(value));
        const EvaluationPolynomial& mask = r.body.parts[1];
        CHECK(std::any_of(mask.limb(0), mask.limb(0) + mask.word_count(), [](u64 word) { return word > 1000; }));
        CHECK_LE(c.error(r, Slots(16)), r.noise.error_bound(16));
    }
}

TEST("linear transforms give the same bits on 1, 2, 3 and 8 threads") {
    const ParametersLiteral set = literal(11, 3, 40, 2);
    Rng rng(3);
    const std::set<int> indices{0, 1, 2, 9, 64, 65, 700};
    const Matrix m = random_matrix(1024, indices, rng, true);
    const std::vector<Diagonal> d = diagonals_of(m, indices, true);
    const std::vector<int> keys = rotations(set, d, 3, {});
    const Slots a = unit_slots(1024, rng);
    std::vector<Ciphertext> results;
    for (const int threads : {0, 1, 2, 3, 8}) {
        std::optional<ThreadPool> pool;
        if (threads > 0) pool.emplace(threads);
        const Execution execution = pool ? Execution(*pool) : Execution();
        Context c(set, keys, execution);
        const LinearTransform transform = LinearTransform::encode(c.parameters, d, 3, {}, execution);
        results.push_back(c.evaluator.transform(c.encrypt(a, 3), transform));
        for (std::size_t part = 0; part < 2; ++part)
            CHECK(std::equal(results[0].body.parts[part].limb(0),
                             results[0].body.parts[part].limb(0) + results[0].body.parts[part].word_count(),
                             results.back().body.parts[part].limb(0)));
    }
}

TEST("bad transforms are refused with what is wrong") {
    Context c(literal(10, 2, 40, 1, 4), {1});
    const auto encode = [&](std::vector<Diagonal> d, int level = 2, LinearTransformOptions options = {}) {
        return LinearTransform::encode(c.parameters, d, level, options, c.execution);
    };
    const Diagonal one{1, {{1, 2, 3}, {}}};
    CHECK_THROWS_CODE(encode({}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({one, {17, {{1}, {}}}}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({{0, {std::vector<double>(17), {}}}}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({{0, {{1, 2}, {1}}}}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({{0, {{std::nan("")}, {}}}}), ErrorCode::not_finite);
    CHECK_THROWS_CODE(encode({one}, 3), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({one}, 0), ErrorCode::level_exhausted);
    CHECK_THROWS_CODE(encode({one}, 2, {.baby_steps = 17}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode({one}, 2, {.most_keys = -1}), ErrorCode::invalid_argument);
    Rng rng(4);
    const Slots a = unit_slots(16, rng);
    const LinearTransform known = encode({one});
    CHECK_THROWS_CODE(c.evaluator.transform(c.encrypt(a, 1), known), ErrorCode::level_exhausted);
    const LinearTransform unknown = encode({{2, {{1}, {}}}});
    CHECK_THROWS_CODE(c.evaluator.transform(c.encrypt(a, 2), unknown), ErrorCode::key_missing);
    const Ciphertext x = c.encrypt(a, 2);
    const Ciphertext* const inputs[] = {&x, &x};
    const LinearTransform lower = encode({one}, 1);
    const auto blocks = [&](std::vector<const LinearTransform*> m) { return c.evaluator.transform(inputs, m); };
    CHECK_THROWS_CODE(blocks({}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(blocks({&known}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(blocks({nullptr, nullptr}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(blocks({&known, nullptr, nullptr, nullptr}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(blocks({&known, &lower}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(blocks({&known, &unknown}), ErrorCode::key_missing);
    CHECK_THROWS_CODE(
        c.evaluator.transform(std::span<const Ciphertext* const>(), std::span<const LinearTransform* const>()),
        ErrorCode::invalid_argument);
    const Context without(literal(10, 2, 40, 0, 4));
    CHECK_THROWS_CODE(LinearTransform::encode(without.parameters, std::vector<Diagonal>{one}, 2, {}, Execution()),
                      ErrorCode::parameters_invalid);
}

}  // namespace
}  // namespace ciphernet::ckks
