#include <sys/resource.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <sstream>
#include <stdexcept>

#include "bench.hpp"

namespace ciphernet::bench {

std::string quoted(std::string_view text) {
    std::string r = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') r += '\\';
        r += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
    return r + '"';
}

Json& Json::member(std::string_view name, const std::string& value) {
    members_ += (members_.empty() ? "" : ",") + quoted(name) + ":" + value;
    return *this;
}

Json& Json::add(std::string_view name, double value) {
    if (!std::isfinite(value)) return member(name, "null");
    char text[32];
    std::snprintf(text, sizeof text, "%.17g", value);
    return member(name, text);
}

Json& Json::add(std::string_view name, std::string_view value) { return member(name, quoted(value)); }

Json& Json::add(std::string_view name, std::span<const std::string> values) {
    std::string list;
    for (const std::string& value : values) list += (list.empty() ? "" : ",") + quoted(value);
    return member(name, "[" + list + "]");
}

Options::Options(std::span<const char* const> arguments) {
    for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) values_[arguments[i]] = arguments[i + 1];
}

const std::string& Options::text(const std::string& name) const {
    const auto found = values_.find("--" + name);
    if (found == values_.end()) throw std::invalid_argument("--" + name + " is missing");
    return found->second;
}

int Options::integer(const std::string& name) const { return std::stoi(text(name)); }

std::vector<int> Options::integers(const std::string& name) const {
    std::vector<int> r;
    std::istringstream list(text(name));
    for (std::string item; std::getline(list, item, ',');) r.push_back(std::stoi(item));
    return r;
}

namespace {

std::string memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
#if defined(__APPLE__)
    constexpr double kUnit = 1;
#else
    constexpr double kUnit = 1024;
#endif
    return Json().add("peak_rss_bytes", static_cast<double>(usage.ru_maxrss) * kUnit).text();
}

}  // namespace

int serve(const std::string& ready, const Answer& answer) {
    std::cout << ready << '\n' << std::flush;
    for (std::string line; std::getline(std::cin, line);) {
        std::istringstream stream(line);
        std::vector<std::string> words;
        for (std::string word; stream >> word;) words.push_back(word);
        if (words.empty()) continue;
        try {
            std::cout << (words[0] == "memory" ? memory() : answer(words)) << '\n' << std::flush;
        } catch (const std::exception& e) {
            std::cout << Json().add("failure", e.what()).text() << '\n' << std::flush;
        }
    }
    return 0;
}

}  // namespace ciphernet::bench

int main(int argc, char** argv) {
    using namespace ciphernet::bench;
    const std::span<const char* const> arguments(argv, static_cast<std::size_t>(argc));
    try {
        const std::string_view suite = argc > 1 ? arguments[1] : "";
        if (suite == "ntt") return ntt_bench(Options(arguments.subspan(2)));
        if (suite == "bootstrap") return bootstrap_bench(Options(arguments.subspan(2)));
        if (suite == "ckks") return ckks_bench(Options(arguments.subspan(2)));
        if (suite == "linear") return linear_bench(Options(arguments.subspan(2)));
        if (suite == "tfhe") return tfhe_bench(Options(arguments.subspan(2)));
        std::fprintf(stderr, "Usage: ciphernet_bench ntt|ckks|linear|bootstrap|tfhe [--name value …]\n");
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
    }
    return 1;
}
