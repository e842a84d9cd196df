#include <vector>

#include "ring/packed_polynomial.hpp"
#include "support/test.hpp"

using namespace ciphernet;

namespace {

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

}  // namespace

TEST("packed numbers stand one after another, the lowest bit first, at every width") {
    Rng rng(1);
    for (int bits = 8; bits <= 56; ++bits) {
        for (const std::size_t count : {std::size_t{0}, std::size_t{8}, std::size_t{16}, std::size_t{1024}}) {
            const std::vector<u64> numbers = rng.residues(count, u64{1} << bits);
            for (const Kernels* k : paths()) {
                std::vector<std::uint8_t> packed(packed_bytes(count, bits));
                k->pack(packed.data(), numbers.data(), count, bits);
                // Bit by bit, from the definition.
                bool right = true;
                for (std::size_t i = 0; i < packed.size() * 8; ++i) {
                    const auto width = static_cast<std::size_t>(bits);
                    right = right && (packed[i / 8] >> (i % 8) & 1u) == (numbers[i / width] >> (i % width) & 1u);
                }
                CHECK(right);
                std::vector<u64> back(count);
                CHECK(k->unpack(back.data(), packed.data(), count, bits, u64{1} << bits));
                CHECK(back == numbers);
            }
        }
    }
}

TEST("unpacking notices one number at its bound, wherever it stands") {
    constexpr std::size_t kCount = 64;
    constexpr int kBits = 50;
    const u64 bound = (u64{1} << kBits) - 27;
    for (const Kernels* k : paths()) {
        for (std::size_t i = 0; i < kCount; ++i) {
            std::vector<u64> numbers(kCount, bound - 1);
            std::vector<u64> back(kCount);
            std::vector<std::uint8_t> packed(packed_bytes(kCount, kBits));
            k->pack(packed.data(), numbers.data(), kCount, kBits);
            CHECK(k->unpack(back.data(), packed.data(), kCount, kBits, bound));
            for (const u64 number : {bound, (u64{1} << kBits) - 1}) {
                numbers[i] = number;
                k->pack(packed.data(), numbers.data(), kCount, kBits);
                CHECK(!k->unpack(back.data(), packed.data(), kCount, kBits, bound));
            }
        }
    }
}
