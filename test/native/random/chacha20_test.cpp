#include "random/chacha20.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes from_hex(const std::string& text) {
    Bytes bytes;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
        bytes.push_back(static_cast<std::uint8_t>(std::stoi(text.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

ChaCha20 make(const Bytes& key, const Bytes& nonce, std::uint32_t counter) {
    return ChaCha20(std::span(key).first<32>(), std::span(nonce).first<12>(), counter);
}

struct Vector {
    std::string key, nonce;
    std::uint32_t counter;
    std::string keystream;
};
const std::string kZeroKey(64, '0');
const std::string kZeroNonce(24, '0');

const Vector kRfc8439[] = {
    // Section 2.3.2.
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "000000090000004a00000000", 1,
     "10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
     "d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"},
    // Appendix A.1, test vectors 1 to 5.
    {kZeroKey, kZeroNonce, 0,
     "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
     "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"},
    {kZeroKey, kZeroNonce, 1,
     "9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
     "29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"},
    {kZeroKey.substr(1) + "1", kZeroNonce, 1,
     "3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
     "8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"},
    {"00ff" + kZeroKey.substr(4), kZeroNonce, 2,
     "72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
     "13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"},
    {kZeroKey, kZeroNonce.substr(1) + "2", 0,
     "c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
     "8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"},
};

TEST("ChaCha20 gives the block and keystreams of RFC 8439") {
    for (const Vector& v : kRfc8439) {
        ChaCha20 chacha = make(from_hex(v.key), from_hex(v.nonce), v.counter);
        Bytes block(64);
        chacha.keystream(block.data(), 1);
        CHECK(block == from_hex(v.keystream));
        CHECK_EQ(chacha.position(), v.counter + 1u);
    }
}

TEST("the keystream does not depend on how many blocks are asked for at once") {
    test::Rng rng(3);
    Bytes key(32);
    Bytes nonce(12);
    for (auto& x : key) x = static_cast<std::uint8_t>(rng());
    for (auto& x : nonce) x = static_cast<std::uint8_t>(rng());
    constexpr std::size_t kBlocks = 40;
    Bytes single(64 * kBlocks);
    for (std::uint32_t b = 0; b < kBlocks; ++b) make(key, nonce, 5 + b).keystream(single.data() + 64 * b, 1);
    for (std::size_t step = 1; step <= kBlocks; ++step) {
        ChaCha20 chacha = make(key, nonce, 5);
        Bytes out(64 * kBlocks);
        for (std::size_t done = 0; done < kBlocks; done += step) {
            chacha.keystream(out.data() + 64 * done, std::min(step, kBlocks - done));
        }
        CHECK(out == single);
    }
}

TEST("the keystream ends at 2^32 blocks instead of repeating itself") {
    const Bytes key(32);
    const Bytes nonce(12);
    Bytes out(64 * 6, 0xaa);
    ChaCha20 chacha = make(key, nonce, 0xfffffffb);  // five blocks are left
    CHECK_THROWS_CODE(chacha.keystream(out.data(), 6), ErrorCode::internal);
    CHECK(out == Bytes(64 * 6, 0xaa));
    chacha.keystream(out.data(), 5);
    CHECK_EQ(chacha.position(), ChaCha20::kMaxBlocks);
    CHECK_THROWS_CODE(chacha.keystream(out.data(), 1), ErrorCode::internal);
    Bytes last(64);
    make(key, nonce, 0xffffffff).keystream(last.data(), 1);
    CHECK(std::equal(last.begin(), last.end(), out.begin() + 4 * 64));
}

}  // namespace
}  // namespace ciphernet
