#include "ckks/parameters.hpp"

#include <cmath>
#include <limits>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using test::literal;

double log2_of(DoubleDouble x) { return std::log2(x.hi) + x.lo / x.hi / std::numbers::ln2; }

TEST("every level has one scale, the square of the one above divided by the modulus between, to 2^-90") {
    for (const auto& set : {literal(10, 20, 40), literal(10, 10, 56), literal(12, 20, 30), literal(11, 5, 90)}) {
        const Parameters p(set);
        CHECK_EQ(p.scale(p.max_level()).hi, std::exp2(set.log_scale));
        CHECK_EQ(p.scale(p.max_level()).lo, 0.0);
        for (int l = p.max_level(); l > 0; --l) {
            DoubleDouble modulus{1, 0};
            for (const u64 q : p.rlwe().literal().levels[static_cast<std::size_t>(l)])
                modulus = modulus * static_cast<double>(q);
            const DoubleDouble off = p.scale(l - 1) * modulus - p.scale(l) * p.scale(l);
            CHECK_LE(std::fabs(off.hi / (p.scale(l).hi * p.scale(l).hi)), 0x1p-90);
        }
    }
}

TEST("the scale stays within 2^-10 of its nominal value over 30 levels") {
    for (const auto& set : {literal(10, 30, 40), literal(14, 30, 40), literal(14, 30, 35), literal(10, 30, 49),
                            literal(10, 30, 50), literal(12, 30, 56), literal(10, 30, 60), literal(10, 120, 60)}) {
        const Parameters p(set);
        for (int l = 0; l <= p.max_level(); ++l) CHECK_LE(std::fabs(log2_of(p.scale(l)) - set.log_scale), 0x1p-10);
    }
}

TEST("sizes that change from level to level give the scales that they imply") {
    ParametersLiteral set = literal(10, 0, 40);
    set.log_q = {60, 38, 42, 41, 40};
    const Parameters p(set);
    // From above: 40 -> 2*40-40 = 40 -> 2*40-41 = 39 -> 2*39-42 = 36 -> 2*36-38 = 34.
    const double nominal[] = {34, 36, 39, 40, 40};
    for (int l = 0; l <= 4; ++l) CHECK_NEAR(log2_of(p.scale(l)), nominal[l], 0x1p-8);
}

TEST("levels above 49 bits are two primes, q_0 above 50, and all primes differ") {
    ParametersLiteral set = literal(10, 0, 48);
    set.log_q = {50, 49, 48, 48};
    const Parameters one(set);
    for (int l = 0; l <= 3; ++l) CHECK_EQ(one.rlwe().level_width(l), 1);
    set.log_scale = 56;
    set.log_q = {60, 56, 56};
    const Parameters two(set);
    std::set<u64> primes;
    for (int l = 0; l <= 2; ++l) {
        CHECK_EQ(two.rlwe().level_width(l), 2);
        for (const u64 q : two.rlwe().literal().levels[static_cast<std::size_t>(l)]) primes.insert(q);
    }
    primes.insert(two.rlwe().literal().special_primes[0]);
    CHECK_EQ(primes.size(), 7u);
    CHECK_NEAR(two.rlwe().log2_q(0), 60.0, 0.01);
    CHECK_NEAR(two.max_magnitude(0), std::exp2(60 - 1 - 56), 0.05);
}

TEST("a set is made again from its own primes and no others") {
    const ParametersLiteral set = literal(11, 4, 56, 2);
    const Parameters p(set);
    const auto levels = p.rlwe().literal().levels;
    const auto special = p.rlwe().literal().special_primes;
    const Parameters again(set, levels, special);
    CHECK(again.rlwe().fingerprint() == p.rlwe().fingerprint());
    for (int l = 0; l <= p.max_level(); ++l) CHECK(again.scale(l) == p.scale(l));

    const auto refused = [&](const auto& change) {
        auto l = levels;
        auto s = special;
        change(l, s);
        CHECK_THROWS_CODE(Parameters(set, l, s), ErrorCode::parameters_invalid);
    };
    refused([](auto& l, auto&) { l.pop_back(); });
    refused([](auto& l, auto&) { l[1].clear(); });
    refused([](auto& l, auto&) { l[1].push_back(l[2][0]); });
    refused([](auto& l, auto&) { l[1] = {l[1][0]}; });
    refused([](auto& l, auto&) { l[1][0] += 2; });
    refused([](auto& l, auto&) { l[1][0] = l[1][1]; });
    refused([](auto& l, auto&) { l[1][0] = (u64{1} << 52) + 1; });
    refused([](auto& l, auto&) { l[1][0] = 12289; });  // a prime that is 1 modulo 2N, of the wrong size
    refused([](auto&, auto& s) { s.clear(); });
    refused([](auto&, auto& s) { s[0] += 4096; });
}

