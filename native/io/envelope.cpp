#include "io/envelope.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/wipe.hpp"
#include "base/xxhash64.hpp"
#include "io/little_endian.hpp"

namespace ciphernet::io {
namespace {

/// Not text (the first byte), and damaged visibly by whatever converts line ends (as in PNG).
constexpr std::array<std::uint8_t, 8> kMagic{0x89, 'C', 'I', 'P', 'H', '\r', '\n', 0x1a};
constexpr std::uint8_t kInsecureFlag = 1;

struct TypeName {
    ObjectType type;
    std::string_view name;
};
constexpr std::array kTypeNames{TypeName{ObjectType::parameters, "parameters"},
                                TypeName{ObjectType::secret_key, "secret key"},
                                TypeName{ObjectType::public_key, "public key"},
                                TypeName{ObjectType::evaluation_key, "evaluation key"},
                                TypeName{ObjectType::evaluation_keys, "evaluation keys"},
                                TypeName{ObjectType::ciphertext, "ciphertext"},
                                TypeName{ObjectType::ciphertext_batch, "ciphertext batch"},
                                TypeName{ObjectType::plaintext, "plaintext"}};

[[noreturn]] void refuse_truncated(const std::string& what, std::uint64_t needed, std::uint64_t present) {
    throw Error(ErrorCode::format_truncated,
                "The bytes of the " + what + " end too early: expected " + std::to_string(needed) + " but received " +
                    std::to_string(present) + ". Transfer them again.",
                {{"expected", std::to_string(needed)}, {"received", std::to_string(present)}});
}

[[noreturn]] void refuse_trailing(const std::string& what, std::uint64_t surplus) {
    throw Error(ErrorCode::format_trailing,
                std::to_string(surplus) + " bytes follow after the end of the " + what + ". Pass exactly one object.",
                {{"surplus", std::to_string(surplus)}});
}

bool known(std::uint8_t type) {
    return std::ranges::any_of(kTypeNames,
                               [&](const TypeName& t) { return static_cast<std::uint8_t>(t.type) == type; });
}

/// Types that later versions have brought something new for.
bool may_bootstrap(ObjectType type) {
    return type == ObjectType::parameters || type == ObjectType::evaluation_key || type == ObjectType::evaluation_keys;
}

}  // namespace

std::string_view to_string(ObjectType type) {
    for (const TypeName& t : kTypeNames)
        if (t.type == type) return t.name;
    return "object";
}

SecretBytes::~SecretBytes() { secure_wipe(bytes_.data(), bytes_.size()); }

void refuse_corrupt(const std::string& field, const std::string& message) {
    throw Error(ErrorCode::format_corrupt, message, {{"field", field}});
}

std::uint64_t checksum_of(ByteView bytes) {
    XxHash64 hash;
    hash.update(bytes);
    const std::uint64_t digest = hash.digest();
    secure_wipe(&hash, sizeof hash);
    return digest;
}

Header read_header(ByteView start) {
    const std::size_t compared = std::min(start.size(), kMagic.size());
    if (!std::equal(kMagic.begin(), kMagic.begin() + static_cast<std::ptrdiff_t>(compared), start.begin()))
        throw Error(ErrorCode::format_magic, "These bytes are not an object of Ciphernet: they begin otherwise.");
    // The magic and the version stand at these places in every version.
    if (start.size() < 10) refuse_truncated("object", kHeaderBytes, start.size());
    const std::uint64_t version = load_le(start.data() + 8, 2);
    if (version < kFirstVersion || version > kFormatVersion)
        throw Error(ErrorCode::format_version,
                    "These bytes have format version " + std::to_string(version) + "; this build reads versions " +
                        std::to_string(kFirstVersion) + " to " + std::to_string(kFormatVersion) +
                        ". Use a build that reads both.",
                    {{"version", std::to_string(version)}});
    if (start.size() < kHeaderBytes) refuse_truncated("object", kHeaderBytes, start.size());
    const std::uint8_t type = start[10];
    if (!known(type))
        throw Error(ErrorCode::format_type,
                    "These bytes hold an object of the unknown type " + std::to_string(type) + ".",
                    {{"type", std::to_string(type)}});
    if ((start[11] & ~kInsecureFlag) != 0)
        refuse_corrupt("flags", "The header has unknown flags: " + std::to_string(start[11]) + ".");
    if (load_le(start.data() + 12, 4) != 0) refuse_corrupt("reserved", "Reserved bytes of the header are not zero.");
    Header header{.type = static_cast<ObjectType>(type),
                  .version = static_cast<std::uint16_t>(version),
                  .insecure = (start[11] & kInsecureFlag) != 0,
                  .fingerprint = {},
                  .payload_bytes = load_le(start.data() + 16)};
    std::copy_n(start.begin() + 24, header.fingerprint.size(), header.fingerprint.begin());
    if (version != kFirstVersion && !may_bootstrap(header.type))
        throw Error(ErrorCode::format_version,
                    "There is no " + std::string(to_string(header.type)) + " of format version " +
                        std::to_string(version) + ".",
                    {{"version", std::to_string(version)}});
    if (header.payload_bytes > kMostBytes - kEnvelopeBytes)
        throw Error(ErrorCode::format_too_large,
                    "The " + std::string(to_string(header.type)) + " names a length of " +
                        std::to_string(header.payload_bytes) + " bytes, above any object's bound.",
                    {{"bytes", std::to_string(header.payload_bytes)}});
    return header;
}

Header read_header(ByteView start, ObjectType expected, const rlwe::Parameters* parameters) {
    const Header header = read_header(start);
    if (header.type != expected)
        throw Error(
            ErrorCode::format_type,
            "Expected the bytes of a " + std::string(to_string(expected)) + " but received those of a " +
                std::string(to_string(header.type)) + ".",
            {{"expected", std::string(to_string(expected))}, {"received", std::string(to_string(header.type))}});
    if (!parameters) return header;
    if (header.fingerprint != parameters->fingerprint())
        throw Error(ErrorCode::parameters_mismatch,
                    "The " + std::string(to_string(expected)) + " belongs to parameter set " +
                        rlwe::short_name(header.fingerprint) + ", not to " +
                        rlwe::short_name(parameters->fingerprint()) + ". Use the set that it was made under.",
                    {{"object", rlwe::short_name(header.fingerprint)},
                     {"parameters", rlwe::short_name(parameters->fingerprint())}});
    if (marks_insecure(*parameters) && !header.insecure)
        refuse_corrupt("flags", "An object of a parameter set without security lacks the mark that says so.");
    return header;
}

void check_version(const Header& header, bool bootstrapping) {
    if (header.version != version_of(bootstrapping))
        refuse_corrupt("version", "The " + std::string(to_string(header.type)) + " has format version " +
                                      std::to_string(header.version) + "; what it holds is written in version " +
                                      std::to_string(version_of(bootstrapping)) + ".");
}

void check_length(ByteView bytes, const Header& header, std::uint64_t most_bytes) {
    const std::string what(to_string(header.type));
    if (header.total_bytes() > most_bytes)
        throw Error(ErrorCode::format_too_large,
                    "The " + what + " has " + std::to_string(header.total_bytes()) +
                        " bytes; under these parameters it has at most " + std::to_string(most_bytes) + ".",
                    {{"bytes", std::to_string(header.total_bytes())}, {"bound", std::to_string(most_bytes)}});
    if (bytes.size() < header.total_bytes()) refuse_truncated(what, header.total_bytes(), bytes.size());
    if (bytes.size() > header.total_bytes()) refuse_trailing(what, bytes.size() - header.total_bytes());
}

ByteView open(ByteView bytes, const Header& header, std::uint64_t most_bytes) {
    check_length(bytes, header, most_bytes);
    const ByteView covered = bytes.first(bytes.size() - kChecksumBytes);
    if (checksum_of(covered) != load_le(bytes.data() + covered.size()))
        refuse_corrupt("checksum", "The checksum of the " + std::string(to_string(header.type)) +
                                       " does not fit its bytes: they were altered. Transfer them again.");
    return covered.subspan(kHeaderBytes);
}

std::uint64_t Cursor::number(std::size_t size) { return load_le(take(size).data(), size); }

double Cursor::f64() { return std::bit_cast<double>(u64()); }

ByteView Cursor::take(std::uint64_t size) {
    if (size > rest_.size()) refuse_truncated(std::string(to_string(type_)), size, rest_.size());
    const ByteView taken = rest_.first(static_cast<std::size_t>(size));
    rest_ = rest_.subspan(static_cast<std::size_t>(size));
    return taken;
}

void Cursor::zero(std::size_t size) {
    for (const std::uint8_t byte : take(size))
        if (byte != 0)
            refuse_corrupt("reserved", "Reserved bytes of the " + std::string(to_string(type_)) + " are not zero.");
}

void Cursor::finish() const {
    if (!rest_.empty()) refuse_trailing("fields of the " + std::string(to_string(type_)), rest_.size());
}

void write_header(std::span<std::uint8_t, kHeaderBytes> out, const Header& header) {
    std::copy(kMagic.begin(), kMagic.end(), out.begin());
    store_le(&out[8], header.version, 2);
    out[10] = static_cast<std::uint8_t>(header.type);
    out[11] = header.insecure ? kInsecureFlag : 0;
    store_le(&out[12], 0, 4);
    store_le(&out[16], header.payload_bytes);
    std::copy(header.fingerprint.begin(), header.fingerprint.end(), out.begin() + 24);
}

Builder::Builder(std::span<std::uint8_t> out, ObjectType type, bool insecure, const rlwe::Fingerprint& fingerprint,
                 std::uint16_t version)
    : out_(out) {
    CIPHERNET_ASSERT(out.size() >= kEnvelopeBytes);
    write_header(out.first<kHeaderBytes>(), {.type = type,
                                             .version = version,
                                             .insecure = insecure,
                                             .fingerprint = fingerprint,
                                             .payload_bytes = out.size() - kEnvelopeBytes});
    at_ = kHeaderBytes;
}

std::uint8_t* Builder::room(std::size_t size) {
    CIPHERNET_ASSERT(size <= out_.size() - at_);
    at_ += size;
    return out_.data() + at_ - size;
}

void Builder::number(std::uint64_t x, std::size_t size) {
    CIPHERNET_ASSERT(size == 8 || x >> (8 * size) == 0);
    store_le(room(size), x, size);
}

void Builder::f64(double x) { u64(std::bit_cast<std::uint64_t>(x)); }

void Builder::bytes(ByteView bytes) { std::copy(bytes.begin(), bytes.end(), room(bytes.size())); }

void Builder::zero(std::size_t size) { std::fill_n(room(size), size, std::uint8_t{0}); }

void Builder::checksum() {
    const std::uint64_t hash = checksum_of(out_.first(at_));
    u64(hash);
}

void Builder::finish() {
    checksum();
    CIPHERNET_ASSERT(at_ == out_.size());
}

int checked_level(std::uint64_t level, int highest) {
    if (level > static_cast<std::uint64_t>(highest))
        refuse_corrupt("level", "The object names level " + std::to_string(level) + "; the highest is " +
                                    std::to_string(highest) + ".");
    return static_cast<int>(level);
}

}  // namespace ciphernet::io
