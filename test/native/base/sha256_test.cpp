#include "base/sha256.hpp"

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "support/test.hpp"

namespace ciphernet {
namespace {

std::string hex(const Sha256Digest& digest) {
    std::string text;
    char byte[3];
    for (const std::uint8_t x : digest) {
        std::snprintf(byte, sizeof(byte), "%02x", x);
        text += byte;
    }
    return text;
}

std::vector<std::uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

TEST("SHA-256 gives the digests of the FIPS 180-4 examples") {
    CHECK_EQ(hex(sha256({})), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    CHECK_EQ(hex(sha256(bytes_of("abc"))),
             std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    CHECK_EQ(hex(sha256(bytes_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
             std::string("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"));
    CHECK_EQ(hex(sha256(std::vector<std::uint8_t>(1000000, 'a'))),
             std::string("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"));
}

TEST("SHA-256 of a message does not depend on how it is cut, at every length around the padding's edges") {
    test::Rng rng(1);
    for (std::size_t length = 0; length <= 200; ++length) {
        std::vector<std::uint8_t> message(length);
        for (auto& x : message) x = static_cast<std::uint8_t>(rng());
        Sha256 pieces;
        for (std::size_t done = 0; done < length;) {
            const std::size_t size = std::min<std::size_t>(1 + rng.below(90), length - done);
            pieces.update({message.data() + done, size});
            static_cast<void>(pieces.digest());  // reading the digest must not disturb what follows
            done += size;
        }
        CHECK(pieces.digest() == sha256(message));
    }
}

// The digest of the digests of 0, 1, …, 199 bytes 0, 1, 2, …: computed with Python's hashlib.
TEST("SHA-256 agrees with an independent implementation at every padding") {
    Sha256 all;
    std::vector<std::uint8_t> message;
    for (std::size_t length = 0; length < 200; ++length) {
        all.update(sha256(message));
        message.push_back(static_cast<std::uint8_t>(length));
    }
    CHECK_EQ(hex(all.digest()), std::string("ba7b0fcea7d10c06b855b43d2b4dce1e3e842fff6be0acefb0faf4f2dd05bb47"));
}

}  // namespace
}  // namespace ciphernet
