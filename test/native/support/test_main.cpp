#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <string>

#include "base/assert.hpp"
#include "kernels/kernels.hpp"
#include "support/test.hpp"

namespace ciphernet::test {
namespace {

constexpr std::uint64_t kDefaultSeed = 20250901;
constexpr int kSkipped = 77;

std::size_t checks = 0;
std::size_t failed_checks = 0;
constexpr std::size_t kShownFailures = 20;  // a test, so that a broken loop does not fill the screen

std::uint64_t choose_seed() {
    const char* wish = std::getenv("CIPHERNET_TEST_SEED");
    if (!wish || !*wish) return kDefaultSeed;
    if (std::strcmp(wish, "random") != 0) return std::strtoull(wish, nullptr, 10);
    std::random_device device;
    const std::uint64_t seed = (static_cast<std::uint64_t>(device()) << 32) | device();
    std::printf("CIPHERNET_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
    return seed;
}

bool run(const Test& test) {
    checks = failed_checks = 0;
    std::string fault;
    try {
        test.body();
        if (checks == 0) fault = "the test checks nothing";
    } catch (const Abandoned&) {
        CIPHERNET_ASSERT(failed_checks > 0);
    } catch (const std::exception& e) {
        fault = std::string("exception: ") + e.what();
    } catch (...) {
        fault = "an exception that is not a std::exception";
    }
    if (failed_checks > kShownFailures) {
        std::printf("    … and %zu more failed checks\n", failed_checks - kShownFailures);
    }
    if (!fault.empty()) std::printf("    %s\n", fault.c_str());
    const bool passed = fault.empty() && failed_checks == 0;
    if (!passed) {
        std::printf("FAILED: %s (%s, CIPHERNET_TEST_SEED=%llu)\n", test.title, test.file,
                    static_cast<unsigned long long>(test_seed()));
    }
    return passed;
}

}  // namespace

std::vector<Test>& registry() {
    static std::vector<Test> tests;
    return tests;
}

std::uint64_t test_seed() {
    static const std::uint64_t seed = choose_seed();
    return seed;
}

bool report(bool held, std::string_view detail, std::source_location where) {
    ++checks;
    if (held) return true;
    if (++failed_checks <= kShownFailures) {
        std::printf("    %s:%u: %.*s\n", where.file_name(), static_cast<unsigned>(where.line()),
                    static_cast<int>(detail.size()), detail.data());
    }
    return false;
}

std::string show(bool value) { return value ? "true" : "false"; }

std::string show(double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.17g", value);
    return text;
}

std::string show(std::string_view value) { return '"' + std::string(value) + '"'; }

std::string show_integer(Int128 as_signed, UInt128 as_unsigned, bool is_signed) {
    const bool negative = is_signed && as_signed < 0;
    UInt128 magnitude = negative ? UInt128{0} - as_unsigned : as_unsigned;
    std::string digits;
    do {
        digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(magnitude % 10)));
        magnitude /= 10;
    } while (magnitude != 0);
    return negative ? "-" + digits : digits;
}

}  // namespace ciphernet::test

/// Usage: ciphernet_tests [filter] — runs the tests whose title or file holds the filter; `--list` names them.
int main(int argc, char** argv) {
    using namespace ciphernet;
    const std::string filter = argc > 1 ? argv[1] : "";
    std::string level;
    try {
        level = kernels().name;
    } catch (const Error& e) {
        std::puts(e.what());
        return test::kSkipped;  // CIPHERNET_CPU names a level that this CPU lacks
    }
    std::size_t passed = 0;
    std::size_t failed = 0;
    for (const auto& test : test::registry()) {
        if (filter == "--list") {
            std::printf("%s: %s\n", test.file, test.title);
            continue;
        }
        if (std::string(test.title).find(filter) == std::string::npos &&
            std::string(test.file).find(filter) == std::string::npos) {
            continue;
        }
        ++(test::run(test) ? passed : failed);
        std::fflush(stdout);
    }
    if (filter == "--list") return 0;
    std::printf("%zu passed, %zu failed (%s)\n", passed, failed, level.c_str());
    return failed == 0 && passed > 0 ? 0 : 1;
}
