#include "ckks/encoding.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "arith/primes.hpp"
#include "ring/automorphism.hpp"
#include "ring/operations.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

DoubleDouble power_of_two(int e) { return {std::ldexp(1.0, e), 0}; }

Ring make_ring(int log_n, const std::vector<int>& bits) {
    std::vector<u64> primes;
    for (const int b : bits) primes.push_back(largest_prime(b, u64{2} << log_n, primes));
    return Ring(log_n, primes, {});
}

std::vector<double> random_values(Rng& rng, std::size_t count) {
    std::vector<double> x(count);
    for (double& v : x) v = rng.uniform(-1, 1);
    return x;
}

CoefficientPolynomial encode_residues(const Ring& ring, Basis basis, const Embeddings& tables,
                                      std::span<const double> re, std::span<const double> im, int log_slots,
                                      DoubleDouble scale, const Execution& execution = {}) {
    return test::residues(encode(ring, basis, tables, re, im, log_slots, scale, execution), ring, basis);
}

/// Half a unit in each of the 2n coefficients is at most this in the root mean square over the slots (Parseval).
double rounding_error(int log_slots, double log_scale) { return std::exp2(0.5 * (log_slots + 1) - 1 - log_scale); }

double root_mean_square(std::span<const double> a, std::span<const double> b) {
    double sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += (a[j] - b[j]) * (a[j] - b[j]);
    return std::sqrt(sum / static_cast<double>(a.size()));
}

void check_round_trip(const Ring& ring, const Embeddings& tables, int log_slots, int log_scale, bool real, Rng& rng) {
    const std::size_t slots = std::size_t{1} << log_slots;
    const auto re = random_values(rng, slots);
    const auto im = real ? std::vector<double>{} : random_values(rng, slots);
    const auto a = encode_residues(ring, {ring.q_count()}, tables, re, im, log_slots, power_of_two(log_scale));
    std::vector<double> re_back(slots), im_back(slots);
    decode(a, tables, log_slots, power_of_two(log_scale), re_back, im_back);
    // Slots up to sqrt(2) in magnitude go through both transforms and are rounded to double at the end.
    const double transform = log_scale <= 45 ? 2 * embedding_error<double>(log_slots) + 0x1p-51 : 0x1p-52;
    const double bound = rounding_error(log_slots, log_scale) + 1.5 * transform;
    CHECK_LE(root_mean_square(re_back, re), bound);
    CHECK_LE(root_mean_square(im_back, real ? std::vector<double>(slots) : im), bound);
}

TEST("decoding undoes encoding within the rounding and the proven transform error, sparse and full, N = 2^10 … 2^16") {
    Rng rng(1);
    for (int log_n = 10; log_n <= 16; ++log_n) {
        const Ring ring = make_ring(log_n, {50, 50});
        const Embeddings tables(ring);
        for (int log_slots = 0; log_slots < log_n; ++log_slots)
            check_round_trip(ring, tables, log_slots, log_slots % 2 ? 40 : 58, log_slots % 3 == 0, rng);
        check_round_trip(ring, tables, log_n - 1, 45, false, rng);
        check_round_trip(ring, tables, log_n - 1, 46, false, rng);
    }
}

TEST("at every scale from 2^20 to 2^60 the encoded slots are off by the rounding alone") {
    constexpr int kLogN = 11;
    const Ring ring = make_ring(kLogN, {50, 50, 50});
    const Embeddings tables(ring);
    const std::size_t slots = ring.n() / 2;
    Rng rng(2);
    for (int log_scale = 20; log_scale <= 60; log_scale += 2) {
        const auto re = random_values(rng, slots);
        const auto im = random_values(rng, slots);
        const auto a = encode_residues(ring, {3}, tables, re, im, kLogN - 1, power_of_two(log_scale));
        // Decoded without the rounding to double at the end.
        std::vector<DoubleDouble> x(2 * slots);
        tables.mixed_radix().compose(x.data(), a, x.size(), 1, {});
        tables.in_double_double().to_slots(x.data(), x.data() + slots, kLogN - 1);
        double sum = 0;
        for (std::size_t j = 0; j < slots; ++j) {
            const double dr = to_double(ldexp(x[j], -log_scale) - re[j]);
            const double di = to_double(ldexp(x[slots + j], -log_scale) - im[j]);
            sum += dr * dr + di * di;
        }
        const double error = std::sqrt(sum / static_cast<double>(slots));
        // Rounding errors are uniform, with the variance 1/12 where the bound has 1/4.
        const double expected = rounding_error(kLogN - 1, log_scale) / std::sqrt(3.0);
        const double transform = log_scale <= 45 ? 1.5 * embedding_error<double>(kLogN - 1) : 0.0;
        CHECK_LE(error, 1.1 * expected + transform);
        CHECK_LE(0.9 * expected, error + transform);
    }
}

