#pragma once

#include <vector>

#include "io/format.hpp"
#include "ring/packed_polynomial.hpp"

namespace ciphernet::io {

/// Bytes of a polynomial over `basis`: every limb at its prime's width.
std::size_t polynomial_bytes(const Ring& ring, Basis basis);

/// The limbs of many polynomials and the places of their bytes, gathered so that one parallel loop runs over all.
class PackQueue {
public:
    /// `out` has polynomial_bytes() bytes.
    void add(std::uint8_t* out, const EvaluationPolynomial& a);
    void run(const Execution& execution) const;

private:
    struct Limb {
        std::uint8_t* out;
        const u64* residues;
        std::size_t n;
        int bits;
    };
    std::vector<Limb> limbs_;
};

class UnpackQueue {
public:
    /// `bytes` are polynomial_bytes() bytes; the polynomial's words keep their place until run(), the object may move.
    void add(EvaluationPolynomial& a, ByteView bytes);
    /// The same for one that stays packed: its bytes are checked and copied.
    void add(PackedPolynomial& a, ByteView bytes);
    /// Throws Error{format_corrupt} when a residue is not below its prime.
    void run(const Execution& execution) const;

private:
    struct Limb {
        u64* residues;         ///< null when the bytes are
        std::uint8_t* packed;  ///< copied as they are
        const std::uint8_t* bytes;
        std::size_t n;
        int bits;
        u64 prime;
    };
    std::vector<Limb> limbs_;
};

bool is_zero(const EvaluationPolynomial& a);

}  // namespace ciphernet::io
