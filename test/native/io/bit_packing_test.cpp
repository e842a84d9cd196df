#include "io/bit_packing.hpp"

#include "support/test.hpp"

using namespace ciphernet;
using namespace ciphernet::io;

TEST("packed numbers stand one after another, the lowest bit first, at every width") {
    Rng rng(1);
    for (int bits = 8; bits <= 56; ++bits) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{8}, std::size_t{16}, std::size_t{1024}}) {
            const std::vector<u64> numbers = rng.residues(count, u64{1} << bits);
            std::vector<std::uint8_t> packed(packed_bytes(count, bits));
            pack(packed.data(), numbers.data(), count, bits);
            // Bit by bit, from the definition.
            bool right = true;
            for (std::size_t i = 0; i < packed.size() * 8; ++i) {
                const auto width = static_cast<std::size_t>(bits);
                right = right && (packed[i / 8] >> (i % 8) & 1u) == (numbers[i / width] >> (i % width) & 1u);
            }
            CHECK(right);
            std::vector<u64> back(count);
            CHECK(unpack(back.data(), packed.data(), count, bits, u64{1} << bits));
            CHECK(back == numbers);
        }
    }
}

TEST("unpacking notices one number at its bound, wherever it stands") {
    constexpr std::size_t kCount = 64;
    constexpr int kBits = 50;
    const u64 bound = (u64{1} << kBits) - 27;
    for (std::size_t i = 0; i < kCount; ++i) {
        std::vector<u64> numbers(kCount, bound - 1);
        std::vector<u64> back(kCount);
        std::vector<std::uint8_t> packed(packed_bytes(kCount, kBits));
        pack(packed.data(), numbers.data(), kCount, kBits);
        CHECK(unpack(back.data(), packed.data(), kCount, kBits, bound));
        numbers[i] = bound;
        pack(packed.data(), numbers.data(), kCount, kBits);
        CHECK(!unpack(back.data(), packed.data(), kCount, kBits, bound));
        numbers[i] = (u64{1} << kBits) - 1;
        pack(packed.data(), numbers.data(), kCount, kBits);
        CHECK(!unpack(back.data(), packed.data(), kCount, kBits, bound));
    }
}
