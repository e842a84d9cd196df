#pragma once

#include <cstddef>

#include "io/format.hpp"

namespace ciphernet::io {

// The lengths of the fixed parts of payloads (docs/format.md).

inline constexpr std::size_t kParametersFixedBytes = 24;
inline constexpr std::size_t kKeyFixedBytes = 8 + kSeedBytes;
inline constexpr std::size_t kBundleFixedBytes = 8;
inline constexpr std::size_t kEntryBytes = 24;
/// Of a ciphertext in a batch or alone, and of a plaintext.
inline constexpr std::size_t kRecordFixedBytes = 24;
inline constexpr std::size_t kBatchFixedBytes = 8;

inline constexpr std::size_t kMostLevelsOfFile = 129;
inline constexpr std::size_t kMostSpecialPrimesOfFile = 60;

/// The kinds of an evaluation key.
inline constexpr std::uint8_t kRelinearizationKind = 1;
inline constexpr std::uint8_t kGaloisKind = 2;

/// The bytes of one ciphertext in a batch.
std::size_t record_bytes(const rlwe::Parameters& parameters, const CiphertextShape& shape);

}  // namespace ciphernet::io
