#pragma once

#include <cstddef>

#include "io/format.hpp"

namespace ciphernet::io {

// The lengths of the fixed parts of payloads (docs/format.md).

inline constexpr std::size_t kParametersFixedBytes = 24;
/// Of parameters with bootstrapping, behind the others.
inline constexpr std::size_t kBootstrappingBytes = 16;
inline constexpr std::size_t kKeyNameBytes = 8;
inline constexpr std::size_t kKeyFixedBytes = kKeyNameBytes + kSeedBytes;
inline constexpr std::size_t kEncapsulationFixedBytes = kKeyNameBytes + 8 + 2 * kSeedBytes;
inline constexpr std::size_t kBundleFixedBytes = 8;
inline constexpr std::size_t kEntryBytes = 24;
/// Of a ciphertext in a batch or alone, and of a plaintext.
inline constexpr std::size_t kRecordFixedBytes = 24;
inline constexpr std::size_t kBatchFixedBytes = 8;

inline constexpr std::size_t kMostLevelsOfFile = 129;
inline constexpr std::size_t kMostSpecialPrimesOfFile = 60;

/// The bytes of one ciphertext in a batch.
std::size_t record_bytes(const rlwe::Parameters& parameters, const CiphertextShape& shape);

}  // namespace ciphernet::io
