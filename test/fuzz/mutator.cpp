// Mutations that get past the envelope: after libFuzzer's own change, the header, lengths, fingerprint and checksums are
// mostly made right again. Half of the changes fall on a few bytes of the fields.
#include <cmath>
#include <random>

#include "arith/primes.hpp"
#include "base/sha256.hpp"
#include "io/mend.hpp"
#include "sets.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::fuzz;

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace {

#ifdef CIPHERNET_FUZZ_OBJECT
constexpr ObjectType kType = ObjectType::CIPHERNET_FUZZ_OBJECT;
#endif

/// The choices of one mutation.
class Choices {
public:
    explicit Choices(unsigned int seed) : words_(seed) {}
    std::uint64_t below(std::uint64_t bound) { return words_() % bound; }

private:
    std::minstd_rand words_;
};

/// Of the payload: where the fields of a single object are, and the first lines of a table of contents.
constexpr std::size_t kFieldBytes = 64;
constexpr std::size_t kChecked = kHeaderBytes + kChecksumBytes;

/// Numbers like `near` that pass as primes of a set.
std::uint64_t prime_near(std::uint64_t near, int log_n) {
    const double target = std::clamp(static_cast<double>(near), 0x1p20, 0x1p49);
    return nearest_prime(target, std::uint64_t{2} << log_n, {});
}

/// Documented in docs/format.md, written here a second time: the fingerprint of parameters from their payload.
void mend_fingerprint(Bytes& bytes, Choices& choose) {
    const std::span<std::uint8_t> payload = std::span(bytes).subspan(kHeaderBytes, bytes.size() - kChecked);
    if (payload.size() < 24) return;
    const int log_n = payload[1];
    std::vector<std::uint8_t> hashed;
    const auto append = [&](std::uint64_t x, std::size_t size = 8) {
        hashed.resize(hashed.size() + size);
        store_le(&hashed[hashed.size() - size], x, size);
    };
    const bool bootstrapping = load_le(&bytes[8], 2) == kBootstrappingVersion;
    if (bootstrapping && payload.size() < 40) return;
    std::size_t at = bootstrapping ? 40 : 24;
    const auto append_prime = [&] {
        std::uint64_t prime = load_le(&payload[at]);
        if (log_n >= 10 && log_n <= 12 && choose.below(8) != 0)
            store_le(&payload[at], prime = prime_near(prime, log_n));
        append(prime);
        at += 8;
        return prime;
    };
    append(payload[1]);
    append(load_le(&payload[4], 2) == 0 ? 1 : 0);
    const std::size_t levels = load_le(&payload[16], 2);
    append(levels);
    for (std::size_t l = 0; l < levels; ++l) {
        if (at + 2 > payload.size()) return;
        const std::size_t bits = at;
        const std::size_t primes = payload[at + 1];
        at += 2;
        if (primes > 2 || at + 8 * primes > payload.size()) return;
        append(primes);
        double log_q = 0;
        for (std::size_t i = 0; i < primes; ++i) log_q += std::log2(static_cast<double>(append_prime() | 1));
        if (choose.below(8) != 0) payload[bits] = static_cast<std::uint8_t>(std::lround(log_q));
    }
    const std::size_t special = load_le(&payload[18], 2);
    append(special);
    for (std::size_t i = 0; i < special; ++i) {
        const std::size_t bits = at++;
        if (at + 8 > payload.size()) return;
        const double log_p = std::log2(static_cast<double>(append_prime() | 1));
        if (choose.below(8) != 0) payload[bits] = static_cast<std::uint8_t>(std::lround(log_p));
    }
    append(bootstrapping ? 24 : 15);
    for (const char c : {'c', 'k', 'k', 's', '\1'}) append(static_cast<std::uint8_t>(c), 1);
    append(payload[2], 1);
    append(payload[3], 1);
    append(load_le(&payload[8]));
    if (bootstrapping) {
        for (std::size_t field = 24; field < 31; ++field) append(payload[field], 1);
        append(load_le(&payload[32], 2), 2);
    }
    const Sha256Digest digest = sha256(hashed);
    std::copy(digest.begin(), digest.end(), bytes.begin() + 24);
}

/// A field of the payload becomes a number at the end of a range, a double that is none among them.
void put_end(std::uint8_t* payload, std::size_t size, Choices& choose) {
    constexpr std::uint64_t kEnds[] = {0,
                                       1,
                                       2,
                                       3,
                                       0x7f,
                                       0x80,
                                       0xff,
                                       0x7fff,
                                       0xffff,
                                       0x7fffffff,
                                       0xffffffff,
                                       ~std::uint64_t{0},
                                       0x7ff0000000000000,   // infinity
                                       0xfff0000000000000,   // its negative
                                       0x7ff8000000000000,   // not a number
                                       0x8000000000000000,   // -0
                                       0x0000000000000001};  // the smallest double
    const std::size_t width = std::size_t{1} << choose.below(4);
    const std::size_t places = std::min(size, kFieldBytes) / width;
    if (places > 0) store_le(payload + width * choose.below(places), kEnds[choose.below(std::size(kEnds))], width);
}

/// The version that what the bytes hold is written in.
std::uint16_t version_within(const Bytes& bytes, ObjectType type) {
    const auto kind_at = [&](std::size_t at) { return at < bytes.size() ? bytes[at] : 0; };
    constexpr auto kEncapsulation = static_cast<std::uint8_t>(KeyKind::encapsulation);
    switch (type) {
        case ObjectType::parameters:
            return static_cast<std::uint16_t>(bytes[8] == kBootstrappingVersion ? kBootstrappingVersion
                                                                                : kFirstVersion);
        case ObjectType::evaluation_key:
            return kind_at(kHeaderBytes) == kEncapsulation ? kBootstrappingVersion : kFirstVersion;
        case ObjectType::evaluation_keys: {
            // The last line of the table of contents.
            const std::size_t count = bytes.size() > kChecked + 8 ? load_le(&bytes[kHeaderBytes], 4) : 0;
            return count > 0 && kind_at(kHeaderBytes + 8 + 24 * (count - 1)) == kEncapsulation ? kBootstrappingVersion
                                                                                               : kFirstVersion;
        }
        default:
            return kFirstVersion;
    }
}

void mend(Bytes& bytes, Choices& choose) {
    if (bytes.size() < kChecked) {
        if (choose.below(4) != 0) return;
        bytes.resize(kChecked);
    }
    if (choose.below(8) == 0) return;  // what was sent is mostly as it was
    const auto& named = set_of(bytes);
    const auto& set = choose.below(16) == 0 ? sets()[choose.below(sets().size())] : named;
    ObjectType type = static_cast<ObjectType>(bytes[10]);
#ifdef CIPHERNET_FUZZ_OBJECT
    type = kType;
#endif
    const Bytes right = write(*set);  // a header to copy from
    if (choose.below(16) != 0) std::copy_n(right.begin(), 8, bytes.begin());
    if (choose.below(4) != 0) store_le(&bytes[8], version_within(bytes, type), 2);
    if (choose.below(16) != 0) bytes[10] = static_cast<std::uint8_t>(type);
    if (choose.below(4) != 0) bytes[11] = right[11];
    if (choose.below(16) != 0) std::copy_n(right.begin() + 12, 4, bytes.begin() + 12);
    if (choose.below(16) != 0) std::copy_n(right.begin() + 24, 32, bytes.begin() + 24);
    if (choose.below(16) != 0) store_le(&bytes[16], bytes.size() - kChecked);
    if (type == ObjectType::parameters && choose.below(16) != 0) {
        if (choose.below(4) != 0 && bytes.size() > kChecked + 6)
            bytes[11] = load_le(&bytes[kHeaderBytes + 4], 2) == 0;  // the mark
        mend_fingerprint(bytes, choose);
    }
    if (type == ObjectType::evaluation_keys && bytes.size() > kChecked + 8) io::test::mend_table(bytes);
    if (choose.below(16) != 0) io::test::fix_checksum(bytes);
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t most,
                                               unsigned int seed) {
    Choices choose(seed);
    if (size > kChecked && choose.below(4) != 0) {
        // A few bytes in place, most often among the first fields of the payload.
        const std::size_t width = 1 + choose.below(8);
        const std::size_t within = choose.below(4) != 0 ? std::min(size, kHeaderBytes + kFieldBytes) : size;
        const std::size_t first = choose.below(8) != 0 ? kHeaderBytes : 0;
        const std::size_t at = std::min(first + choose.below(within - first), size - width);
        LLVMFuzzerMutate(data + at, width, width);
        if (choose.below(4) == 0) put_end(data + kHeaderBytes, size - kHeaderBytes, choose);
    } else {
        size = LLVMFuzzerMutate(data, size, most);
    }
    Bytes bytes(data, data + size);
    mend(bytes, choose);
    if (bytes.size() > most) return size;
    std::copy(bytes.begin(), bytes.end(), data);
    return bytes.size();
}
