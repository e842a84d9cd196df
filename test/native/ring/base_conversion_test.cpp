#include "ring/base_conversion.hpp"

#include <cmath>
#include <numeric>
#include <vector>

#include "ring/division.hpp"
#include "ring/operations.hpp"
#include "support/natural.hpp"
#include "support/ring.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

using test::equal;
using test::make_ring;
using test::Natural;
using test::random_polynomial;

std::vector<u64> values(const Ring& ring, int first, int end) {
    std::vector<u64> r;
    for (int i = first; i < end; ++i) r.push_back(ring.modulus(i).value());
    return r;
}

std::vector<int> range(int first, int end) {
    std::vector<int> r(static_cast<std::size_t>(end - first));
    std::iota(r.begin(), r.end(), first);
    return r;
}

/// log2(|x - S/2| / S) is below -40: either representative is right there.
bool near_tie(const Natural& x, const Natural& s) {
    const Natural twice = x * 2;
    const Natural distance = twice < s ? s - twice : twice - s;
    return distance * (u64{1} << 39) < s;  // |2x - S| < 2 S 2^-40
}

/// Numbers below the product of the moduli: the ends, around the half, and random ones.
std::vector<std::vector<u64>> interesting_residues(const std::vector<u64>& moduli, std::size_t count, Rng& rng) {
    const Natural s = Natural::product(moduli);
    const Natural half = s / 2;
    std::vector<Natural> ends{Natural(0),     Natural(1), Natural(2),        s - Natural(1),
                              s - Natural(2), half,       half + Natural(1), half - Natural(1)};
    // Steps of S/2^20 … S/2^44 to both sides of the half: on both sides of where the rounding is decided.
    Natural step = half / (u64{1} << 19);
    for (int i = 0; i < 12 && Natural(2) < step; ++i, step = step / 4) {
        ends.push_back(half + step);
        ends.push_back(half - step);
    }
    std::vector<std::vector<u64>> r;
    for (std::size_t i = 0; i < count; ++i) {
        r.emplace_back();
        for (const u64 q : moduli) r.back().push_back(i < ends.size() ? ends[i] % q : rng.below(q));
    }
    return r;
}

TEST("a base conversion gives the centred representative exactly, or the other one within 2^-40 of a tie") {
    const int log_n = 7;
    const std::size_t n = std::size_t{1} << log_n;
    for (const int k : {1, 2, 3, 5, 12, 30, 64}) {
        std::vector<int> bits;
        for (int j = 0; j < k; ++j) bits.push_back(k <= 5 ? 50 - 7 * j : 50 - j % 20);
        const Ring ring = make_ring(log_n, bits, {50, 20, 41});
        const BaseConverter converter(ring, range(0, k));
        const std::vector<u64> source = values(ring, 0, k);
        const Natural s = Natural::product(source);
        Rng rng(static_cast<u64>(k));
        const auto x = interesting_residues(source, n, rng);

        AlignedBuffer digits((static_cast<std::size_t>(k) + 1) * n);
        for (int j = 0; j < k; ++j) {
            u64* row = digits.data() + static_cast<std::size_t>(j) * n;
            for (std::size_t i = 0; i < n; ++i) row[i] = x[i][static_cast<std::size_t>(j)];
            ring.ntt(j).forward(row);
            converter.to_digits(row, j);
        }
        converter.count_wraps(digits.data(), n, 0, n / 2);
        converter.count_wraps(digits.data(), n, n / 2, n / 2);
        AlignedBuffer r(n);
        for (int t = k; t < k + 3; ++t) {
            const u64 q = ring.modulus(t).value();
            u64* const to = r.data();
            converter.convert({&to, 1}, digits.data(), n, n, {&t, 1});
            int wrong = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const Natural value = Natural::from_residues(x[i], source);
                const u64 low = value % q;
                const u64 high = (low + q - s % q) % q;
                const bool upper = s < value * 2;
                const u64 expected = upper ? high : low;
                if (r.data()[i] != expected && !(near_tie(value, s) && r.data()[i] == (upper ? low : high))) ++wrong;
            }
            CHECK_EQ(wrong, 0);
            CHECK_EQ(converter.product(t), s % q);
            CHECK_EQ(u128{converter.product(t)} * converter.product_inverse(t) % q, 1u);
        }
    }
}

