#include "ckks/encryption.hpp"

#include <bit>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

TEST("slots come back from both kinds of encryption within the predicted error, at every level, full and sparse") {
    for (const auto& set : sets()) {
        Context c(set);
        Rng rng(1);
        for (int level = 0; level <= c.top(); ++level) {
            const Slots a = unit_slots(c.slots(), rng);
            const Ciphertext x = c.encrypt(a, level);
            const Ciphertext y = c.encrypt_public(a, level);
            CHECK(x.body.mask_seed.has_value() && !y.body.mask_seed.has_value());
            CHECK_EQ(x.level(), level);
            CHECK_EQ(x.byte_count(), 2 * static_cast<std::size_t>(c.parameters->rlwe().limb_count(level)) *
                                         c.parameters->ring().n() * 8);
            c.check(x, a);
            c.check(y, a);
            CHECK(x.noise.deviation < y.noise.deviation);
            const SlotVector slots = decrypt(x, c.secret, c.execution);
            CHECK_EQ(slots.re.size(), c.slots());
            CHECK_EQ(slots.im.size(), c.slots());
        }
    }
}

TEST("missing slots are zero and a magnitude scales the prediction with the values") {
    Context c(literal(10, 1, 40));
    c.check(c.encrypt({1.0, {0, 1}, -0.5}, 1), {1.0, {0, 1}, -0.5});
    c.check(c.encrypt({}, 1), {});
    const Ciphertext large = c.encrypt({1000.0, -999.0}, 1, 1000);
    CHECK_EQ(large.noise.magnitude, 1000.0);
    c.check(large, {1000.0, -999.0});
}

TEST("values that cannot be encrypted are refused by name and slot") {
    Context c(literal(10, 1, 40));
    const double infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_CODE(c.encrypt({1, infinity}, 1), ErrorCode::not_finite);
    CHECK_THROWS_CODE(c.encrypt({{0, std::nan("")}}, 1), ErrorCode::not_finite);
    CHECK_THROWS_CODE(c.encrypt({0.5, 1.5}, 1), ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(c.encrypt({{0.8, 0.8}}, 1), ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(c.encrypt(Slots(513, 0), 1), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.encrypt({1}, 2), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.encrypt({1}, -1), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.encrypt({1}, 1, 0), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.encrypt({1}, 1, std::nan("")), ErrorCode::invalid_argument);
    // Declared, but more than the modulus of level 0 holds.
    CHECK_THROWS_CODE(c.encrypt(Slots(c.slots(), 0x1p20), 0, 0x1p20), ErrorCode::value_out_of_range);
    const std::vector<double> re{1, 2};
    const std::vector<double> im{1};
    CHECK_THROWS_CODE(encrypt(c.parameters, c.secret, {re, im}, 1, 5, c.random, c.execution),
                      ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(c.error(c.encrypt({}, 1), Slots(513, 0)), ErrorCode::invalid_argument);
    try {
        c.encrypt({0, 0, 7.25}, 1);
    } catch (const Error& e) {
        CHECK(std::string(e.what()).find("Slot 2 holds 7.25") != std::string::npos);
    }
}

TEST("the key of another set is refused, and another key of the same set reads nothing") {
    Context c(literal(10, 1, 40));
    Context other(literal(10, 1, 41));
    CHECK_THROWS_CODE(encrypt(c.parameters, other.secret, {}, 1, 1, c.random, c.execution),
                      ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(encrypt(c.parameters, other.public_key, {}, 1, 1, c.random, c.execution),
                      ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(decrypt(c.encrypt({}, 1), other.secret, c.execution), ErrorCode::parameters_mismatch);
    const Context stranger(literal(10, 1, 40), {}, Execution(), 1);
    CHECK(stranger.error(c.encrypt({}, 1), {}) > 0x1p20);
}

TEST("a plaintext decodes to its slots within the error of its encoding") {
    for (const auto& set : sets()) {
        const Context c(set);
        Rng rng(2);
        for (int level = 0; level <= c.top(); ++level) {
            const Slots a = unit_slots(c.slots(), rng);
            const Plaintext p = c.encode(a, level);
            const SlotVector slots = decode(*c.parameters, p, c.execution);
            double worst = 0;
            for (std::size_t i = 0; i < a.size(); ++i)
                worst = std::max(worst, std::hypot(slots.re[i] - a[i].real(), slots.im[i] - a[i].imag()));
            CHECK_LE(worst, p.noise.error_bound(c.slots()));
            CHECK_LE(p.noise.error_bound(c.slots()), 0x1p-20);
        }
    }
}

TEST("encoding, both kinds of encryption and decryption give the same bits on 1, 2, 3 and 8 threads") {
    // Above and below the scale where the embedding goes over to double-double; full and sparse.
    for (const int log_scale : {40, 48})
        for (const int log_slots : {12, 5}) {
            const ParametersLiteral set = literal(13, 4, log_scale, 1, log_slots);
            const auto parameters = std::make_shared<const Parameters>(set);
            Rng rng(3);
            std::vector<double> re(parameters->slots()), im(parameters->slots());
            for (double& x : re) x = rng.uniform(-0.7, 0.7);
            for (double& x : im) x = rng.uniform(-0.7, 0.7);
            const auto run = [&](const Execution& execution) {
                RandomSource random = RandomSource::insecure_deterministic(4);
                const rlwe::SecretKey secret = rlwe::SecretKey::generate(parameters->shared_rlwe(), random, execution);
                const rlwe::PublicKey key = rlwe::KeyGenerator(secret, random, execution).public_key();
                std::vector<u64> words;
                const auto keep = [&words](const EvaluationPolynomial& a) {
                    words.insert(words.end(), a.limb(0), a.limb(0) + a.word_count());
                };
                keep(encode(parameters, {re, im}, 3, 1, execution).value);
                const Ciphertext x = encrypt(parameters, secret, {re, im}, 4, 1, random, execution);
                const Ciphertext y = encrypt(parameters, key, {re, im}, 3, 1, random, execution);
                for (const Ciphertext* c : {&x, &y}) {
                    for (const EvaluationPolynomial& part : c->body.parts) keep(part);
                    const SlotVector slots = decrypt(*c, secret, execution);
                    for (const double slot : slots.re) words.push_back(std::bit_cast<u64>(slot));
                    for (const double slot : slots.im) words.push_back(std::bit_cast<u64>(slot));
                }
                return words;
            };
            const std::vector<u64> expected = run(Execution());
            for (const int threads : {1, 2, 3, 8}) {
                ThreadPool pool(threads);
                CHECK(run(Execution(pool)) == expected);
            }
        }
}

TEST("a copy is a ciphertext of its own") {
    Context c(literal(10, 1, 40));
    const Ciphertext a = c.encrypt({0.5}, 1);
    Ciphertext b = a.copy();
    b.body.parts[0].limb(0)[0] ^= 1;
    c.check(a, {0.5});
    CHECK(b.body.mask_seed == a.body.mask_seed);
}

}  // namespace
}  // namespace ciphernet::ckks
