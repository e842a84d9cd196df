#include <algorithm>
#include <cstdlib>
#include <new>

#include "io/files.hpp"

namespace {

/// What this thread has asked memory for, all requests together: also what was given back at once. (Blocks from the
/// block pool are not seen; under AddressSanitizer there is no pool.)
thread_local std::size_t requested = 0;

void* counted(std::size_t size, std::size_t alignment) {
    requested += size;
    const std::size_t rounded = std::max<std::size_t>((size + alignment - 1) / alignment, 1) * alignment;
    if (void* memory = std::aligned_alloc(alignment, rounded)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::test;

namespace {

#ifdef __SANITIZE_ADDRESS__
constexpr int kMutations = 20000;  // the fuzzers go on with it
#else
constexpr int kMutations = 100000;
#endif
/// Residues of 20 bits become words, and a seed the other half of a key; 2 KiB are messages.
constexpr std::size_t kRequestedPerByte = 10;
constexpr std::size_t kRequestedAlways = 2048;

/// One to four changes of the kinds that find mistakes in readers: single bits, whole fields with numbers at the ends
/// of ranges, bytes cut out or put in, parts exchanged. Half of them near the beginning, where the lengths are.
Bytes mutated(Bytes bytes, Rng& rng) {
    for (std::uint64_t changes = 1 + rng.below(4); changes > 0 && !bytes.empty(); --changes) {
        const std::size_t within = rng.below(2) == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 192);
        const std::size_t at = rng.below(within);
        const auto place = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t left = bytes.size() - at;
        switch (rng.below(8)) {
            case 0:
            case 1:
                bytes[at] ^= static_cast<std::uint8_t>(1u << rng.below(8));
                break;
            case 2:
                bytes[at] = static_cast<std::uint8_t>(rng.next());
                break;
            case 3:
            case 4: {
                const std::size_t size = std::min<std::size_t>(std::size_t{1} << rng.below(4), left);
                const std::uint64_t ends[] = {0,
                                              1,
                                              2,
                                              0x7f,
                                              0x80,
                                              0xff,
                                              0x7fff,
                                              0xffff,
                                              0x7fffffff,
                                              0xffffffff,
                                              ~std::uint64_t{0},
                                              bytes.size(),
                                              bytes.size() - kHeaderBytes,
                                              load_le(&bytes[at], size) + 1,
                                              load_le(&bytes[at], size) - 1,
                                              std::uint64_t{0x7ff0000000000000}};
                store_le(&bytes[at], ends[rng.below(std::size(ends))], size);
                break;
            }
            case 5:
                bytes.erase(place, place + static_cast<std::ptrdiff_t>(1 + rng.below(std::min<std::size_t>(left, 64))));
                break;
            case 6:
                bytes.insert(place, 1 + rng.below(64), static_cast<std::uint8_t>(rng.next()));
                break;
            default: {
                const std::size_t other = rng.below(bytes.size());
                const std::size_t size = 1 + rng.below(std::min({bytes.size() - other, left, std::size_t{32}}));
                std::copy_n(Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(other), bytes.end()).begin(), size,
                            place);
            }
        }
    }
    return bytes;
}

/// Makes the lengths and checksums right, so that the mutation reaches what lies behind them.
void mend(Bytes& bytes, Rng& rng) {
    if (bytes.size() < kHeaderBytes + kChecksumBytes) return;
    if (rng.below(4) != 0) store_le(&bytes[16], bytes.size() - kHeaderBytes - kChecksumBytes);
    if (bytes[10] == static_cast<std::uint8_t>(ObjectType::evaluation_keys)) mend_table(bytes);
    fix_checksum(bytes);
}

/// A typed error, or an object whose bytes are the mutated ones: then they are an object of the format.
void attack(const File& file, std::uint64_t stream, std::size_t always = kRequestedAlways) {
    Rng rng(stream);
    int accepted = 0;
    int refused = 0;
    for (int i = 0; i < kMutations; ++i) {
        Bytes bytes = mutated(file.bytes, rng);
        if (i % 2 == 0) mend(bytes, rng);
        bytes.shrink_to_fit();  // a byte too far lies outside the block
        requested = 0;
        try {
            const Bytes again = file.reread(bytes);
            ++accepted;
            if (!CHECK(again == bytes)) return;
        } catch (const Error& e) {
            ++refused;
            if (!CHECK_LE(requested, kRequestedPerByte * bytes.size() + always)) return;
            if (!CHECK(e.code() != ErrorCode::invalid_argument && e.code() != ErrorCode::internal &&
                       e.code() != ErrorCode::system && e.code() != ErrorCode::out_of_memory))
                return;
        }
    }
    CHECK_EQ(accepted + refused, kMutations);
    CHECK_LE(kMutations / 2, refused);
}

}  // namespace

// One test a type, so that a failure names it. The second half of the mutations keeps the old checksum.
// Parameters make their tables before the fingerprint shows that they are not those that it names.
TEST("mutated parameters are refused or valid") { attack(files()["parameters"], 1, std::size_t{4} << 20); }
TEST("a mutated secret key is refused or valid") { attack(files()["secret key"], 2); }
TEST("a mutated public key is refused or valid") { attack(files()["public key"], 3); }
TEST("a mutated evaluation key is refused or valid") { attack(files()["evaluation key"], 4); }
TEST("a mutated bundle of keys is refused or valid") { attack(files()["evaluation keys"], 5); }
TEST("a mutated seeded ciphertext is refused or valid") { attack(files()["seeded ciphertext"], 6); }
TEST("a mutated ciphertext is refused or valid") { attack(files()["ciphertext"], 7); }
TEST("a mutated batch is refused or valid") { attack(files()["batch"], 8); }
TEST("a mutated plaintext is refused or valid") { attack(files()["plaintext"], 9); }
TEST("mutated parameters with bootstrapping are refused or valid") {
    attack(files()["bootstrapping parameters"], 10, std::size_t{4} << 20);
}
TEST("a mutated encapsulation key is refused or valid") { attack(files()["encapsulation key"], 11); }
TEST("a mutated bundle of bootstrapping keys is refused or valid") { attack(files()["bootstrapping keys"], 12); }
