#include "base/xxhash64.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ciphernet {
namespace {

constexpr std::uint64_t kPrime1 = 0x9e3779b185ebca87;
constexpr std::uint64_t kPrime2 = 0xc2b2ae3d27d4eb4f;
constexpr std::uint64_t kPrime3 = 0x165667b19e3779f9;
constexpr std::uint64_t kPrime4 = 0x85ebca77c2b2ae63;
constexpr std::uint64_t kPrime5 = 0x27d4eb2f165667c5;

template <class Word>
Word load_le(const std::uint8_t* bytes) {
    Word x = 0;
    if constexpr (std::endian::native == std::endian::little) {
        std::memcpy(&x, bytes, sizeof(x));
    } else {
        for (std::size_t i = sizeof(x); i-- > 0;) x = static_cast<Word>(x << 8) | bytes[i];
    }
    return x;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input) { return std::rotl(lane + input * kPrime2, 31) * kPrime1; }

void consume_stripe(std::array<std::uint64_t, 4>& lanes, const std::uint8_t* stripe) {
    for (std::size_t i = 0; i < 4; ++i) lanes[i] = round(lanes[i], load_le<std::uint64_t>(stripe + 8 * i));
}

}  // namespace

XxHash64::XxHash64(std::uint64_t seed)
    : seed_(seed), lanes_{seed + kPrime1 + kPrime2, seed + kPrime2, seed, seed - kPrime1} {}

void XxHash64::update(std::span<const std::uint8_t> bytes) {
    const std::size_t used = length_ % 32;
    length_ += bytes.size();
    if (used + bytes.size() < 32) {
        std::copy(bytes.begin(), bytes.end(), buffer_.begin() + static_cast<std::ptrdiff_t>(used));
        return;
    }
    if (used > 0) {
        std::copy_n(bytes.data(), 32 - used, buffer_.data() + used);
        consume_stripe(lanes_, buffer_.data());
        bytes = bytes.subspan(32 - used);
    }
    for (; bytes.size() >= 32; bytes = bytes.subspan(32)) consume_stripe(lanes_, bytes.data());
    std::copy(bytes.begin(), bytes.end(), buffer_.begin());
}

std::uint64_t XxHash64::digest() const {
    std::uint64_t hash = seed_ + kPrime5;
    if (length_ >= 32) {
        hash = std::rotl(lanes_[0], 1) + std::rotl(lanes_[1], 7) + std::rotl(lanes_[2], 12) + std::rotl(lanes_[3], 18);
        for (const std::uint64_t lane : lanes_) hash = (hash ^ round(0, lane)) * kPrime1 + kPrime4;
    }
    hash += length_;

    const std::uint8_t* rest = buffer_.data();
    std::size_t left = length_ % 32;
    for (; left >= 8; left -= 8, rest += 8) {
        hash = std::rotl(hash ^ round(0, load_le<std::uint64_t>(rest)), 27) * kPrime1 + kPrime4;
    }
    if (left >= 4) {
        hash = std::rotl(hash ^ load_le<std::uint32_t>(rest) * kPrime1, 23) * kPrime2 + kPrime3;
        left -= 4;
        rest += 4;
    }
    for (; left > 0; --left, ++rest) hash = std::rotl(hash ^ *rest * kPrime5, 11) * kPrime1;

    hash = (hash ^ hash >> 33) * kPrime2;
    hash = (hash ^ hash >> 29) * kPrime3;
    return hash ^ hash >> 32;
}

std::uint64_t xxhash64(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
    XxHash64 hash(seed);
    hash.update(bytes);
    return hash.digest();
}

}  // namespace ciphernet
