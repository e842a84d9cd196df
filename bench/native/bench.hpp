#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ciphernet::bench {

/// What the benches in TypeScript talk to, and the peers' programs too: one JSON line when ready, which says what was
/// set up; then one line in names an operation, and one JSON line out holds its milliseconds.
using Answer = std::function<std::string(std::span<const std::string> words)>;

/// Prints `ready`, then answers until the input ends. A line "memory" is answered here. An exception becomes
/// {"failure": …}.
int serve(const std::string& ready, const Answer& answer);

/// Command-line options as --name value.
class Options {
public:
    explicit Options(std::span<const char* const> arguments);
    int integer(const std::string& name) const;
    std::vector<int> integers(const std::string& name) const;

private:
    const std::string& text(const std::string& name) const;
    std::map<std::string, std::string> values_;
};

/// A JSON object, written member by member.
class Json {
public:
    Json& add(std::string_view name, double value);
    Json& add(std::string_view name, std::string_view value);
    Json& add(std::string_view name, std::span<const std::string> values);
    std::string text() const { return "{" + members_ + "}"; }

private:
    Json& member(std::string_view name, const std::string& value);
    std::string members_;
};

std::string quoted(std::string_view text);

/// Wall-clock milliseconds of one call.
template <class Body>
double milliseconds(const Body& body) {
    const auto start = std::chrono::steady_clock::now();
    body();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

int ntt_bench(const Options& options);
int bootstrap_bench(const Options& options);
int ckks_bench(const Options& options);
int linear_bench(const Options& options);
int tfhe_bench(const Options& options);

}  // namespace ciphernet::bench
