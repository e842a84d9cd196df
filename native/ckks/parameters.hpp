#pragma once

#include <memory>
#include <string>
#include <vector>

#include "arith/double_double.hpp"
#include "ckks/encoding.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::ckks {

using rlwe::Security;

/// What a user writes down. Unchecked; see Parameters.
struct ParametersLiteral {
    int log_n;
    std::vector<int> log_q;  ///< bits of every level's modulus, q_0 first; above 49 (q_0: 50) two primes make the level
    std::vector<int> log_p;  ///< bits of the key-switching primes, at most 50 each; empty: no products, no rotations
    int log_scale;           ///< log2 of the scale at the top level
    int log_slots = -1;      ///< slots of a ciphertext; -1: all N/2
    double magnitude = 1;    ///< no slot that is encrypted is larger, unless said otherwise (noise predictions use it)
    Security security = Security::classical_128;  ///< weaker only by name, and marked
};

/// Checked and immutable: whoever holds one holds a usable set. Every level has one fixed scale,
/// Delta_(l-1) = Delta_l^2 / q_l, and q_l is the prime (or pair) that keeps it nearest to what the sizes say.
/// (Kim, Papadimitriou, Polyakov, "Approximate homomorphic encryption with reduced approximation error", 2022.)
class Parameters {
public:
    /// Chooses the primes. Throws Error{parameters_invalid}, Error{security_insufficient}.
    explicit Parameters(const ParametersLiteral& literal);
    /// The same set again, from primes that were written to a file: nothing is searched for, everything is checked.
    Parameters(const ParametersLiteral& literal, std::vector<std::vector<u64>> levels, std::vector<u64> special_primes);

    /// log2 of the product of the primes that the first constructor would choose; makes no tables.
    /// Throws Error{parameters_invalid}.
    static double log2_qp(const ParametersLiteral& literal);

    const ParametersLiteral& literal() const { return literal_; }
    const rlwe::Parameters& rlwe() const { return *rlwe_; }
    const std::shared_ptr<const rlwe::Parameters>& shared_rlwe() const { return rlwe_; }
    const Ring& ring() const { return rlwe_->ring(); }

    int log_slots() const { return literal_.log_slots; }
    std::size_t slots() const { return std::size_t{1} << literal_.log_slots; }
    int max_level() const { return rlwe_->max_level(); }
    /// Delta of a level, to about 100 bits.
    DoubleDouble scale(int level) const { return scales_[static_cast<std::size_t>(level)]; }
    /// The tables of the canonical embedding for this N.
    const Embeddings& embeddings() const { return *embeddings_; }
    /// The largest |coefficient| / Delta that fits at a level: Q / (2 Delta).
    double max_magnitude(int level) const;

private:
    void make_tables();

    ParametersLiteral literal_;
    std::shared_ptr<const rlwe::Parameters> rlwe_;
    std::vector<DoubleDouble> scales_;
    std::unique_ptr<const Embeddings> embeddings_;
};

}  // namespace ciphernet::ckks
