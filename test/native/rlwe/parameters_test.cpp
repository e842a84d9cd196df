#include "rlwe/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <type_traits>

#include "rlwe/context.hpp"
#include "support/test.hpp"

namespace ciphernet::rlwe {
namespace {

using test::literal;

static_assert(!std::is_copy_constructible_v<Parameters> && !std::is_move_constructible_v<Parameters>,
              "converters and polynomials point at the ring inside");

std::string message_of(const ParametersLiteral& set) {
    try {
        const Parameters parameters(set);
    } catch (const Error& e) {
        return e.what();
    }
    return "";
}

/// One prime a level whose product is the nearest to 2^bits from below or from above.
ParametersLiteral filled(int log_n, double bits, bool above) {
    const u64 step = u64{2} << log_n;
    const int count = static_cast<int>(std::ceil(bits / 49));
    ParametersLiteral r{.log_n = log_n, .levels = {}, .special_primes = {}, .scheme = {}};
    std::vector<u64> taken;
    double rest = bits;
    for (int i = 1; i < count; ++i) {
        taken.push_back(nearest_prime(std::exp2(bits / count), step, taken));
        rest -= std::log2(static_cast<double>(taken.back()));
    }
    u64 last = static_cast<u64>(std::exp2(rest)) / step * step + 1;
    if (above) last += step;
    while (!is_prime(last) || std::find(taken.begin(), taken.end(), last) != taken.end())
        last = above ? last + step : last - step;
    taken.push_back(last);
    for (const u64 q : taken) r.levels.push_back({q});
    return r;
}

double log2_of(const ParametersLiteral& set) {
    double bits = 0;
    for (const auto& level : set.levels)
        for (const u64 q : level) bits += std::log2(static_cast<double>(q));
    for (const u64 p : set.special_primes) bits += std::log2(static_cast<double>(p));
    return bits;
}

// ePrint 2024/463, table 5.2: ternary secret, 128 bits, classical.
constexpr int kTable[][2] = {{10, 26}, {11, 53}, {12, 106}, {13, 214}, {14, 430}, {15, 868}, {16, 1747}, {17, 3523}};

TEST("the security table is that of the guidelines: just below each row is accepted, just above refused") {
    for (const auto& [log_n, bits] : kTable) {
        CHECK_EQ(max_log_qp(log_n), static_cast<double>(bits));
        const ParametersLiteral below = filled(log_n, bits, false);
        const ParametersLiteral above = filled(log_n, bits, true);
        CHECK(log2_of(below) <= bits && log2_of(below) > bits - 0.01);
        CHECK(log2_of(above) > bits && log2_of(above) < bits + 0.01);
        CHECK_THROWS_CODE(Parameters(above), ErrorCode::security_insufficient);
        if (log_n <= 14) {
            CHECK_NEAR(Parameters(below).log2_qp(), bits, 0.01);
        } else {
            // Too large to build here. A prime that is listed twice is refused after the security check.
            ParametersLiteral twice = below;
            const auto [smallest, largest] = std::minmax_element(twice.levels.begin(), twice.levels.end());
            *largest = *smallest;
            CHECK_THROWS_CODE(Parameters(twice), ErrorCode::parameters_invalid);
        }
    }
    CHECK_EQ(max_log_qp(9), 0.0);
    CHECK_EQ(max_log_qp(18), 0.0);
    CHECK_EQ(max_log_qp(-100), 0.0);
}

TEST("the key-switching primes count towards the security limit") {
    ParametersLiteral set = filled(12, 106, false);
    set.special_primes = {set.levels.back()[0]};
    set.levels.pop_back();
    CHECK_NEAR(Parameters(set).log2_qp(), 106.0, 0.01);
    ParametersLiteral more = filled(12, 106, true);
    more.special_primes = {more.levels.back()[0]};
    more.levels.pop_back();
    CHECK_THROWS_CODE(Parameters(more), ErrorCode::security_insufficient);
}

TEST("a refusal names what was asked and what is allowed") {
    const std::string message = message_of(literal(12, {{50}, {40}}, {50}, Security::classical_128));
    CHECK(message.find("139.9") != std::string::npos || message.find("140.0") != std::string::npos);
    CHECK(message.find("106.0") != std::string::npos);
    CHECK(message.find("2^12") != std::string::npos);
}

TEST("a degree without a row is refused with security and taken without") {
    CHECK_THROWS_CODE(Parameters(literal(9, {{20}}, {}, Security::classical_128)), ErrorCode::security_insufficient);
    CHECK_EQ(Parameters(literal(9, {{20}}, {})).log_n(), 9);
}

TEST("sets that cannot work are refused") {
    CHECK_THROWS_CODE(Parameters(literal(10, {}, {})), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Parameters(literal(10, {{30}, {}}, {})), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Parameters(literal(10, {{30}, {30, 31, 32}}, {})), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Parameters(literal(10, {{40}, {30}}, {30})), ErrorCode::parameters_invalid);  // P below q_0
    CHECK_THROWS_CODE(Parameters(literal(10, {{40}}, std::vector<int>(63, 45))), ErrorCode::parameters_invalid);
    ParametersLiteral composite = literal(10, {{40}}, {});
    composite.levels[0][0] += 2048;
    CHECK_THROWS_CODE(Parameters(composite), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Parameters(literal(18, {{45}}, {})), ErrorCode::parameters_invalid);
}

TEST("fingerprints differ in every field and agree for equal sets") {
    const ParametersLiteral base = literal(10, {{40, 41}, {42}, {43}}, {45, 46});
    std::vector<ParametersLiteral> sets{base};
    const auto variant = [&](const auto& change) {
        sets.push_back(base);
        change(sets.back());
    };
    variant([](auto& s) { s.log_n = 9; });  // the primes are 1 modulo the smaller 2N as well
    variant([](auto& s) { s.levels[2].swap(s.levels[1]); });
    variant([](auto& s) { std::swap(s.levels[0][0], s.levels[0][1]); });
    variant([](auto& s) { s.levels = {{s.levels[0][0]}, {s.levels[0][1]}, s.levels[1], s.levels[2]}; });  // grouping
    variant([](auto& s) { s.levels.pop_back(); });
    variant([](auto& s) { s.special_primes.pop_back(); });
    variant([](auto& s) { std::swap(s.special_primes[0], s.special_primes[1]); });
    variant(
        [](auto& s) { s.levels.push_back({s.special_primes[0]}), s.special_primes.erase(s.special_primes.begin()); });
    variant([](auto& s) { s.scheme = {1}; });
    variant([](auto& s) { s.scheme = {1, 0}; });
    variant([](auto& s) { s.scheme = {2}; });
    std::set<Fingerprint> seen;
    for (const auto& set : sets) seen.insert(Parameters(set).fingerprint());
    CHECK_EQ(seen.size(), sets.size());
    CHECK(Parameters(base).fingerprint() == Parameters(base).fingerprint());

    ParametersLiteral small = literal(11, {{25}}, {});
    const Fingerprint without = Parameters(small).fingerprint();
    small.security = Security::classical_128;
    CHECK(Parameters(small).fingerprint() != without);
}

TEST("two sets are the same by their fingerprints, and a mismatch names both") {
    const Parameters a(literal(10, {{40}}, {}));
    const Parameters again(literal(10, {{40}}, {}));
    const Parameters b(literal(10, {{41}}, {}));
    require_same(a, a, "x");
    require_same(a, again, "x");
    CHECK_THROWS_CODE(require_same(a, b, "The key"), ErrorCode::parameters_mismatch);
    try {
        require_same(a, b, "The key");
    } catch (const Error& e) {
        const std::string message = e.what();
        CHECK(message.find("The key") == 0);
        CHECK(message.find(short_name(a.fingerprint())) != std::string::npos);
        CHECK(message.find(short_name(b.fingerprint())) != std::string::npos);
    }
    CHECK_EQ(short_name(a.fingerprint()).size(), 16u);
}

TEST("levels of one and two primes give limbs, widths, bases and sizes") {
    const Parameters p(literal(10, {{40, 39}, {42}, {38, 37}, {36}}, {45}));
    CHECK_EQ(p.max_level(), 3);
    const int limbs[] = {2, 3, 5, 6};
    const int widths[] = {2, 1, 2, 1};
    double bits = 0;
    for (int l = 0; l <= 3; ++l) {
        CHECK_EQ(p.limb_count(l), limbs[l]);
        CHECK_EQ(p.level_width(l), widths[l]);
        CHECK(p.basis(l) == Basis{.q = limbs[l]});
        CHECK(p.key_basis(l) == (Basis{.q = limbs[l], .p = 1}));
        for (const u64 q : p.literal().levels[static_cast<std::size_t>(l)]) bits += std::log2(static_cast<double>(q));
        CHECK_NEAR(p.log2_q(l), bits, 1e-9);
        std::vector<int> dropped;
        for (int i = limbs[l] - widths[l]; i < limbs[l]; ++i) dropped.push_back(i);
        if (l > 0) {
            CHECK_EQ(p.rescale_converter(l).source(), dropped);
            dropped.push_back(6);
            CHECK_EQ(p.special_rescale_converter(l).source(), dropped);
        }
    }
    CHECK_NEAR(p.log2_qp(), bits + std::log2(static_cast<double>(p.literal().special_primes[0])), 1e-9);
}

TEST("gadget digits are as wide as P covers, never wider, and cover every level") {
    for (int width = 1; width <= 4; ++width) {
        const Parameters p(literal(10, {{41}, {40}, {40}, {40}, {40}, {40}, {40}},
                                   std::vector<int>(static_cast<std::size_t>(width), 41)));
        CHECK_EQ(p.digit_width(), width);
        for (int level = 0; level <= 6; ++level) {
            CHECK_EQ(p.digit_count(level), (level + width) / width);
            int next = 0;
            for (int j = 0; j < p.digit_count(level); ++j) {
                const auto [first, end] = p.digit_limbs(level, j);
                CHECK_EQ(first, next);
                CHECK(end > first && end - first <= width);
                std::vector<int> primes;
                double bits = 0;
                for (int i = first; i < end; ++i) {
                    primes.push_back(i);
                    bits += std::log2(static_cast<double>(p.ring().modulus(i).value()));
                }
                CHECK_EQ(p.digit_converter(level, j).source(), primes);
                CHECK_LE(bits, p.log2_p() + 0.5);
                next = end;
            }
            CHECK_EQ(next, p.limb_count(level));
        }
    }
}

TEST("digits stay within what a base conversion carries, however large P is") {
    const Parameters p(literal(10, std::vector<std::vector<int>>(80, {22}), std::vector<int>(40, 50)));
    CHECK_EQ(p.digit_width(), BaseConverter::kMostSources);
    CHECK_EQ(p.digit_count(p.max_level()), 2);
}

}  // namespace
}  // namespace ciphernet::rlwe
