#include "ring/automorphism.hpp"

#include <complex>
#include <numbers>
#include <vector>

#include "ckks/encoding.hpp"
#include "ring/operations.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

using test::equal;
using test::make_ring;
using test::random_polynomial;

template <class Polynomial>
Polynomial image(const Polynomial& a, u32 element) {
    Polynomial r(a.ring(), a.basis());
    apply(r, a, Automorphism(a.ring(), element), Execution());
    return r;
}

u32 random_element(const Ring& ring, Rng& rng) { return static_cast<u32>(rng.below(ring.n()) * 2 + 1); }

TEST("in coefficients, X goes to X^element: the coefficient k lands at k element modulo 2N, X^N being -1") {
    const Ring ring = make_ring(4, {30, 31}, {32});
    Rng rng(1);
    const auto a = random_polynomial<CoefficientPolynomial>(ring, {.q = 2, .p = 1}, rng);
    for (u32 element = 1; element < 32; element += 2) {
        const CoefficientPolynomial r = image(a, element);
        bool same = true;
        for (int i = 0; i < 3; ++i)
            for (u32 k = 0; k < 16; ++k) {
                const u32 power = k * element % 32;
                const u64 q = ring.modulus(i).value();
                const u64 x = a.limb(i)[k];
                same = same && r.limb(i)[power % 16] == (power < 16 || x == 0 ? x : q - x);
            }
        CHECK(same);
    }
}

TEST("the permutation of evaluation points is the automorphism of coefficients") {
    for (const int log_n : {3, 5, 10, 11}) {
        const Ring ring = make_ring(log_n, {50, 30}, {40});
        Rng rng(2);
        const auto a = random_polynomial<CoefficientPolynomial>(ring, {.q = 2, .p = 1}, rng);
        for (int round = 0; round < 10; ++round) {
            const u32 element = round == 0 ? conjugation_element(ring) : random_element(ring, rng);
            const EvaluationPolynomial r = image(to_evaluation(a.copy(), Execution()), element);
            CHECK(equal(to_coefficient(r.copy(), Execution()), image(a, element)));
        }
    }
}

TEST("automorphisms compose by the product of their elements, and the inverse element undoes one") {
    for (const int log_n : {3, 10, 12}) {
        const Ring ring = make_ring(log_n, {40});
        const u32 order = static_cast<u32>(2 * ring.n());
        Rng rng(3);
        const auto a = random_polynomial<EvaluationPolynomial>(ring, {.q = 1}, rng);
        CHECK(equal(image(a, 1), a));
        for (int round = 0; round < 20; ++round) {
            const u32 g = random_element(ring, rng);
            const u32 h = random_element(ring, rng);
            CHECK(equal(image(image(a, g), h), image(a, static_cast<u32>(u64{g} * h % order))));
            CHECK_EQ(u64{g} * inverse_element(ring, g) % order, 1u);
            CHECK(equal(image(image(a, g), inverse_element(ring, g)), a));
        }
    }
    // Up to the largest ring, in numbers alone.
    const Ring largest = make_ring(17, {40});
    Rng rng(4);
    for (int round = 0; round < 1000; ++round) {
        const u32 g = random_element(largest, rng);
        CHECK_EQ(u64{g} * inverse_element(largest, g) % (u64{1} << 18), 1u);
    }
}

TEST("the element of a rotation is a power of 5, of the negative steps its inverse, of all slots none") {
    for (const int log_n : {3, 10, 15}) {
        const Ring ring = make_ring(log_n, {30});
        const u64 order = 2 * ring.n();
        const int slots = static_cast<int>(ring.n() / 2);
        u64 power = 1;
        for (int steps = 0; steps < std::min(slots, 200); ++steps) {
            CHECK_EQ(rotation_element(ring, steps), power);
            CHECK_EQ(rotation_element(ring, steps - slots), power);
            CHECK_EQ(rotation_element(ring, steps + slots), power);
            CHECK_EQ(rotation_element(ring, -steps), inverse_element(ring, static_cast<u32>(power)));
            power = power * 5 % order;
        }
        CHECK_EQ(rotation_element(ring, slots), 1u);
        CHECK_EQ(conjugation_element(ring), order - 1);
    }
}

TEST("a rotation by k moves slot i + k to slot i, and conjugation conjugates, full and sparse") {
    const Ring ring = make_ring(10, {50, 50});
    const Basis basis{.q = 2};
    const ckks::Embeddings tables(ring);
    const DoubleDouble scale{0x1p40, 0};
    Rng rng(5);
    for (const int log_slots : {9, 4, 0}) {
        const std::size_t slots = std::size_t{1} << log_slots;
        std::vector<double> re(slots);
        std::vector<double> im(slots);
        for (std::size_t i = 0; i < slots; ++i) re[i] = rng.uniform(-1, 1), im[i] = rng.uniform(-1, 1);
        const CoefficientPolynomial a =
            test::residues(ckks::encode(ring, basis, tables, re, im, log_slots, scale), ring, basis);
        std::vector<double> re2(slots);
        std::vector<double> im2(slots);
        for (const int steps : {1, 3, 200, -1, -7}) {
            ckks::decode(image(a, rotation_element(ring, steps)), tables, log_slots, scale, re2, im2);
            for (std::size_t i = 0; i < slots; ++i) {
                const std::size_t from = static_cast<std::size_t>(static_cast<int>(i) + steps + 4096) % slots;
                CHECK_NEAR(re2[i], re[from], 1e-9);
                CHECK_NEAR(im2[i], im[from], 1e-9);
            }
        }
        ckks::decode(image(a, conjugation_element(ring)), tables, log_slots, scale, re2, im2);
        for (std::size_t i = 0; i < slots; ++i) {
            CHECK_NEAR(re2[i], re[i], 1e-9);
            CHECK_NEAR(im2[i], -im[i], 1e-9);
        }
    }
}

}  // namespace
}  // namespace ciphernet