TEST("slots survive a scale that is no power of two and no double") {
    const Ring ring = make_ring(10, {50, 50});
    const Embeddings tables(ring);
    Rng rng(3);
    const auto re = random_values(rng, 512);
    const auto im = random_values(rng, 512);
    const DoubleDouble scale = DoubleDouble{0x1.123456789abcdp57, 0x1.3p2} / 3.0;
    const auto a = encode_residues(ring, {2}, tables, re, im, 9, scale);
    std::vector<double> re_back(512), im_back(512);
    decode(a, tables, 9, scale, re_back, im_back);
    CHECK_LE(root_mean_square(re_back, re), rounding_error(9, 55) + 0x1p-52);
    CHECK_LE(root_mean_square(im_back, im), rounding_error(9, 55) + 0x1p-52);
}

TEST("the product in the ring is the product slot by slot") {
    const Ring ring = make_ring(10, {50, 50});
    const Embeddings tables(ring);
    Rng rng(4);
    for (const int log_slots : {0, 1, 4, 9}) {
        const std::size_t slots = std::size_t{1} << log_slots;
        const auto ar = random_values(rng, slots), ai = random_values(rng, slots);
        const auto br = random_values(rng, slots), bi = random_values(rng, slots);
        auto a = to_evaluation(encode_residues(ring, {2}, tables, ar, ai, log_slots, power_of_two(40)), {});
        const auto b = to_evaluation(encode_residues(ring, {2}, tables, br, bi, log_slots, power_of_two(40)), {});
        multiply(a, a, b, {});
        std::vector<double> re(slots), im(slots), re_expected(slots), im_expected(slots);
        decode(to_coefficient(std::move(a), {}), tables, log_slots, power_of_two(80), re, im);
        for (std::size_t j = 0; j < slots; ++j) {
            re_expected[j] = ar[j] * br[j] - ai[j] * bi[j];
            im_expected[j] = ar[j] * bi[j] + ai[j] * br[j];
        }
        // Each factor is off by what rounding and transform allow, times the other's magnitude of at most sqrt(2).
        const double bound =
            2 * 1.5 * (rounding_error(log_slots, 40) + 1.5 * embedding_error<double>(log_slots) + 0x1p-50);
        CHECK_LE(root_mean_square(re, re_expected), bound);
        CHECK_LE(root_mean_square(im, im_expected), bound);
    }
}

TEST("X -> X^(5^k) rotates the slots and X -> X^-1 conjugates them") {
    const Ring ring = make_ring(10, {50, 50});
    const Embeddings tables(ring);
    Rng rng(5);
    for (const int log_slots : {1, 5, 9}) {
        const std::size_t slots = std::size_t{1} << log_slots;
        const auto re = random_values(rng, slots), im = random_values(rng, slots);
        const auto a = encode_residues(ring, {2}, tables, re, im, log_slots, power_of_two(56));
        auto r = CoefficientPolynomial::zero(ring, {2});
        std::vector<double> re_back(slots), im_back(slots), re_expected(slots), im_expected(slots);
        const double bound = rounding_error(log_slots, 56) + 0x1p-52;
        for (const int steps : {1, 3, -2}) {
            apply(r, a, Automorphism(ring, rotation_element(ring, steps)), {});
            decode(r, tables, log_slots, power_of_two(56), re_back, im_back);
            for (std::size_t j = 0; j < slots; ++j) {
                const std::size_t from = (j + 2 * slots + static_cast<std::size_t>(steps + 2) - 2) % slots;
                re_expected[j] = re[from];
                im_expected[j] = im[from];
            }
            CHECK_LE(root_mean_square(re_back, re_expected), bound);
            CHECK_LE(root_mean_square(im_back, im_expected), bound);
        }
        apply(r, a, Automorphism(ring, conjugation_element(ring)), {});
        decode(r, tables, log_slots, power_of_two(56), re_back, im_back);
        for (std::size_t j = 0; j < slots; ++j) im_expected[j] = -im[j];
        CHECK_LE(root_mean_square(re_back, re), bound);
        CHECK_LE(root_mean_square(im_back, im_expected), bound);
    }
}

