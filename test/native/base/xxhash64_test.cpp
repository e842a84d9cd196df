#include "base/xxhash64.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

constexpr std::uint64_t kPrime32 = 2654435761;

std::uint64_t hash_text(const std::string& text) {
    return xxhash64(std::vector<std::uint8_t>(text.begin(), text.end()));
}

// The buffer and the values of the reference implementation's own self-test.
TEST("XXH64 gives the values of the reference self-test") {
    std::vector<std::uint8_t> buffer;
    std::uint32_t generator = kPrime32;
    for (int i = 0; i < 222; ++i) {
        buffer.push_back(static_cast<std::uint8_t>(generator >> 24));
        generator *= generator;
    }
    const struct {
        std::size_t length;
        std::uint64_t seed, hash;
    } expected[] = {
        {0, 0, 0xef46db3751d8e999},          {0, kPrime32, 0xac75fda2929b17ef},   {1, 0, 0x4fce394cc88952d8},
        {1, kPrime32, 0x739840cb819fa723},   {14, 0, 0xcffa8db881bc3a3d},         {14, kPrime32, 0x5b9611585efcc9cb},
        {101, 0, 0x0eab543384f878ad},        {101, kPrime32, 0xcaa65939306f1e21}, {222, 0, 0x9dd507880debb03d},
        {222, kPrime32, 0xdc515172b8ee0600},
    };
    for (const auto& e : expected) CHECK_EQ(xxhash64({buffer.data(), e.length}, e.seed), e.hash);
}

TEST("XXH64 gives the published hashes of short texts") {
    CHECK_EQ(hash_text("a"), 0xd24ec4f1a98c6e5bu);
    CHECK_EQ(hash_text("abc"), 0x44bc2cf5ad770999u);
    CHECK_EQ(hash_text("Nobody inspects the spammish repetition"), 0xfbcea83c8a378bf1u);
}

// The hash of the hashes of 0, 1, …, 199 bytes 0, 1, 2, … with another seed each: computed with python-xxhash 3.
TEST("XXH64 agrees with the reference at every length and many seeds") {
    XxHash64 all;
    std::vector<std::uint8_t> message;
    for (std::uint64_t length = 0; length < 200; ++length) {
        const std::uint64_t hash = xxhash64(message, length * 0x9e3779b97f4a7c15);
        std::uint8_t bytes[8];
        for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(hash >> (8 * i));
        all.update(bytes);
        message.push_back(static_cast<std::uint8_t>(length));
    }
    CHECK_EQ(all.digest(), 0x3c93e6f109685fe8u);
}

TEST("XXH64 of a message does not depend on how it is cut") {
    test::Rng rng(2);
    for (std::size_t length = 0; length <= 150; ++length) {
        std::vector<std::uint8_t> message(length);
        for (auto& x : message) x = static_cast<std::uint8_t>(rng());
        XxHash64 pieces(length);
        for (std::size_t done = 0; done < length;) {
            const std::size_t size = std::min<std::size_t>(1 + rng.below(50), length - done);
            pieces.update({message.data() + done, size});
            static_cast<void>(pieces.digest());
            done += size;
        }
        CHECK_EQ(pieces.digest(), xxhash64(message, length));
    }
}

}  // namespace
}  // namespace ciphernet
