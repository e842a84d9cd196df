#include "ring/polynomial.hpp"

#include <type_traits>
#include <utility>

#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

using test::make_ring;
using test::random_polynomial;

template <class A, class B>
concept Addable = requires(A& r, const A& a, const B& b, const Execution& e) { add(r, a, b, e); };
static_assert(Addable<EvaluationPolynomial, EvaluationPolynomial>);
static_assert(!Addable<EvaluationPolynomial, CoefficientPolynomial>, "forms must not mix");
static_assert(!std::is_copy_constructible_v<EvaluationPolynomial>);

TEST("limbs are those of the basis: the first primes of Q, then the first of P") {
    const Ring ring = make_ring(10, {40, 30, 31}, {45, 46});
    CHECK_EQ(ring.q_count(), 3);
    CHECK_EQ(ring.p_count(), 2);
    const CoefficientPolynomial a = CoefficientPolynomial::zero(ring, {.q = 2, .p = 2});
    CHECK_EQ(a.limb_count(), 4);
    CHECK_EQ(a.word_count(), 4u << 10);
    const int expected[] = {0, 1, 3, 4};
    for (int i = 0; i < 4; ++i) {
        CHECK_EQ(a.prime(i), expected[i]);
        CHECK_EQ(a.modulus(i).value(), ring.modulus(expected[i]).value());
        CHECK_EQ(reinterpret_cast<std::uintptr_t>(a.limb(i)) % 64, 0u);
    }
    bool zero = true;
    for (std::size_t k = 0; k < a.word_count(); ++k) zero = zero && a.limb(0)[k] == 0;
    CHECK(zero);
}

TEST("a copy over a smaller basis keeps the limbs of the primes that both have") {
    const Ring ring = make_ring(10, {40, 30, 31}, {45, 46});
    Rng rng(1);
    const auto a = random_polynomial<EvaluationPolynomial>(ring, {.q = 3, .p = 2}, rng);
    for (const Basis basis : {Basis{3, 2}, Basis{2, 1}, Basis{1, 0}, Basis{0, 2}, Basis{3, 0}}) {
        const EvaluationPolynomial b = a.copy(basis);
        CHECK(b.basis() == basis);
        for (int i = 0; i < b.limb_count(); ++i)
            for (int j = 0; j < a.limb_count(); ++j)
                if (a.prime(j) == b.prime(i)) CHECK(std::equal(b.limb(i), b.limb(i) + b.n(), a.limb(j)));
    }
    CHECK(test::equal(a, a.copy()));
}

TEST("a polynomial that was moved from holds no words") {
    const Ring ring = make_ring(10, {40});
    EvaluationPolynomial a = EvaluationPolynomial::zero(ring, {.q = 1});
    const EvaluationPolynomial b = std::move(a);
    CHECK_EQ(a.word_count(), 0u);  // NOLINT(bugprone-use-after-move): wiping relies on it
    CHECK_EQ(b.word_count(), 1u << 10);
}

TEST("a ring refuses degrees, moduli and repetitions that do not make one") {
    const u64 prime = make_ring(10, {40}).modulus(0).value();
    CHECK_THROWS_CODE(Ring(2, {prime}, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ring(18, {prime}, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ring(10, {prime, prime}, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ring(10, {prime}, {prime}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ring(10, {prime + 2048}, {}), ErrorCode::parameters_invalid);  // composite, or not 1 modulo 2N
    CHECK_THROWS_CODE(Ring(10, {97}, {}), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ring(10, {u64{1} << 51 | 1}, {}), ErrorCode::parameters_invalid);
}

}  // namespace
}  // namespace ciphernet
