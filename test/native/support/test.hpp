#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <source_location>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/error.hpp"

// A small test harness, ours because a fresh clone has no third-party C++ library.
//
//     TEST("the sum of two residues is reduced") {
//         CHECK_EQ(add(q - 1, 2, q), 1);
//         CHECK_THROWS_CODE(Modulus(0), ErrorCode::invalid_argument);
//         Rng rng(1);  // inputs, from the seed of the run
//     }
//
// A failed check is printed and the test goes on; REQUIRE leaves the test. A test that checks nothing fails.

namespace ciphernet::test {

__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

struct Test {
    const char* file;
    const char* title;
    void (*body)();
};
std::vector<Test>& registry();

struct Registration {
    Registration(const char* file, const char* title, void (*body)()) { registry().push_back({file, title, body}); }
};

/// Counts a check; prints `detail` with its place when it did not hold. Returns `held`.
bool report(bool held, std::string_view detail, std::source_location where);

/// Thrown by REQUIRE; its message has been printed already.
struct Abandoned : std::exception {};

/// The seed of this run: fixed, or CIPHERNET_TEST_SEED (a number, or "random", which draws one). Printed with a failure.
std::uint64_t test_seed();

/// SplitMix64 (Steele, Lea, Flood 2014): test inputs, nothing secret. Equal seeds give equal inputs on every machine.
class Rng {
public:
    explicit Rng(std::uint64_t stream = 0) : state_(test_seed() + stream * 0xd1342543de82ef95ULL) {}
    std::uint64_t operator()() { return next(); }
    std::uint64_t next() {
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15ULL;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    /// In [0, bound), bound > 0; the bias is below 2^-13 for bounds below 2^50, too small for a test to see.
    std::uint64_t below(std::uint64_t bound) { return next() % bound; }
    /// In [low, high).
    double uniform(double low = 0, double high = 1) {
        return low + (high - low) * (static_cast<double>(next() >> 11) * 0x1p-53);
    }
    std::vector<std::uint64_t> residues(std::size_t count, std::uint64_t modulus) {
        std::vector<std::uint64_t> v(count);
        for (auto& x : v) x = below(modulus);
        return v;
    }

private:
    std::uint64_t state_;
};

std::string show(bool value);
std::string show(double value);
std::string show(std::string_view value);
std::string show_integer(Int128 as_signed, UInt128 as_unsigned, bool is_signed);

/// A value as text for a failure message; a type without a text form shows as "?".
template <class T>
std::string show(const T& value) {
    if constexpr (std::is_enum_v<T>) {
        return "enumerator " + show(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (requires { value % 2; }) {  // also the 128-bit integers, which std::integral leaves out
        return show_integer(static_cast<Int128>(value), static_cast<UInt128>(value), T(-1) < T(0));
    } else if constexpr (requires(std::ostringstream& out) { out << value; }) {
        std::ostringstream out;
        out << value;
        return out.str();
    } else if constexpr (requires {
                             value.begin();
                             value.size();
                         }) {
        std::string text = std::to_string(value.size()) + " items [";
        std::size_t shown = 0;
        for (const auto& item : value) {
            if (shown++ == 8) return text + " …]";
            text += " " + show(item);
        }
        return text + " ]";
    } else {
        return "?";
    }
}

template <class A, class B>
bool equal(const A& a, const B& b) {
    if constexpr (std::integral<A> && std::integral<B> && !std::same_as<A, bool> && !std::same_as<B, bool>) {
        return std::cmp_equal(a, b);
    } else {
        return a == b;
    }
}

template <class A, class B>
bool check_equal(const A& a, const B& b, const char* text, std::source_location where) {
    const bool held = equal(a, b);
    return report(held, held ? "" : std::string(text) + "\n      left:  " + show(a) + "\n      right: " + show(b),
                  where);
}

/// `a` compared with `b` by `held`; used by CHECK_LE and CHECK_NEAR to show both values.
template <class A, class B>
bool check_relation(bool held, const A& a, const B& b, const char* text, std::source_location where) {
    return report(held, held ? "" : std::string(text) + "\n      left:  " + show(a) + "\n      right: " + show(b),
                  where);
}

template <class F>
bool check_throws(F&& f, ErrorCode code, const char* text, std::source_location where) {
    try {
        f();
    } catch (const Error& e) {
        const bool held = e.code() == code;
        return report(held, held ? "" : std::string(text) + "\n      another code; the message: " + e.what(), where);
    } catch (const std::exception& e) {
        return report(false, std::string(text) + "\n      not a ciphernet::Error: " + e.what(), where);
    }
    return report(false, std::string(text) + "\n      nothing was thrown", where);
}

}  // namespace ciphernet::test

namespace ciphernet {
using test::Rng;
using test::test_seed;
}  // namespace ciphernet

#define CIPHERNET_TEST_JOIN_(a, b) a##b
#define CIPHERNET_TEST_NAME_(a, b) CIPHERNET_TEST_JOIN_(a, b)
#define TEST(title) CIPHERNET_TEST_(title, CIPHERNET_TEST_NAME_(test_, __LINE__))
#define CIPHERNET_TEST_(title, name)                                                                            \
    static void name();                                                                                         \
    static const ::ciphernet::test::Registration CIPHERNET_TEST_NAME_(registration_, __LINE__){__FILE__, title, \
                                                                                               &name};          \
    static void name()

#define CIPHERNET_TEST_HERE_ std::source_location::current()
#define CHECK(...) ::ciphernet::test::report(static_cast<bool>(__VA_ARGS__), #__VA_ARGS__, CIPHERNET_TEST_HERE_)
#define CHECK_EQ(a, b) ::ciphernet::test::check_equal((a), (b), #a " == " #b, CIPHERNET_TEST_HERE_)
#define CHECK_LE(a, b) ::ciphernet::test::check_relation((a) <= (b), (a), (b), #a " <= " #b, CIPHERNET_TEST_HERE_)
#define CHECK_NEAR(a, b, tolerance)                                                                   \
    ::ciphernet::test::check_relation((a) - (b) <= (tolerance) && (b) - (a) <= (tolerance), (a), (b), \
                                      #a " == " #b " within " #tolerance, CIPHERNET_TEST_HERE_)
#define CHECK_THROWS_CODE(expression, error_code)                                         \
    ::ciphernet::test::check_throws([&] { static_cast<void>(expression); }, (error_code), \
                                    #expression " throws " #error_code, CIPHERNET_TEST_HERE_)
#define REQUIRE(...)                                                   \
    do {                                                               \
        if (!CHECK(__VA_ARGS__)) throw ::ciphernet::test::Abandoned{}; \
    } while (false)