/// Checks divide_and_round against exact division, with the documented error of 1/2 + 2^-40.
void check_division(const Ring& ring, Basis basis, int dropped, u64 seed) {
    Rng rng(seed);
    const int limbs = basis.size();
    const int kept = limbs - dropped;
    std::vector<int> primes;
    std::vector<u64> moduli;
    for (int i = 0; i < limbs; ++i) {
        primes.push_back(ring.prime_of_limb(basis, i));
        moduli.push_back(ring.modulus(basis, i).value());
    }
    const std::vector<u64> tail(moduli.begin() + kept, moduli.end());
    const Natural t = Natural::product(tail);
    CoefficientPolynomial a(ring, basis);
    const auto ends = interesting_residues(tail, ring.n(), rng);
    for (std::size_t i = 0; i < ring.n(); ++i)
        for (int j = 0; j < limbs; ++j)
            a.limb(j)[i] =
                j < kept ? rng.below(moduli[static_cast<std::size_t>(j)]) : ends[i][static_cast<std::size_t>(j - kept)];

    const BaseConverter converter(ring, {primes.begin() + kept, primes.end()});
    const EvaluationPolynomial quotient =
        divide_and_round(to_evaluation(a.copy(), Execution()), dropped, converter, Execution());
    CHECK(quotient.basis() ==
          (Basis{.q = basis.q - std::max(0, dropped - basis.p), .p = std::max(0, basis.p - dropped)}));
    const CoefficientPolynomial r = to_coefficient(quotient.copy(), Execution());
    int wrong = 0;
    for (std::size_t i = 0; i < ring.n(); ++i) {
        std::vector<u64> residues;
        for (int j = 0; j < limbs; ++j) residues.push_back(a.limb(j)[i]);
        const Natural x = Natural::from_residues(residues, moduli);
        Natural floor = x;
        Natural product(1);
        for (const u64 p : tail) floor = floor / p;
        product = floor;
        for (const u64 p : tail) product = product * p;
        const Natural rest = x - product;
        const bool up = t < rest * 2;
        for (int j = 0; j < kept; ++j) {
            const u64 q = moduli[static_cast<std::size_t>(j)];
            const u64 down_residue = floor % q;
            const u64 up_residue = (floor + Natural(1)) % q;
            const u64 got = r.limb(j)[i];
            if (got != (up ? up_residue : down_residue) &&
                !(near_tie(rest, t) && got == (up ? down_residue : up_residue)))
                ++wrong;
        }
    }
    CHECK_EQ(wrong, 0);
}

TEST("dividing by the last limbs rounds to the nearest integer, up to 2^-40 beyond a half") {
    const Ring ring = make_ring(7, {50, 33, 45, 22, 40, 41}, {50, 49, 48});
    check_division(ring, {.q = 6}, 1, 1);  // rescale
    check_division(ring, {.q = 6}, 2, 2);  // rescale by a level of two primes
    check_division(ring, {.q = 6}, 5, 3);
    check_division(ring, {.q = 6, .p = 3}, 3, 4);  // ModDown
    check_division(ring, {.q = 4, .p = 3}, 3, 5);  // at a lower level
    check_division(ring, {.q = 4, .p = 1}, 1, 6);
    check_division(ring, {.q = 6, .p = 3}, 4, 7);  // both in one
    check_division(ring, {.q = 5, .p = 3}, 5, 8);
    check_division(ring, {.q = 2, .p = 3}, 1, 9);  // part of P only
}

TEST("dividing by many limbs at once, up to the 64 that a conversion takes, keeps its bound") {
    std::vector<int> bits;
    for (int i = 0; i < 66; ++i) bits.push_back(50 - i % 15);
    const Ring ring = make_ring(7, bits);
    check_division(ring, {.q = 66}, 64, 10);
    check_division(ring, {.q = 40}, 30, 11);
}

TEST("the error of a division is centred: its mean over many coefficients vanishes") {
    // Rounding down instead would give a mean of 1/2. Uniform on [-1/2, 1/2]: standard error 1/sqrt(12 n).
    const Ring ring = make_ring(13, {50, 45}, {});
    Rng rng(12);
    const auto a = random_polynomial<CoefficientPolynomial>(ring, {.q = 2}, rng);
    const BaseConverter converter(ring, {1});
    const CoefficientPolynomial r =
        to_coefficient(divide_and_round(to_evaluation(a.copy(), Execution()), 1, converter, Execution()), Execution());
    const Modulus& q = ring.modulus(0);
    const double t = static_cast<double>(ring.modulus(1).value());
    double sum = 0;
    double squares = 0;
    for (std::size_t i = 0; i < ring.n(); ++i) {
        // r t - a modulo q is small: the rounding error times t.
        const u64 back = q.multiply(r.limb(0)[i], q.reduce(ring.modulus(1).value()));
        const double error = static_cast<double>(q.centred(q.subtract(back, a.limb(0)[i]))) / t;
        CHECK_LE(std::fabs(error), 0.5 + 0x1p-40);
        sum += error;
        squares += error * error;
    }
    const double n = static_cast<double>(ring.n());
    CHECK_LE(std::fabs(sum / n), 5 / std::sqrt(12 * n));
    CHECK_NEAR(squares / n * 12, 1.0, 0.05);
}

TEST("conversion and division give the same bits on any number of threads") {
    const Ring ring = make_ring(13, {50, 49, 48, 47, 46}, {50, 50});
    Rng rng(13);
    const auto a = random_polynomial<EvaluationPolynomial>(ring, {.q = 5, .p = 2}, rng);
    const BaseConverter converter(ring, {4, 5, 6});
    const EvaluationPolynomial expected = divide_and_round(a, 3, converter, Execution());
    for (const int threads : {1, 2, 3, 8}) {
        ThreadPool pool(threads);
        CHECK(equal(divide_and_round(a, 3, converter, Execution(pool)), expected));
    }
}

}  // namespace
}  // namespace ciphernet
