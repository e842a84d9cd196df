#include "ring/operations.hpp"

#include <vector>

#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

using test::equal;
using test::make_ring;
using test::random_polynomial;

/// Checks r[k] = f(limb's modulus, limb, k) for every word.
template <class Polynomial, class Expected>
bool holds(const Polynomial& r, const Expected& expected) {
    for (int i = 0; i < r.limb_count(); ++i)
        for (std::size_t k = 0; k < r.n(); ++k)
            if (r.limb(i)[k] != expected(static_cast<u128>(r.modulus(i).value()), i, k)) return false;
    return true;
}

TEST("sums, differences, negatives and products are those of residues, with any result among the operands") {
    const Ring ring = make_ring(10, {50, 30, 22}, {49});
    const Basis basis{.q = 3, .p = 1};
    Rng rng(1);
    const Execution execution;
    const auto a = random_polynomial<EvaluationPolynomial>(ring, basis, rng);
    const auto b = random_polynomial<EvaluationPolynomial>(ring, basis, rng);
    const auto c = random_polynomial<EvaluationPolynomial>(ring, basis, rng);
    EvaluationPolynomial r(ring, basis);

    add(r, a, b, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (u128{a.limb(i)[k]} + b.limb(i)[k]) % q; }));
    subtract(r, a, b, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (q + a.limb(i)[k] - b.limb(i)[k]) % q; }));
    negate(r, a, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (q - a.limb(i)[k]) % q; }));
    multiply(r, a, b, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return u128{a.limb(i)[k]} * b.limb(i)[k] % q; }));
    r = c.copy();
    multiply_add(r, a, b, execution);
    CHECK(
        holds(r, [&](u128 q, int i, std::size_t k) { return (u128{a.limb(i)[k]} * b.limb(i)[k] + c.limb(i)[k]) % q; }));
    std::vector<u64> w;
    for (int i = 0; i < 4; ++i) w.push_back(rng.below(ring.modulus(basis, i).value()));
    multiply_scalar(r, a, w, execution);
    CHECK(holds(r,
                [&](u128 q, int i, std::size_t k) { return u128{a.limb(i)[k]} * w[static_cast<std::size_t>(i)] % q; }));
    r = a.copy();
    add_constant(r, w, execution);
    CHECK(holds(
        r, [&](u128 q, int i, std::size_t k) { return (u128{a.limb(i)[k]} + w[static_cast<std::size_t>(i)]) % q; }));

    r = a.copy();
    add(r, r, r, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return u128{2} * a.limb(i)[k] % q; }));
    r = b.copy();
    subtract(r, a, r, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (q + a.limb(i)[k] - b.limb(i)[k]) % q; }));
    r = a.copy();
    multiply(r, r, r, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return u128{a.limb(i)[k]} * a.limb(i)[k] % q; }));
}

TEST("zero and the largest residues are reduced like all others") {
    const Ring ring = make_ring(10, {50, 20});
    const Basis basis{.q = 2};
    const Execution execution;
    CoefficientPolynomial a(ring, basis);
    CoefficientPolynomial b(ring, basis);
    for (int i = 0; i < 2; ++i)
        for (std::size_t k = 0; k < ring.n(); ++k) {
            const u64 q = ring.modulus(i).value();
            const u64 ends[] = {0, 1, q - 1, q / 2};
            a.limb(i)[k] = ends[k % 4];
            b.limb(i)[k] = ends[k / 4 % 4];
        }
    CoefficientPolynomial r(ring, basis);
    add(r, a, b, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (u128{a.limb(i)[k]} + b.limb(i)[k]) % q; }));
    subtract(r, a, b, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (q + a.limb(i)[k] - b.limb(i)[k]) % q; }));
    negate(r, a, execution);
    CHECK(holds(r, [&](u128 q, int i, std::size_t k) { return (q - a.limb(i)[k]) % q; }));
}

