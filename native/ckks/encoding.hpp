#pragma once

#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "arith/double_double.hpp"
#include "base/execution.hpp"
#include "ring/embedding.hpp"
#include "ring/mixed_radix.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::ckks {

/// Scales up to this use the double embedding: its error, embedding_error<double>(16) < 2^-46 of the largest slot, stays
/// below the rounding to integers for slots of magnitude up to 1. Above, double-double. The choice never depends on the
/// values, which are secret.
inline constexpr double kLargestDoubleScale = 0x1p45;

/// The tables that encoding and decoding share, for one ring, which must outlive them. Each is made when first asked
/// for; safe to ask for from several threads.
class Embeddings {
public:
    explicit Embeddings(const Ring& ring) : ring_(&ring) {}

    const Ring& ring() const { return *ring_; }
    const Embedding<double>& in_double() const;
    const Embedding<DoubleDouble>& in_double_double() const;
    const MixedRadix& mixed_radix() const;

private:
    template <class Table>
    struct Lazy {
        mutable std::once_flag once;
        mutable std::unique_ptr<const Table> table;
    };

    const Ring* ring_;
    Lazy<Embedding<double>> in_double_;
    Lazy<Embedding<DoubleDouble>> in_double_double_;
    Lazy<MixedRadix> mixed_radix_;
};

/// The N coefficients round(scale * sigma^-1(slots)), to be reduced modulo the primes of `basis`. Slots: 2^log_slots <= N/2 numbers
/// re + i im; missing ones are zero, and an empty `im` means real slots.
/// A coefficient is off by at most 1/2 + scale * (embedding_error(log_slots) + 2^-53 or 2^-103) * (largest slot).
/// Throws Error{invalid_argument} for too many values, Error{not_finite} naming the first of those,
/// Error{value_out_of_range} when a coefficient would not stay below Q/2; slots below Q / (2 scale) in magnitude always fit.
/// Constant time in the values, but for the width of the largest coefficient and for errors.
WideIntegers encode(const Ring& ring, Basis basis, const Embeddings& tables, std::span<const double> re,
                    std::span<const double> im, int log_slots, DoubleDouble scale, const Execution& execution = {});

/// sigma(a) / scale: the first re.size() slots, rounded to double; an empty `im` drops imaginary parts. Coefficients
/// outside the subring of the 2^log_slots slots are ignored. No key-switching limbs in a. Slots are not finite when
/// coefficients go beyond 2^900. Not constant time: depends on the size of the coefficients.
void decode(const CoefficientPolynomial& a, const Embeddings& tables, int log_slots, DoubleDouble scale,
            std::span<double> re, std::span<double> im, const Execution& execution = {});

/// round(value * scale) modulo each prime of `basis`: the constant in every slot, for multiply_scalar and add_constant.
/// (The imaginary unit is X^(N/2); a complex constant is two of these.) Throws Error{not_finite},
/// Error{value_out_of_range}. Constant time like encode().
std::vector<u64> encode_constant(const Ring& ring, Basis basis, DoubleDouble value, DoubleDouble scale);

/// The residues of many constants: those modulo one prime stand together.
struct EncodedConstants {
    std::size_t stride;
    AlignedBuffer residues;

    const u64* limb(int i) const { return residues.data() + static_cast<std::size_t>(i) * stride; }
    u64* limb(int i) { return residues.data() + static_cast<std::size_t>(i) * stride; }
};

/// encode_constant() of each.
EncodedConstants encode_constants(const Ring& ring, Basis basis, std::span<const DoubleDouble> values,
                                  DoubleDouble scale, const Execution& execution);

}  // namespace ciphernet::ckks