TEST("literals that make no set are refused, one by one") {
    const ParametersLiteral good = literal(10, 2, 40);
    const auto refused = [&](const auto& change) {
        ParametersLiteral set = good;
        change(set);
        CHECK_THROWS_CODE(Parameters(set), ErrorCode::parameters_invalid);
        CHECK_THROWS_CODE(Parameters::log2_qp(set), ErrorCode::parameters_invalid);
    };
    refused([](auto& s) { s.log_n = 9; });
    refused([](auto& s) { s.log_n = 18; });
    refused([](auto& s) { s.log_q.clear(); });
    refused([](auto& s) { s.log_q.resize(130, 40); });
    refused([](auto& s) { s.log_q[1] = 19; });
    refused([](auto& s) { s.log_q[1] = 99; });
    refused([](auto& s) { s.log_p.resize(61, 50); });
    refused([](auto& s) { s.log_p[0] = 51; });
    refused([](auto& s) { s.log_p[0] = 19; });
    refused([](auto& s) { s.log_scale = 9; });
    refused([](auto& s) { s.log_scale = 99; });
    refused([](auto& s) { s.log_slots = 10; });
    refused([](auto& s) { s.log_slots = -2; });
    refused([](auto& s) { s.magnitude = 0; });
    refused([](auto& s) { s.magnitude = -1; });
    refused([](auto& s) { s.magnitude = std::nan(""); });
    refused([](auto& s) { s.magnitude = std::numeric_limits<double>::infinity(); });
    refused([](auto& s) { s.log_q = {50, 30, 30, 30, 30}; });  // the scale grows level by level
    refused([](auto& s) { s.log_q = {50, 49, 49, 49}; });      // and shrinks
    refused([](auto& s) { s.log_q[0] = 40; });                 // no room for a value
    CHECK_EQ(Parameters(good).log_slots(), 9);
}

TEST("fingerprints differ in what CKKS adds") {
    std::set<rlwe::Fingerprint> seen;
    const ParametersLiteral base = literal(10, 2, 40);
    ParametersLiteral other = base;
    seen.insert(Parameters(base).rlwe().fingerprint());
    other.log_slots = 5;
    seen.insert(Parameters(other).rlwe().fingerprint());
    other = base;
    other.magnitude = 2;
    seen.insert(Parameters(other).rlwe().fingerprint());
    // The same primes with another scale on top.
    const Parameters p(base);
    other = base;
    other.log_scale = 41;
    seen.insert(Parameters(other, p.rlwe().literal().levels, p.rlwe().literal().special_primes).rlwe().fingerprint());
    CHECK_EQ(seen.size(), 4u);
    other = base;
    other.log_slots = 9;  // what -1 stands for
    CHECK(Parameters(other).rlwe().fingerprint() == p.rlwe().fingerprint());
}

TEST("the predicted size of a set is that of its primes, and too large ones are refused by name") {
    for (const auto& set : {literal(10, 5, 40), literal(12, 3, 56, 2)})
        CHECK_NEAR(Parameters::log2_qp(set), Parameters(set).rlwe().log2_qp(), 1e-9);
    ParametersLiteral set = literal(12, 1, 40);
    set.security = Security::classical_128;
    CHECK_THROWS_CODE(Parameters(set), ErrorCode::security_insufficient);
    set.log_q = {37, 30};
    set.log_p = {37};
    set.log_scale = 30;
    CHECK_LE(Parameters(set).rlwe().log2_qp(), 106.0);
    // One bit over the table by the sizes, below it or above it by the primes: never accepted above.
    set.log_q = {37, 31};
    set.log_p = {38};
    const double exact = Parameters::log2_qp(set);
    if (exact > 106)
        CHECK_THROWS_CODE(Parameters(set), ErrorCode::security_insufficient);
    else
        CHECK_LE(Parameters(set).rlwe().log2_qp(), 106.0);
}

}  // namespace
}  // namespace ciphernet::ckks
