#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

TEST("a rotation moves slot i + k to slot i, conjugation conjugates, at every level and scale") {
    for (const auto& set : sets()) {
        Context c(set, {1, 3, -2});
        Rng rng(1);
        const Slots a = unit_slots(c.slots(), rng);
        const auto conjugated = map(a, [](auto v) { return std::conj(v); });
        for (int level = 4; level >= 0; --level) {
            const Ciphertext x = c.encrypt(a, level);
            for (const int steps : {1, 3, -2, 0}) {
                const Ciphertext r = c.evaluator.rotate(x, steps);
                CHECK_EQ(r.level(), level);
                c.check(r, rotated(a, steps));
            }
            c.check(c.evaluator.conjugate(x), conjugated);
        }
        const Ciphertext due = c.evaluator.multiply_scalar(c.encrypt(a, 4), 1.0, false);
        const Ciphertext turned = c.evaluator.rotate(due, 3);
        CHECK_EQ(turned.scale_degree, 2);
        c.check(turned, rotated(a, 3));
        c.check(c.evaluator.rescale(turned), rotated(a, 3));
        // Whole turns more or less change nothing.
        const int slots = static_cast<int>(c.slots());
        c.check(c.evaluator.rotate(due, 1 + slots), rotated(a, 1));
        c.check(c.evaluator.rotate(due, 1 - 3 * slots), rotated(a, 1));
        c.check(c.evaluator.rotate(due, -slots), a);
    }
}

TEST("hoisted rotations are the rotations, bit for bit") {
    for (const auto& set : sets()) {
        Context c(set, {1, 3, -2});
        Rng rng(2);
        const Slots a = unit_slots(c.slots(), rng);
        for (const int level : {4, 1}) {
            const Ciphertext x = c.encrypt_public(a, level);
            const std::vector<int> steps{3, 0, 1, -2, 3};
            const auto all = c.evaluator.rotate_hoisted(x, steps);
            REQUIRE(all.size() == steps.size());
            for (std::size_t i = 0; i < steps.size(); ++i) {
                c.check(all[i], rotated(a, steps[i]));
                const Ciphertext one = c.evaluator.rotate(x, steps[i]);
                for (std::size_t part = 0; part < 2; ++part)
                    CHECK(ciphernet::test::equal(all[i].body.parts[part], one.body.parts[part]));
            }
        }
        CHECK_EQ(c.evaluator.rotate_hoisted(c.encrypt(a, 1), {}).size(), 0u);
    }
}

TEST("a product with i is exact, at every level, scale and degree, and four of them are none") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(6);
        const Slots a = unit_slots(c.slots(), rng);
        const Slots turned = map(a, [](auto v) { return std::complex<double>(0, 1) * v; });
        for (int level = 4; level >= 0; --level) {
            const Ciphertext x = c.encrypt(a, level);
            const Ciphertext r = c.evaluator.multiply_by_i(x);
            CHECK_EQ(r.level(), level);
            CHECK_EQ(r.noise.deviation, x.noise.deviation);
            CHECK_EQ(r.noise.magnitude, x.noise.magnitude);
            c.check(r, turned);
            Ciphertext back = r.copy();
            for (int k = 0; k < 3; ++k) back = c.evaluator.multiply_by_i(back);
            for (std::size_t part = 0; part < 2; ++part)
                CHECK(ciphernet::test::equal(back.body.parts[part], x.body.parts[part]));
        }
        const Ciphertext x = c.encrypt(a, 4);
        const Ciphertext due = c.evaluator.multiply_by_i(c.evaluator.multiply_scalar(x, 1.0, false));
        CHECK_EQ(due.scale_degree, 2);
        c.check(due, turned);
        const Ciphertext three = c.evaluator.multiply_by_i(c.evaluator.multiply(x, x, {.relinearize = false}));
        CHECK_EQ(three.degree(), 2);
        c.check(three, map(a, [](auto v) { return std::complex<double>(0, 1) * v * v; }), 4);
    }
}

TEST("a complex vector splits into twice its parts, and joins again from two real ones, without a level") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(7);
        const Slots a = unit_slots(c.slots(), rng);
        const auto re = map(a, [](auto v) { return v.real(); });
        const auto im = map(a, [](auto v) { return v.imag(); });
        const auto twice = [](const Slots& x) { return map(x, [](auto v) { return 2.0 * v; }); };
        for (const int level : {4, 1, 0}) {
            const auto [real, imaginary] = c.evaluator.split_complex(c.encrypt(a, level));
            CHECK_EQ(real.level(), level);
            CHECK_EQ(imaginary.level(), level);
            c.check(real, twice(re));
            c.check(imaginary, twice(im));
            c.check(c.evaluator.join_complex(real, imaginary), twice(a));
            c.check(c.evaluator.join_complex(c.encrypt(re, 4), c.encrypt(im, level)), a);
        }
    }
}

