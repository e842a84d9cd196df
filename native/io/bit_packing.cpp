#include "io/bit_packing.hpp"

#include <array>

#include "base/assert.hpp"
#include "io/little_endian.hpp"

namespace ciphernet::io {
namespace {

// Eight numbers are a whole number of bytes, so the places of the eight in their group are always the same. A number of
// at most 56 bits lies within eight bytes wherever it begins.
constexpr std::size_t kGroup = 8;

struct Places {
    explicit Places(int bits) {
        for (std::size_t k = 0; k < kGroup; ++k) {
            byte[k] = k * static_cast<std::size_t>(bits) / 8;
            shift[k] = static_cast<int>(k * static_cast<std::size_t>(bits) % 8);
        }
    }
    std::array<std::size_t, kGroup> byte;
    std::array<int, kGroup> shift;
};

void pack_group(std::uint8_t* out, const u64* numbers, std::size_t bits) {
    u64 word = 0;
    std::size_t filled = 0;
    for (std::size_t k = 0; k < kGroup; ++k) {
        word |= numbers[k] << filled;
        filled += bits;
        if (filled < 64) continue;
        store_le(out, word);
        out += 8;
        filled -= 64;
        word = filled == 0 ? 0 : numbers[k] >> (bits - filled);
    }
    store_le(out, word, filled / 8);
}

}  // namespace

void pack(std::uint8_t* out, const u64* numbers, std::size_t count, int bits) {
    CIPHERNET_ASSERT(count % kGroup == 0 && bits >= 8 && bits <= 56);
    const auto width = static_cast<std::size_t>(bits);
    for (std::size_t i = 0; i < count; i += kGroup, out += width) pack_group(out, numbers + i, width);
}

bool unpack(u64* numbers, const std::uint8_t* in, std::size_t count, int bits, u64 bound) {
    CIPHERNET_ASSERT(count % kGroup == 0 && bits >= 8 && bits <= 56 && bound <= u64{1} << bits);
    const auto width = static_cast<std::size_t>(bits);
    const Places places(bits);
    const u64 mask = (u64{1} << bits) - 1;
    const u64 largest = bound - 1;
    u64 beyond = 0;  // the sign bit is set once a number is above the largest
    const auto group = [&](const std::uint8_t* from, u64* to) {
        for (std::size_t k = 0; k < kGroup; ++k) {
            const u64 x = load_le(from + places.byte[k]) >> places.shift[k] & mask;
            beyond |= largest - x;
            to[k] = x;
        }
    };
    // The last number of a group reads up to seven bytes behind it: the last group is read from a copy.
    const std::size_t groups = count / kGroup;
    for (std::size_t i = 0; i + 1 < groups; ++i) group(in + i * width, numbers + i * kGroup);
    if (groups > 0) {
        std::array<std::uint8_t, 64> last{};
        std::memcpy(last.data(), in + (groups - 1) * width, width);
        group(last.data(), numbers + (groups - 1) * kGroup);
    }
    return beyond >> 63 == 0;
}

}  // namespace ciphernet::io