TEST("an operand over a larger basis counts modulo the result's primes") {
    const Ring ring = make_ring(10, {40, 41, 42}, {45, 46});
    Rng rng(2);
    const Execution execution;
    const auto a = random_polynomial<EvaluationPolynomial>(ring, {.q = 3, .p = 2}, rng);
    const auto b = random_polynomial<EvaluationPolynomial>(ring, {.q = 2, .p = 2}, rng);
    const Basis basis{.q = 1, .p = 1};
    EvaluationPolynomial r(ring, basis);
    EvaluationPolynomial expected(ring, basis);
    multiply(r, a, b, execution);
    multiply(expected, a.copy(basis), b.copy(basis), execution);
    CHECK(equal(r, expected));
    add(r, a, b, execution);
    add(expected, a.copy(basis), b.copy(basis), execution);
    CHECK(equal(r, expected));
    subtract(r, a, b, execution);
    subtract(expected, a.copy(basis), b.copy(basis), execution);
    CHECK(equal(r, expected));
    negate(r, a, execution);
    negate(expected, a.copy(basis), execution);
    CHECK(equal(r, expected));
    r = EvaluationPolynomial::zero(ring, basis);
    multiply_add(r, a, b, execution);
    multiply(expected, a.copy(basis), b.copy(basis), execution);
    CHECK(equal(r, expected));
}

TEST("the product at the evaluation points is the negacyclic product of coefficients") {
    const Ring ring = make_ring(5, {50, 33}, {40});
    const Basis basis{.q = 2, .p = 1};
    const Execution execution;
    Rng rng(3);
    const auto a = random_polynomial<CoefficientPolynomial>(ring, basis, rng);
    const auto b = random_polynomial<CoefficientPolynomial>(ring, basis, rng);
    const EvaluationPolynomial x = to_evaluation(a.copy(), execution);
    const EvaluationPolynomial y = to_evaluation(b.copy(), execution);
    CHECK(equal(to_coefficient(x.copy(), execution), a));
    EvaluationPolynomial product(ring, basis);
    multiply(product, x, y, execution);
    const CoefficientPolynomial r = to_coefficient(std::move(product), execution);
    const std::size_t n = ring.n();
    CHECK(holds(r, [&](u128 q, int limb, std::size_t k) {
        u128 sum = 0;
        for (std::size_t i = 0; i < n; ++i) {
            const std::size_t j = (k + n - i) % n;
            const u128 term = u128{a.limb(limb)[i]} * b.limb(limb)[j] % q;
            sum += i <= k ? term : q - term;
        }
        return sum % q;
    }));
}

TEST("signed coefficients become their residues") {
    const Ring ring = make_ring(10, {50, 20}, {30});
    const Basis basis{.q = 2, .p = 1};
    Rng rng(4);
    std::vector<std::int8_t> x(ring.n());
    for (std::int8_t& value : x) value = static_cast<std::int8_t>(rng.next());
    CHECK(holds(from_signed(ring, basis, x, {}), [&](u128 q, int, std::size_t k) {
        return x[k] >= 0 ? static_cast<u128>(x[k]) : q - static_cast<u128>(-x[k]);
    }));
}

TEST("operations give the same bits on 1, 2, 3 and 8 threads") {
    const Ring ring = make_ring(13, {50, 49, 48, 47, 46, 45});
    const Basis basis{.q = 6};
    Rng rng(5);
    const auto a = random_polynomial<CoefficientPolynomial>(ring, basis, rng);
    const auto b = random_polynomial<EvaluationPolynomial>(ring, basis, rng);
    const auto run = [&](const Execution& execution) {
        EvaluationPolynomial x = to_evaluation(a.copy(), execution);
        multiply_add(x, x, b, execution);
        subtract(x, x, b, execution);
        return to_coefficient(std::move(x), execution);
    };
    const CoefficientPolynomial expected = run(Execution());
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        CHECK(equal(run(Execution(pool)), expected));
    }
}

TEST("a stop that was asked for ends an operation on polynomials, large or small") {
    ThreadPool pool(2);
    std::stop_source stop;
    const Execution execution(pool, stop.get_token());
    for (const int log_n : {10, 15}) {
        const Ring ring = make_ring(log_n, {50, 49});
        EvaluationPolynomial a = EvaluationPolynomial::zero(ring, {.q = 2});
        add(a, a, a, Execution(pool));
        stop.request_stop();
        CHECK_THROWS_CODE(add(a, a, a, execution), ErrorCode::cancelled);
        CHECK_THROWS_CODE(to_coefficient(a.copy(), execution), ErrorCode::cancelled);
    }
}

}  // namespace
}  // namespace ciphernet