TEST("the parts of a complex vector keep its mark, and need degree 1 and the conjugation key") {
    Context c(literal(10, 2, 40));
    Rng rng(8);
    const Ciphertext x = c.encrypt(unit_slots(c.slots(), rng), 2);
    const Ciphertext three = c.evaluator.multiply(x, x, {.relinearize = false});
    CHECK_THROWS_CODE(c.evaluator.split_complex(three), ErrorCode::degree_mismatch);
    const Evaluator keyless(c.parameters, nullptr, Execution());
    CHECK_THROWS_CODE(keyless.split_complex(x), ErrorCode::key_missing);
    for (const bool insecure : {false, true}) {
        Ciphertext marked = x.copy();
        marked.insecure = insecure;
        c.keys->insecure = false;
        CHECK_EQ(c.evaluator.multiply_by_i(marked).insecure, insecure);
        CHECK_EQ(c.evaluator.join_complex(marked, marked).insecure, insecure);
        for (const Ciphertext& part : c.evaluator.split_complex(marked)) CHECK_EQ(part.insecure, insecure);
        c.keys->insecure = true;
        for (const Ciphertext& part : c.evaluator.split_complex(marked)) CHECK(part.insecure);
    }
}

TEST("an inner sum adds slots a stride apart, forwards and backwards") {
    Context c(literal(10, 2, 40), {1, 2, 4, 8, 3, 6, -1, -2});
    Rng rng(3);
    const Slots a = unit_slots(c.slots(), rng);
    for (const auto& [count, stride] : {std::pair{1, 1}, {2, 1}, {16, 1}, {4, 3}, {4, -1}, {2, 8}}) {
        Slots expected(c.slots(), 0);
        for (int k = 0; k < count; ++k) expected = test::sum(expected, rotated(a, k * stride));
        c.check(c.evaluator.inner_sum(c.encrypt(a, 1), count, stride), expected);
    }
    const Ciphertext x = c.encrypt(a, 1);
    for (const int count : {0, 3, -4, 1024})
        CHECK_THROWS_CODE(c.evaluator.inner_sum(x, count), ErrorCode::invalid_argument);
    // A stride of whole turns doubles, however far it goes.
    const Ciphertext twice = c.evaluator.inner_sum(x, 4, 512 * ((1 << 21) + 1));
    c.check(twice, map(a, [](auto v) { return 4.0 * v; }));
}

TEST("an inner sum over all slots of a sparse packing is the sum") {
    Context c(literal(10, 1, 40, 1, 3), {1, 2, 4});
    Rng rng(4);
    const Slots a = unit_slots(c.slots(), rng);
    std::complex<double> total = 0;
    for (const auto& x : a) total += x;
    c.check(c.evaluator.inner_sum(c.encrypt(a, 1), 8), Slots(8, total));
}

TEST("a missing rotation key is named, before any work on the others") {
    Context c(literal(10, 2, 40), {1});
    const Ciphertext x = c.encrypt({}, 2);
    const auto message = [&](const auto& f) {
        try {
            f();
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::key_missing);
            return std::string(e.what());
        }
        CHECK(false);
        return std::string();
    };
    CHECK(message([&] { c.evaluator.rotate(x, 7); }).find("rotation by 7") != std::string::npos);
    CHECK(message([&] { c.evaluator.rotate_hoisted(x, std::vector<int>{1, -3}); }).find("rotation by -3") !=
          std::string::npos);
    CHECK(message([&] { c.evaluator.inner_sum(x, 4); }).find("rotation by 2") != std::string::npos);
    const Evaluator keyless(c.parameters, nullptr, Execution());
    CHECK_THROWS_CODE(keyless.rotate(x, 1), ErrorCode::key_missing);
    CHECK_THROWS_CODE(keyless.conjugate(x), ErrorCode::key_missing);
    c.check(keyless.rotate(x, 0), {});

    const u32 element = rotation_element(c.parameters->ring(), 1);
    c.keys->galois[element] = std::make_shared<const rlwe::GaloisKey>(c.generator.galois_key(element, 1));
    CHECK(message([&] { c.evaluator.rotate(x, 1); }).find("level") != std::string::npos);
    Rng rng(5);
    const Slots a = unit_slots(c.slots(), rng);
    c.check(c.evaluator.rotate(c.encrypt(a, 1), 1), rotated(a, 1));
    c.check(c.evaluator.rotate(c.encrypt(a, 0), 1), rotated(a, 1));
}

}  // namespace
}  // namespace ciphernet::ckks
