#pragma once

#include "base/xxhash64.hpp"
#include "io/format.hpp"
#include "io/little_endian.hpp"

// Checksums are no defence against somebody who means harm: tests and fuzzers make them right again, so that what they
// altered is looked at by the readers behind.

namespace ciphernet::io::test {

/// Puts the right checksum behind altered bytes, as an attacker would.
inline void fix_checksum(Bytes& bytes) {
    const std::size_t covered = bytes.size() - kChecksumBytes;
    store_le(&bytes[covered], xxhash64(ByteView(bytes).first(covered)));
}

/// The same for the keys of a bundle and its table of contents, as far as they are where the table says.
inline void mend_table(Bytes& bytes) {
    const std::uint32_t count = static_cast<std::uint32_t>(load_le(&bytes[kHeaderBytes], 4));
    const std::size_t end = table_of_contents_bytes(count);
    if (end > bytes.size()) return;
    store_le(&bytes[end - kChecksumBytes], xxhash64(ByteView(bytes).first(end - kChecksumBytes)));
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint8_t* line = &bytes[kHeaderBytes + 8 + 24 * std::size_t{i}];
        const std::uint64_t offset = load_le(line + 8);
        const std::uint64_t length = load_le(line + 16);
        if (length < kChecksumBytes || length > bytes.size() || offset < end || offset > bytes.size() - length)
            continue;
        const std::size_t covered = length - kChecksumBytes;
        store_le(&bytes[offset + covered], xxhash64(ByteView(bytes).subspan(offset, covered)));
    }
}

}  // namespace ciphernet::io::test
