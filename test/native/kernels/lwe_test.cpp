#include <cstdint>
#include <vector>

#include "kernels/kernels.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

TEST("a key switch multiplies digits and words of 32 bits alike on every path, for any number of ciphertexts") {
    Rng rng(121);
    std::size_t paths = 0;
    const Kernels* const* list = available_kernels(&paths);
    constexpr std::size_t kRows = 18;
    const std::uint32_t ends[] = {0, 1, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};
    std::vector<std::uint32_t> words(kRows * kLweColumns);
    std::vector<std::int16_t> key(2 * words.size());
    for (std::size_t row = 0; row < kRows; ++row)
        for (std::size_t c = 0; c < kLweColumns; ++c) {
            const std::uint32_t word = rng.below(2) == 0 ? ends[rng.below(9)] : static_cast<std::uint32_t>(rng.next());
            words[row * kLweColumns + c] = word;
            std::int16_t* pair = key.data() + row / 2 * 4 * kLweColumns + c / 16 * 64 + c % 16 * 2 + row % 2;
            const auto low = static_cast<std::int16_t>(word & 0xFFFF);
            pair[0] = low;
            pair[32] = static_cast<std::int16_t>((word - static_cast<std::uint32_t>(low)) >> 16);
        }
    for (std::size_t count = 1; count <= 9; ++count) {
        std::vector<std::vector<std::int16_t>> digits(count, std::vector<std::int16_t>(kRows));
        for (auto& row : digits)
            for (auto& d : row) d = static_cast<std::int16_t>(rng.below(4) == 0 ? 0x8000 : rng.below(0x10000));
        for (std::size_t p = 0; p < paths; ++p) {
            std::vector<std::vector<std::uint32_t>> r(count, std::vector<std::uint32_t>(kLweColumns, 77));
            std::vector<std::uint32_t*> to;
            std::vector<const std::int16_t*> from;
            for (std::size_t t = 0; t < count; ++t) {
                to.push_back(r[t].data());
                from.push_back(digits[t].data());
            }
            list[p]->lwe_key_switch(to.data(), from.data(), key.data(), count, kRows);
            bool right = true;
            for (std::size_t t = 0; t < count; ++t)
                for (std::size_t c = 0; c < kLweColumns; ++c) {
                    std::uint32_t expected = 77;
                    for (std::size_t row = 0; row < kRows; ++row)
                        expected -= static_cast<std::uint32_t>(digits[t][row]) * words[row * kLweColumns + c];
                    right = right && r[t][c] == expected;
                }
            CHECK(right);
        }
    }
}

}  // namespace
}  // namespace ciphernet
