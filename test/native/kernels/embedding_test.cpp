#include <array>
#include <cmath>
#include <cstring>
#include <vector>

#include "kernels/kernels.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

enum class Fill { zeros, small_integers, one, any };

/// `count` numbers, in double-double when wide.
std::vector<double> numbers(std::size_t count, bool wide, Fill fill, Rng& rng) {
    std::vector<double> r;
    for (std::size_t i = 0; i < count; ++i) {
        double x = 0;
        if (fill == Fill::zeros) x = rng.below(2) == 0 ? 0.0 : -0.0;
        if (fill == Fill::small_integers) x = static_cast<double>(rng.below(9)) - 4;
        if (fill == Fill::one) x = i == count / 3 ? 1.0 : 0.0;
        if (fill == Fill::any) x = std::ldexp(rng.uniform(-1, 1), static_cast<int>(rng.below(120)) - 60);
        r.push_back(x);
        if (wide) r.push_back(fill == Fill::any ? x * 0x1p-54 * rng.uniform(-1, 1) : 0.0);
    }
    return r;
}

struct Case {
    std::size_t log_n;
    bool wide;
    std::vector<double> cos, sin, reversed_cos, reversed_sin;
    EmbeddingTable table() const { return {cos.data(), sin.data(), reversed_cos.data(), reversed_sin.data()}; }
};

/// The butterflies do not ask whether twiddles are roots of unity, so any numbers will do.
Case random_case(std::size_t log_n, bool wide, Rng& rng) {
    const std::size_t n = std::size_t{1} << log_n;
    const std::size_t split = std::size_t{1} << (log_n / 2);
    const auto twiddles = [&](std::size_t count) {
        std::vector<double> r;
        for (std::size_t i = 0; i < count; ++i) {
            r.push_back(rng.below(20) == 0 ? 0.0 : rng.uniform(-1, 1));
            if (wide) r.push_back(r.back() * 0x1p-54 * rng.uniform(-1, 1));
        }
        return r;
    };
    return {log_n, wide, twiddles(n), twiddles(n), twiddles(split), twiddles(split)};
}

/// Both directions of one path, from places that no vector is aligned at; words around them must stay.
std::vector<double> both_ways(const Kernels& k, const Case& c, const std::vector<double>& re,
                              const std::vector<double>& im) {
    std::vector<double> result;
    const EmbeddingTable table = c.table();
    for (const auto transform :
         c.wide ? std::array{k.to_slots_wide, k.from_slots_wide} : std::array{k.to_slots, k.from_slots}) {
        std::vector<double> space(1, 7.5);
        space.insert(space.end(), re.begin(), re.end());
        space.push_back(8.5);
        space.insert(space.end(), im.begin(), im.end());
        space.push_back(9.5);
        transform(space.data() + 1, space.data() + re.size() + 2, &table, c.log_n);
        CHECK(space.front() == 7.5 && space[re.size() + 1] == 8.5 && space.back() == 9.5);
        result.insert(result.end(), space.begin(), space.end());
    }
    return result;
}

TEST("the embedding gives the same bits on every path, in double and in double-double, at every size") {
    Rng rng(71);
    for (const bool wide : {false, true}) {
        for (std::size_t log_n = 0; log_n <= 13; ++log_n) {
            const Case c = random_case(log_n, wide, rng);
            for (const Fill fill : {Fill::zeros, Fill::small_integers, Fill::one, Fill::any}) {
                const auto re = numbers(std::size_t{1} << log_n, wide, fill, rng);
                const auto im = numbers(std::size_t{1} << log_n, wide, fill, rng);
                const auto expected = both_ways(*paths().front(), c, re, im);
                for (const Kernels* k : paths()) {
                    const auto found = both_ways(*k, c, re, im);
                    CHECK(std::memcmp(found.data(), expected.data(), expected.size() * sizeof(double)) == 0);
                }
            }
        }
    }
}

}  // namespace
}  // namespace ciphernet