TEST("a sparse encoding is the full encoding of the slots repeated") {
    const Ring ring = make_ring(10, {50, 50});
    const Embeddings tables(ring);
    Rng rng(6);
    const auto re = random_values(rng, 8), im = random_values(rng, 8);
    const auto a = encode_residues(ring, {2}, tables, re, im, 3, power_of_two(56));
    std::vector<double> full_re(512), full_im(512), re_expected(512), im_expected(512);
    decode(a, tables, 9, power_of_two(56), full_re, full_im);
    for (std::size_t j = 0; j < 512; ++j) {
        re_expected[j] = re[j % 8];
        im_expected[j] = im[j % 8];
    }
    CHECK_LE(root_mean_square(full_re, re_expected), rounding_error(3, 56) + 0x1p-52);
    CHECK_LE(root_mean_square(full_im, im_expected), rounding_error(3, 56) + 0x1p-52);
}

TEST("missing values are zero slots, and a prefix of the slots can be asked for") {
    const Ring ring = make_ring(10, {50, 50});
    const Embeddings tables(ring);
    const std::vector<double> re = {1, -2, 3}, im = {0.5};
    const auto a = encode_residues(ring, {2}, tables, re, im, 4, power_of_two(50));
    std::vector<double> re_back(16), im_back(16), prefix(2);
    decode(a, tables, 4, power_of_two(50), re_back, im_back);
    for (std::size_t j = 0; j < 16; ++j) {
        CHECK_NEAR(re_back[j], j < 3 ? re[j] : 0.0, 0x1p-45);
        CHECK_NEAR(im_back[j], j < 1 ? im[j] : 0.0, 0x1p-45);
    }
    decode(a, tables, 4, power_of_two(50), prefix, {});
    CHECK(std::equal(prefix.begin(), prefix.end(), re_back.begin()));
}

