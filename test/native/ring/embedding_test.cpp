#include "ring/embedding.hpp"

#include <cmath>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "support/test.hpp"
#include "vectors/embedding_vectors.hpp"

namespace ciphernet {
namespace {

DoubleDouble exact(double x) { return {x, 0}; }
DoubleDouble exact(DoubleDouble x) { return x; }

template <class Real>
struct Slots {
    std::vector<Real> re, im;
};

template <class Real>
Slots<Real> random_slots(Rng& rng, std::size_t n) {
    Slots<Real> z{std::vector<Real>(n), std::vector<Real>(n)};
    for (std::size_t k = 0; k < n; ++k) {
        if constexpr (std::is_same_v<Real, double>) {
            z.re[k] = rng.uniform(-1, 1);
            z.im[k] = rng.uniform(-1, 1);
        } else {
            z.re[k] = {rng.uniform(-1, 1), rng.uniform(-1, 1) * 0x1p-56};
            z.im[k] = {rng.uniform(-1, 1), rng.uniform(-1, 1) * 0x1p-56};
            z.re[k] = quick_two_sum(z.re[k].hi, z.re[k].lo);
            z.im[k] = quick_two_sum(z.im[k].hi, z.im[k].lo);
        }
    }
    return z;
}

/// |a - b| / |b| in the Euclidean norm.
template <class A, class B>
double relative_distance(const Slots<A>& a, const Slots<B>& b) {
    double error = 0;
    double norm = 0;
    for (std::size_t k = 0; k < b.re.size(); ++k) {
        const double dr = to_double(exact(a.re[k]) - exact(b.re[k]));
        const double di = to_double(exact(a.im[k]) - exact(b.im[k]));
        const double br = to_double(exact(b.re[k]));
        const double bi = to_double(exact(b.im[k]));
        error += dr * dr + di * di;
        norm += br * br + bi * bi;
    }
    return std::sqrt(error / norm);
}

template <class Real>
void check_against_definition() {
    const Embedding<Real> embedding(10);
    for (const auto& vector : vectors::kEmbedding) {
        const std::size_t n = std::size_t{1} << vector.log_slots;
        REQUIRE(vector.coefficients.size() == 2 * n && vector.re.size() == n);
        Slots<Real> coefficients{std::vector<Real>(n), std::vector<Real>(n)};
        for (std::size_t k = 0; k < n; ++k) {
            coefficients.re[k] = Real{vector.coefficients[k]};
            coefficients.im[k] = Real{vector.coefficients[n + k]};
        }
        const Slots<DoubleDouble> slots{vector.re, vector.im};

        Slots<Real> computed = coefficients;
        embedding.to_slots(computed.re.data(), computed.im.data(), vector.log_slots);
        // The vectors themselves are rounded to 2^-106.
        CHECK_LE(relative_distance(computed, slots), embedding_error<Real>(vector.log_slots) + 0x1p-105);

        // The rounding of the slots to Real comes back as an error of the coefficients.
        constexpr double rounding = std::is_same_v<Real, double> ? 0x1p-53 : 0x1p-105;
        for (std::size_t j = 0; j < n; ++j) {
            if constexpr (std::is_same_v<Real, double>) {
                computed.re[j] = vector.re[j].hi;
                computed.im[j] = vector.im[j].hi;
            } else {
                computed.re[j] = vector.re[j];
                computed.im[j] = vector.im[j];
            }
        }
        embedding.from_slots(computed.re.data(), computed.im.data(), vector.log_slots);
        CHECK_LE(relative_distance(computed, coefficients), embedding_error<Real>(vector.log_slots) + rounding);
    }
}

TEST("the embedding in double is the evaluation at the powers of 5, from the definition") {
    check_against_definition<double>();
}

TEST("the embedding in double-double is the evaluation at the powers of 5, from the definition") {
    check_against_definition<DoubleDouble>();
}

TEST("a monomial embeds into the powers of its root, at every size") {
    constexpr int kLogSlots = 15;
    const Embedding<DoubleDouble> embedding(kLogSlots);
    Rng rng(2);
    for (int log_slots = 0; log_slots <= kLogSlots; ++log_slots) {
        const u64 n = u64{1} << log_slots;
        const u64 k = rng.below(2 * n);
        Slots<DoubleDouble> a{std::vector<DoubleDouble>(n), std::vector<DoubleDouble>(n)};
        (k < n ? a.re : a.im)[k % n] = {1, 0};
        embedding.to_slots(a.re.data(), a.im.data(), log_slots);
        Slots<DoubleDouble> expected = a;
        for (u64 j = 0, power = 1; j < n; ++j, power = power * 5 % (4 * n))
            root_of_unity(power * k % (4 * n), 4 * n, expected.re[j], expected.im[j]);
        CHECK_LE(relative_distance(a, expected), embedding_error<DoubleDouble>(log_slots) + 0x1p-100);
    }
}

template <class Real>
void check_inverse() {
    constexpr int kLogSlots = 14;
    const Embedding<Real> embedding(kLogSlots);
    Rng rng(3);
    for (int log_slots = 0; log_slots <= kLogSlots; ++log_slots) {
        const auto z = random_slots<Real>(rng, std::size_t{1} << log_slots);
        auto back = z;
        embedding.from_slots(back.re.data(), back.im.data(), log_slots);
        embedding.to_slots(back.re.data(), back.im.data(), log_slots);
        const double bound = embedding_error<Real>(log_slots);
        CHECK_LE(relative_distance(back, z), 2 * bound + bound * bound);
    }
}

TEST("to_slots undoes from_slots within twice the bound, in double") { check_inverse<double>(); }
TEST("to_slots undoes from_slots within twice the bound, in double-double") { check_inverse<DoubleDouble>(); }

TEST("the embedding in double stays within its proven error of the one in double-double, and the bound is not loose") {
    constexpr int kLogSlots = 16;
    const Embedding<double> in_double(kLogSlots);
    const Embedding<DoubleDouble> in_double_double(kLogSlots);
    Rng rng(4);
    for (int log_slots = 1; log_slots <= kLogSlots; ++log_slots) {
        auto z = random_slots<double>(rng, std::size_t{1} << log_slots);
        Slots<DoubleDouble> reference;
        for (const double x : z.re) reference.re.push_back({x, 0});
        for (const double x : z.im) reference.im.push_back({x, 0});
        const bool forward = log_slots % 2 == 0;
        if (forward) {
            in_double.to_slots(z.re.data(), z.im.data(), log_slots);
            in_double_double.to_slots(reference.re.data(), reference.im.data(), log_slots);
        } else {
            in_double.from_slots(z.re.data(), z.im.data(), log_slots);
            in_double_double.from_slots(reference.re.data(), reference.im.data(), log_slots);
        }
        const double error = relative_distance(z, reference);
        CHECK_LE(error, embedding_error<double>(log_slots));
        if (log_slots >= 4) CHECK_LE(embedding_error<double>(log_slots), 0x1p7 * error);
    }
    CHECK_LE(embedding_error<double>(16), 0x1p-46);
    CHECK_LE(embedding_error<DoubleDouble>(16), 0x1p-95);
}

}  // namespace
}  // namespace ciphernet
