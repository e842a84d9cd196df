#include "random/stream.hpp"

#include <array>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/sha256.hpp"
#include "support/test.hpp"
#include "vectors/random_vectors.hpp"

namespace ciphernet {
namespace {

std::array<std::uint8_t, kSeedBytes> counting_bytes() {
    std::array<std::uint8_t, kSeedBytes> bytes;
    for (std::size_t i = 0; i < kSeedBytes; ++i) bytes[i] = static_cast<std::uint8_t>(i);
    return bytes;
}

TEST("a stream is the ChaCha20 keystream under the documented nonce") {
    Stream stream(PublicSeed::from_bytes(counting_bytes()), 0x0123456789abcdef, 0x00beef);
    std::vector<std::uint8_t> bytes(5000);
    stream.fill(bytes);
    const std::string digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t x : sha256(bytes)) text += {digits[x >> 4], digits[x & 15]};
    CHECK_EQ(text, std::string(vectors::kStreamBytes));
}

TEST("a stream gives the same bytes however they are taken") {
    const PublicSeed seed = PublicSeed::from_bytes(counting_bytes());
    std::vector<std::uint8_t> whole(20000);
    Stream(seed, 1, 2).fill(whole);
    test::Rng rng(4);
    for (int run = 0; run < 20; ++run) {
        Stream stream(seed, 1, 2);
        std::vector<std::uint8_t> pieces;
        while (pieces.size() + 2000 < whole.size()) {
            const std::size_t kind = rng.below(3);
            if (kind == 0) {
                std::vector<std::uint8_t> some(rng.below(2000));
                stream.fill(some);
                pieces.insert(pieces.end(), some.begin(), some.end());
                continue;
            }
            std::vector<std::uint64_t> words(kind == 1 ? 1 : rng.below(200));
            if (kind == 1) {
                words[0] = stream.next_u64();
            } else {
                stream.fill_u64(words);
            }
            for (const std::uint64_t w : words) {
                for (int i = 0; i < 8; ++i) pieces.push_back(static_cast<std::uint8_t>(w >> (8 * i)));
            }
        }
        CHECK(std::equal(pieces.begin(), pieces.end(), whole.begin()));
    }
}

TEST("a stream from a block on is the rest of the stream") {
    const SecretSeed seed = SecretSeed::from_bytes(counting_bytes());
    std::vector<std::uint8_t> whole(4096);
    Stream(seed, Domain::error, 5, 0).fill(whole);
    for (const std::uint32_t block : {0u, 1u, 16u, 37u}) {
        std::vector<std::uint8_t> rest(whole.size() - 64 * block);
        Stream(seed, Domain::error, 5, 0, block).fill(rest);
        CHECK(std::equal(rest.begin(), rest.end(), whole.begin() + 64 * static_cast<std::ptrdiff_t>(block)));
    }
}

TEST("streams of different purpose, object, limb or seed have different bytes") {
    std::set<std::uint64_t> first_words;
    std::size_t streams = 0;
    for (const unsigned last : {0u, 1u}) {
        auto bytes = counting_bytes();
        bytes[31] = static_cast<std::uint8_t>(bytes[31] ^ last);
        for (const std::uint64_t object : {0ULL, 1ULL, 256ULL, 1ULL << 32, 1ULL << 63}) {
            for (const std::uint32_t limb : {0u, 1u, 256u, Stream::kMaxLimbs - 1}) {
                first_words.insert(Stream(PublicSeed::from_bytes(bytes), object, limb).next_u64());
                ++streams;
                for (const Domain domain :
                     {Domain::secret, Domain::error, Domain::ephemeral, Domain::flood, Domain::child_seed}) {
                    first_words.insert(Stream(SecretSeed::from_bytes(bytes), domain, object, limb).next_u64());
                    ++streams;
                }
            }
        }
    }
    CHECK_EQ(first_words.size(), streams);
}

}  // namespace
}  // namespace ciphernet
