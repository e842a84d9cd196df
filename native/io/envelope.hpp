#pragma once

#include <cstdint>
#include <string>

#include "io/format.hpp"

namespace ciphernet::io {

// What all objects share: the header, the checksum at the end, and fields read in bounds. See docs/format.md.

struct Header {
    ObjectType type;
    std::uint16_t version = kFirstVersion;
    bool insecure;
    rlwe::Fingerprint fingerprint;
    std::uint64_t payload_bytes;

    std::uint64_t total_bytes() const { return kHeaderBytes + payload_bytes + kChecksumBytes; }
};

/// Bytes of an object around its payload.
inline constexpr std::size_t kEnvelopeBytes = kHeaderBytes + kChecksumBytes;

[[noreturn]] void refuse_corrupt(const std::string& field, const std::string& message);

/// Throws the codes of inspect().
Header read_header(ByteView start);
/// Of this type and, when given, of this parameter set with the mark that the set asks for.
Header read_header(ByteView start, ObjectType expected, const rlwe::Parameters* parameters);

/// The payload of a whole object of at most `most_bytes` bytes in all: header, length and checksum hold.
ByteView open(ByteView bytes, const Header& header, std::uint64_t most_bytes);
/// Throws Error{format_corrupt} unless an object whose content needs bootstrapping's version has it, and no other.
void check_version(const Header& header, bool bootstrapping);
inline std::uint16_t version_of(bool bootstrapping) { return bootstrapping ? kBootstrappingVersion : kFirstVersion; }
/// The length alone: neither truncated nor trailing nor above the bound.
void check_length(ByteView bytes, const Header& header, std::uint64_t most_bytes);

/// Reads fields one after another; throws Error{format_truncated} where they end too early.
class Cursor {
public:
    Cursor(ByteView bytes, ObjectType type) : rest_(bytes), type_(type) {}

    std::uint64_t number(std::size_t size);
    std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
    std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
    std::uint64_t u64() { return number(8); }
    double f64();
    ByteView take(std::uint64_t size);
    /// Reserved bytes: zero in this version.
    void zero(std::size_t size);
    std::size_t left() const { return rest_.size(); }
    /// Throws Error{format_trailing} unless everything was read.
    void finish() const;

private:
    ByteView rest_;
    ObjectType type_;
};

/// Writes an object into exactly as many bytes as it has.
class Builder {
public:
    /// Writes the header. Its length is that of `out`.
    Builder(std::span<std::uint8_t> out, ObjectType type, bool insecure, const rlwe::Fingerprint& fingerprint,
            std::uint16_t version = kFirstVersion);

    void number(std::uint64_t x, std::size_t size);
    void u8(std::uint64_t x) { number(x, 1); }
    void u16(std::uint64_t x) { number(x, 2); }
    void u32(std::uint64_t x) { number(x, 4); }
    void u64(std::uint64_t x) { number(x, 8); }
    void f64(double x);
    void bytes(ByteView bytes);
    void zero(std::size_t size);
    /// Room for bytes that are filled in before finish().
    std::uint8_t* room(std::size_t size);
    /// The checksum over everything written so far, as a field.
    void checksum();
    /// The checksum at the end.
    void finish();

private:
    std::span<std::uint8_t> out_;
    std::size_t at_ = 0;
};

/// Constant time, nothing left on the stack.
std::uint64_t checksum_of(ByteView bytes);

/// The header alone, for writers in pieces.
void write_header(std::span<std::uint8_t, kHeaderBytes> out, const Header& header);

/// Whether an object must carry the mark whatever it says itself.
inline bool marks_insecure(const rlwe::Parameters& parameters) { return parameters.security() == rlwe::Security::none; }

/// Error{format_corrupt} above the highest.
int checked_level(std::uint64_t level, int highest);

}  // namespace ciphernet::io
