#pragma once

#include <complex>
#include <vector>

#include "ckks/linear_transform.hpp"

namespace ciphernet::ckks {

/// A matrix by its diagonals (Diagonal).
using DiagonalMatrix = std::vector<Diagonal>;

/// The canonical embedding of 2^log_slots slots and its inverse, cut into factors that are linear transforms with few
/// diagonals: the butterflies of Embedding, neighbouring stages multiplied out, without the permutation to bit-reversed order.
/// What lies between the two directions goes slot by slot, so the order does not matter there. (Chen, Chillotti, Song,
/// "Improved bootstrapping for approximate homomorphic encryption", 2019; Han, Hhan, Cheon, "Improved homomorphic discrete
/// Fourier transforms and FHE bootstrapping", 2019.)
///
/// Vectors have 2^log_vector entries. log_vector = log_slots: entry k between the directions is w_k = c_k + i c_{k+n} of
/// Embedding, k bit-reversed. log_vector = log_slots + 1 (sparse packing: the slots stand twice in the vector): the halves
/// are w_k and -i w_k, so that the real parts are all 2n coefficients; on the way back the halves are real and give
/// first + i second.
struct DftShape {
    int log_slots;
    int log_vector;
    int factors;  ///< at least 1, at most log_slots
};

/// Slots -> w, times `scale`, in the order in which the factors are applied. Each has the factors-th root of `scale`.
std::vector<DiagonalMatrix> coefficients_to_slots(const DftShape& shape, double scale);
/// w -> slots, times `scale`.
std::vector<DiagonalMatrix> slots_to_coefficients(const DftShape& shape, double scale);

/// The indices of the diagonals that these factors have, without their entries: 0 to 2^log_vector - 1, ascending.
std::vector<std::vector<int>> coefficients_to_slots_indices(const DftShape& shape);
std::vector<std::vector<int>> slots_to_coefficients_indices(const DftShape& shape);

/// log2 of the number of entries after which every diagonal of a factor repeats: butterflies of neighbours are alike all along
/// the vector.
std::vector<int> coefficients_to_slots_log_periods(const DftShape& shape);
std::vector<int> slots_to_coefficients_log_periods(const DftShape& shape);

}  // namespace ciphernet::ckks
