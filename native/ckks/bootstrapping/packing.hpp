#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "ckks/bootstrapping/bootstrapping_keys.hpp"
#include "ckks/evaluator.hpp"

namespace ciphernet::ckks {

/// A literal for ciphertexts into which `batch` of the given one's are packed: as many times the slots. Throws
/// Error{invalid_argument} for a batch that is no power of two or does not fit the ring. log_slots must be given.
ParametersLiteral packed_literal(ParametersLiteral literal, std::size_t batch);

/// Several ciphertexts of few slots as one of many, and back. n slots are a polynomial m_i(Z) of degree 2n, Z = X^(N/2n). With
/// Y^batch = Z,
///
///   m = sum_i Y^i m_i(Y^batch)
///
/// has batch × n slots, and costs products with monomials. Back leads a binary tree: the rotation by half the slots maps Y to
/// -Y, so m + its rotation is twice the half of even powers, their difference 2 Y times that of odd ones. (Chen, Dai, Kim,
/// Song, "Efficient homomorphic conversion between (ring) LWE ciphertexts", 2021.)
class Packing {
public:
    /// Error{invalid_argument} as packed_literal().
    Packing(std::shared_ptr<const Parameters> parameters, std::size_t batch);

    /// Of what is packed: the same set with more slots.
    const std::shared_ptr<const Parameters>& packed_parameters() const { return packed_; }
    std::size_t batch() const { return batch_; }

    /// One ciphertext from 1 to batch() of them, of one level, degree 1 and their level's scale. Errors outside of a
    /// ciphertext's own coefficients, which its slots do not show, get among those of the others.
    Ciphertext pack(std::span<const Ciphertext* const> a, const Execution& execution) const;

    /// The `count` ciphertexts that were packed, in order. A ciphertext at the square of its level's scale is divided by
    /// the level's primes at the end, so that the tree's errors stay far below a rounding: 2^t of a key switch's, 2^t being
    /// N/2 over the slots of one. `evaluator` is of the packed parameters and holds keys for the rotations of
    /// unpacking_rotations() and those of Evaluator::trace().
    std::vector<Ciphertext> unpack(const Ciphertext& packed, std::size_t count, const Evaluator& evaluator,
                                   const Execution& execution) const;

private:
    /// The power of Y that entry i stands with: as far apart as there is room, so that the tree is cut off early.
    std::size_t place(std::size_t i, std::size_t count) const;

    std::shared_ptr<const Parameters> parameters_;
    std::shared_ptr<const Parameters> packed_;
    std::size_t batch_;
};

/// Key switches of Packing::unpack() with everything there, for ciphertexts of `literal`.
std::size_t unpacking_key_switches(const ParametersLiteral& literal, std::size_t batch);

/// `rotations`, those of bootstrapping packed ciphertexts, and what unpacking needs besides, each up to the level above the
/// one where `literal`'s users compute. Ascending.
std::vector<RotationAtLevel> with_unpacking(std::vector<RotationAtLevel> rotations, const ParametersLiteral& literal,
                                            std::size_t batch);

/// The keys of bootstrapping `batch` ciphertexts at once. Errors of bootstrapping_key_list() and packed_literal().
BootstrappingKeyList batch_key_list(const Parameters& parameters, KeyBudget keys, std::size_t batch);

}  // namespace ciphernet::ckks
