#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "arith/modulus.hpp"
#include "kernels/kernels.hpp"
#include "random/gaussian_table.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

using Bytes = std::vector<std::uint8_t>;
using State = std::array<std::uint32_t, 16>;

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

/// One block, word by word, as section 2.3.1 of RFC 8439 has it.
void append_block(Bytes& out, const State& initial) {
    State x = initial;
    const auto quarter_round = [&x](std::size_t a, std::size_t b, std::size_t c, std::size_t d) {
        x[a] += x[b], x[d] = std::rotl(x[d] ^ x[a], 16);
        x[c] += x[d], x[b] = std::rotl(x[b] ^ x[c], 12);
        x[a] += x[b], x[d] = std::rotl(x[d] ^ x[a], 8);
        x[c] += x[d], x[b] = std::rotl(x[b] ^ x[c], 7);
    };
    for (int i = 0; i < 10; ++i) {
        for (std::size_t k = 0; k < 4; ++k) quarter_round(k, 4 + k, 8 + k, 12 + k);
        for (std::size_t k = 0; k < 4; ++k) quarter_round(k, 4 + (k + 1) % 4, 8 + (k + 2) % 4, 12 + (k + 3) % 4);
    }
    for (std::size_t w = 0; w < 16; ++w)
        for (int byte = 0; byte < 4; ++byte)
            out.push_back(static_cast<std::uint8_t>((x[w] + initial[w]) >> (8 * byte)));
}

Bytes blocks_of(State state, std::size_t blocks) {
    Bytes out;
    for (; blocks > 0; --blocks, ++state[12]) append_block(out, state);
    return out;
}

/// Words at the ends of what a path with signed comparisons could mistake, around `bound`, and random ones.
std::vector<u64> words_around(std::size_t n, u64 bound, Rng& rng) {
    const std::array<u64, 8> edges{0, ~u64{0}, u64{1} << 63, (u64{1} << 63) - 1, bound, bound - 1, bound + 1, 1};
    std::vector<u64> words(n);
    for (u64& w : words) w = rng.below(2) == 0 ? rng.next() : edges[rng.below(edges.size())];
    return words;
}

TEST("any number of ChaCha20 blocks, from any counter to any address, is that of RFC 8439 and nothing more") {
    Rng rng(61);
    for (const std::uint32_t counter : {0u, 1u, 0x7ffffffau, 0xffffffffu, 0xfffffff0u, 0xfffffff7u}) {
        State state;
        for (auto& word : state) word = static_cast<std::uint32_t>(rng.next());
        state[12] = counter;
        for (std::size_t blocks = 0; blocks <= 50; ++blocks) {
            const std::size_t shift = blocks % 9;
            Bytes expected(shift, 0xa5);
            const Bytes stream = blocks_of(state, blocks);
            expected.insert(expected.end(), stream.begin(), stream.end());
            expected.resize(expected.size() + 64, 0xa5);
            for (const Kernels* k : paths()) {
                Bytes out(expected.size(), 0xa5);
                k->chacha20(out.data() + shift, state.data(), blocks);
                CHECK(out == expected);
            }
        }
    }
}

TEST("words below a bound are kept in their order on every path") {
    Rng rng(62);
    for (const u64 bound : {u64{1}, u64{2}, u64{3}, u64{4096}, u64{4097}, (u64{1} << 49) + 1, (u64{1} << 50) - 27}) {
        const u64 mask = std::bit_ceil(bound) - 1;
        for (std::size_t n = 0; n <= 70; ++n) {
            const std::vector<u64> words = words_around(n + 1, bound, rng);
            std::vector<u64> expected;
            for (std::size_t i = 0; i < n; ++i)
                if ((words[i] & mask) < bound) expected.push_back(words[i] & mask);
            for (const Kernels* k : paths()) {
                std::vector<u64> r = words;
                REQUIRE(k->select_below(r.data(), n, mask, bound) == expected.size());
                CHECK(std::equal(expected.begin(), expected.end(), r.begin()));
                CHECK_EQ(r[n], words[n]);
            }
        }
    }
}

TEST("the place of a word in the Gaussian table, and its sign, are the same on every path") {
    Rng rng(63);
    const std::vector<u64> gaussian(kGaussianTable, kGaussianTable + kGaussianTableSize);
    for (const std::vector<u64>& table : {gaussian, std::vector<u64>{}, std::vector<u64>{1},
                                          std::vector<u64>{1, u64{1} << 62, (u64{1} << 63) - 1, (u64{1} << 63) - 1}}) {
        for (std::size_t n = 0; n <= 200; n += 8) {
            std::vector<u64> words(n + 1);
            for (u64& w : words) {
                // Beside an entry, at the ends, or anywhere.
                const u64 entry = table.empty() ? 1 : table[rng.below(table.size())];
                const std::array<u64, 6> v{entry, entry - 1, 0, (u64{1} << 63) - 1, rng.next() >> 1, rng.next() >> 1};
                w = v[rng.below(v.size())] << 1 | rng.below(2);
            }
            std::vector<std::int32_t> expected(n + 1, 12345);
            for (std::size_t i = 0; i < n; ++i) {
                const auto magnitude =
                    std::count_if(table.begin(), table.end(), [&](u64 t) { return t <= words[i] >> 1; });
                expected[i] = static_cast<std::int32_t>(words[i] % 2 == 0 ? magnitude : -magnitude);
            }
            for (const Kernels* k : paths()) {
                std::vector<std::int32_t> r(n + 1, 12345);
                k->gaussian(r.data(), words.data(), n, table.data(), table.size());
                CHECK(r == expected);
            }
        }
    }
}

}  // namespace
}  // namespace ciphernet
