#include "rlwe/secret_key.hpp"

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "rlwe/context.hpp"
#include "rlwe/wipe_guard.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::rlwe {
namespace {

using test::Context;
using test::literal;

static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);
static_assert(std::is_nothrow_move_constructible_v<SecretKey>);

ParametersLiteral small_set() { return literal(10, {{40}, {39}}, {41}); }

TEST("a secret key is ternary, balanced, and the same polynomial in both forms") {
    const Context c(literal(13, {{40}, {39}}, {41}));
    int counts[3] = {};
    for (const std::int8_t x : c.secret.coefficients()) {
        REQUIRE(x >= -1 && x <= 1);
        ++counts[x + 1];
    }
    // 8192 / 3 ± 43 (one standard deviation).
    for (const int count : counts) CHECK_NEAR(count, 8192 / 3, 6 * 43);
    const auto expected = to_evaluation(
        from_signed(c.ring(), c.parameters->key_basis(c.parameters->max_level()), c.secret.coefficients(), c.execution),
        Execution());
    CHECK(ciphernet::test::equal(c.secret.evaluation(), expected));
}

TEST("a secret key of bytes holds N coefficients of -1, 0 and 1, and nothing else") {
    const auto parameters = std::make_shared<const Parameters>(small_set());
    std::vector<std::int8_t> coefficients(parameters->n());
    Rng rng(1);
    for (auto& x : coefficients) x = static_cast<std::int8_t>(static_cast<int>(rng.below(3)) - 1);
    const SecretKey key(parameters, coefficients, false, Execution());
    CHECK(std::equal(coefficients.begin(), coefficients.end(), key.coefficients().begin()));
    for (const int wrong : {2, -2, 127, -128}) {
        auto altered = coefficients;
        altered[rng.below(altered.size())] = static_cast<std::int8_t>(wrong);
        CHECK_THROWS_CODE(SecretKey(parameters, altered, false, Execution()), ErrorCode::format_corrupt);
    }
    coefficients.pop_back();
    CHECK_THROWS_CODE(SecretKey(parameters, coefficients, false, Execution()), ErrorCode::format_corrupt);
    coefficients.resize(parameters->n() + 1);
    CHECK_THROWS_CODE(SecretKey(parameters, coefficients, false, Execution()), ErrorCode::format_corrupt);
}

TEST("a secret key that was moved from holds nothing") {
    Context c(small_set());
    const std::vector<std::int8_t> before(c.secret.coefficients().begin(), c.secret.coefficients().end());
    const SecretKey moved = std::move(c.secret);
    CHECK_EQ(c.secret.coefficients().size(), 0u);  // NOLINT(bugprone-use-after-move): the contract under test
    CHECK_EQ(c.secret.evaluation().word_count(), 0u);
    CHECK(std::equal(before.begin(), before.end(), moved.coefficients().begin(), moved.coefficients().end()));
}

// The address sanitizer takes every block back at once.
#if !defined(__SANITIZE_ADDRESS__)
TEST("a destroyed secret key leaves zeros behind") {
    const Context c(small_set());
    std::optional<SecretKey> key(SecretKey(c.parameters, c.secret.coefficients(), false, Execution()));
    const std::size_t words = key->evaluation().word_count();
    const auto address = reinterpret_cast<std::uintptr_t>(key->evaluation().limb(0));
    key.reset();
    // The pool hands out the block that came back last, with what is in it.
    const AlignedBuffer block(words);
    REQUIRE(reinterpret_cast<std::uintptr_t>(block.data()) == address);
    u64 all = 0;
    for (const u64 word : block.span()) all |= word;
    CHECK_EQ(all, 0u);
}
#endif

TEST("a guarded polynomial is wiped when its scope is left, by an exception too, and not when it was moved away") {
    const Ring ring = ciphernet::test::make_ring(10, {40, 41});
    Rng rng(2);
    auto a = ciphernet::test::random_polynomial<EvaluationPolynomial>(ring, {.q = 2}, rng);
    try {
        const WipeGuard guard(a);
        throw std::domain_error("left");
    } catch (const std::domain_error& e) {
        CHECK_EQ(e.what(), std::string("left"));
    }
    u64 all = 0;
    for (std::size_t k = 0; k < a.word_count(); ++k) all |= a.limb(0)[k];
    CHECK_EQ(all, 0u);

    auto b = ciphernet::test::random_polynomial<EvaluationPolynomial>(ring, {.q = 2}, rng);
    const EvaluationPolynomial copy = b.copy();
    std::optional<EvaluationPolynomial> moved;
    {
        const WipeGuard guard(b);
        moved.emplace(std::move(b));
    }
    CHECK(ciphernet::test::equal(*moved, copy));
}

TEST("keys are marked insecure by a deterministic source or a set below 128 bits, and only by those") {
    const auto weak = std::make_shared<const Parameters>(small_set());
    const auto strong = std::make_shared<const Parameters>(literal(12, {{36}}, {37}, Security::classical_128));
    RandomSource system = RandomSource::system();
    RandomSource seeded = RandomSource::insecure_deterministic(1);
    const Execution execution;
    const SecretKey good = SecretKey::generate(strong, system, execution);
    CHECK(!good.insecure());
    CHECK(SecretKey::generate(strong, seeded, execution).insecure());
    CHECK(SecretKey::generate(weak, system, execution).insecure());
    CHECK(!KeyGenerator(good, system, execution).public_key().insecure);
    CHECK(KeyGenerator(good, seeded, execution).public_key().insecure);
    CHECK(KeyGenerator(SecretKey::generate(weak, system, execution), system, execution).public_key().insecure);
    CHECK(SecretKey(strong, good.coefficients(), true, execution).insecure());
    CHECK(!SecretKey(strong, good.coefficients(), false, execution).insecure());
}

TEST("one seed gives one key, another seed another") {
    const Context a(small_set());
    const Context b(small_set());
    const Context other(small_set(), Execution(), 1);
    const auto same = [](const SecretKey& x, const SecretKey& y) {
        return std::equal(x.coefficients().begin(), x.coefficients().end(), y.coefficients().begin());
    };
    CHECK(same(a.secret, b.secret));
    CHECK(!same(a.secret, other.secret));
}

}  // namespace
}  // namespace ciphernet::rlwe
