#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

/// Bytes of `count` numbers of `bits` bits each, packed one after another; count is a multiple of 8, so that they end
/// with a byte.
constexpr std::size_t packed_bytes(std::size_t count, int bits) { return count / 8 * static_cast<std::size_t>(bits); }

/// The residues of a polynomial at its evaluation points, each limb packed to the bits of its prime: a third less memory
/// than words, and less to stream past a key switch. The layout is that of files (docs/format.md). Canonical residues,
/// always. Move-only. The ring must outlive it.
class PackedPolynomial {
public:
    /// Uninitialised.
    PackedPolynomial(const Ring& ring, Basis basis);

    static PackedPolynomial pack(const EvaluationPolynomial& a, const Execution& execution);
    EvaluationPolynomial unpack(const Execution& execution) const;

    const Ring& ring() const { return *ring_; }
    Basis basis() const { return basis_; }
    std::uint8_t* limb(int i) { return bytes() + offsets_[static_cast<std::size_t>(i)]; }
    const std::uint8_t* limb(int i) const { return bytes() + offsets_[static_cast<std::size_t>(i)]; }
    /// Limb after limb.
    std::uint8_t* bytes() { return reinterpret_cast<std::uint8_t*>(words_.data()); }
    const std::uint8_t* bytes() const { return reinterpret_cast<const std::uint8_t*>(words_.data()); }
    std::size_t byte_count() const { return offsets_.back(); }

private:
    const Ring* ring_;
    Basis basis_;
    std::vector<std::size_t> offsets_;  ///< where each limb begins, and the end
    AlignedBuffer words_;
};

}  // namespace ciphernet