TEST("values up to the largest encodable magnitude fit, larger ones are refused with it") {
    const Ring ring = make_ring(10, {40, 40});
    const Embeddings tables(ring);
    for (const int limbs : {1, 2}) {
        double largest = 0.5;
        for (int i = 0; i < limbs; ++i) largest *= static_cast<double>(ring.modulus(i).value());
        for (const int log_scale : {30, 50}) {
            const DoubleDouble scale = power_of_two(log_scale);
            const double value = std::ldexp(largest, -log_scale);
            const auto encode_value = [&](double x) {
                return encode_residues(ring, {limbs}, tables, std::vector<double>{-x}, {}, 0, scale);
            };
            std::vector<double> back(1);
            decode(encode_value(0.999 * value), tables, 0, scale, back, {});
            CHECK_NEAR(back[0] / value, -0.999, 0x1p-39);  // half a unit of 2^39 at one limb
            CHECK_THROWS_CODE(encode_value(1.001 * value), ErrorCode::value_out_of_range);
            try {
                encode_value(1e6 * value);
            } catch (const Error& e) {
                REQUIRE(e.details().size() == 3 && e.details()[1].first == "largest_encodable");
                CHECK_NEAR(std::stod(e.details()[1].second) / value, 1.0, 1e-5);
                CHECK_NEAR(std::stod(e.details()[0].second) / value, 1e6, 10.0);
            }
            CHECK_THROWS_CODE(encode_constant(ring, {limbs}, {-1.001 * value, 0}, scale),
                              ErrorCode::value_out_of_range);
            CHECK_EQ(encode_constant(ring, {limbs}, {0.999 * value, 0}, scale).size(), limbs);
        }
    }
    CHECK_THROWS_CODE(encode(ring, {2}, tables, std::vector<double>{1.7e308}, {}, 0, power_of_two(30)),
                      ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(encode(ring, {2}, tables, std::vector<double>(512, -1.7e308), {}, 9, power_of_two(60)),
                      ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(encode(ring, {2}, tables, std::vector<double>(512, 1.7e308), {}, 9, {0x1p-300, 0}),
                      ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(encode_constant(ring, {2}, {1.7e308, 0}, power_of_two(60)), ErrorCode::value_out_of_range);
}

TEST("values that are not finite, too many of them, and bad scales are refused") {
    const Ring ring = make_ring(10, {50});
    const Embeddings tables(ring);
    const DoubleDouble scale = power_of_two(30);
    for (const double bad : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                             -std::numeric_limits<double>::infinity()}) {
        std::vector<double> x(16, 1.0);
        x[11] = x[14] = bad;
        try {
            encode(ring, {1}, tables, x, {}, 4, scale);
            CHECK(false && "not refused");
        } catch (const Error& e) {
            CHECK(e.code() == ErrorCode::not_finite);
            CHECK(e.details() == Error::Details{{"index", "11"}});
            CHECK(std::string(e.what()).find("real part of value 11") != std::string::npos);
        }
        const std::vector<double> fine(16, 1.0);
        CHECK_THROWS_CODE(encode(ring, {1}, tables, fine, x, 4, scale), ErrorCode::not_finite);
        CHECK_THROWS_CODE(encode_constant(ring, {1}, {bad, 0}, scale), ErrorCode::not_finite);
        CHECK_THROWS_CODE(encode(ring, {1}, tables, fine, {}, 4, {bad, 0}), ErrorCode::invalid_argument);
    }
    const std::vector<double> x(17, 1.0);
    CHECK_THROWS_CODE(encode(ring, {1}, tables, x, {}, 4, scale), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode(ring, {1}, tables, {}, x, 4, scale), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode(ring, {1}, tables, x, {}, 10, scale), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode(ring, {1}, tables, {}, {}, -1, scale), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(encode(ring, {1}, tables, x, {}, 5, {0, 0}), ErrorCode::invalid_argument);
    const auto a = encode_residues(ring, {1}, tables, x, {}, 5, scale);
    std::vector<double> out(33);
    CHECK_THROWS_CODE(decode(a, tables, 5, scale, out, {}), ErrorCode::invalid_argument);
    CHECK_THROWS_CODE(decode(a, tables, 5, {-1, 0}, {}, {}), ErrorCode::invalid_argument);
}

TEST("a constant is its product with the scale, rounded, modulo every prime") {
    const Ring ring = make_ring(10, {50, 31, 45});
    Rng rng(7);
    for (int k = 0; k < 200; ++k) {
        const double leading = std::ldexp(rng.uniform(1, 2), static_cast<int>(rng.below(40)));
        const DoubleDouble value = quick_two_sum(k % 2 ? leading : -leading, std::ldexp(rng.uniform(-1, 1), -50));
        const int log_scale = 20 + static_cast<int>(rng.below(41));
        const i128 expected = round_to_int128(ldexp(value, log_scale));
        const auto residues = encode_constant(ring, {3}, value, power_of_two(log_scale));
        REQUIRE(residues.size() == 3);
        for (int i = 0; i < 3; ++i)
            CHECK_EQ(residues[static_cast<std::size_t>(i)], ring.modulus(i).reduce_signed(expected));
    }
}

TEST("encoding and decoding do not depend on the threads, and threads may share the tables") {
    const Ring ring = make_ring(13, {50, 50, 50});
    const Embeddings tables(ring);
    Rng rng(8);
    const auto re = random_values(rng, 4096), im = random_values(rng, 4096);
    ThreadPool pool(3);
    // Both threads ask first for tables that nobody has made yet.
    std::vector<double> first(4096), second(4096);
    const auto round_trip = [&](std::vector<double>& out) {
        const auto a = encode_residues(ring, {3}, tables, re, im, 12, power_of_two(58), Execution(pool));
        decode(a, tables, 12, power_of_two(58), out, {}, Execution(pool));
    };
    std::thread other([&] { round_trip(second); });
    round_trip(first);
    other.join();
    CHECK(first == second);
    const auto one = encode_residues(ring, {3}, tables, re, im, 12, power_of_two(58));
    const auto many = encode_residues(ring, {3}, tables, re, im, 12, power_of_two(58), Execution(pool));
    CHECK(std::equal(one.limb(0), one.limb(0) + one.word_count(), many.limb(0)));
    std::vector<double> alone(4096);
    decode(one, tables, 12, power_of_two(58), alone, {});
    CHECK(alone == first);
}

}  // namespace
}  // namespace ciphernet::ckks
