#pragma once

#include <functional>
#include <span>
#include <vector>

#include "ckks/bootstrapping/dft.hpp"
#include "ckks/key_request.hpp"
#include "ckks/linear_transform.hpp"

namespace ciphernet::ckks {

/// What the rotations of the transforms are chosen for.
enum class KeyBudget {
    fast,   ///< baby steps and giant steps as they cost the least time
    small,  ///< giant steps chained, and about a third of the rotations
};

/// How the factors of a bootstrapping's transforms are split.
LinearTransformOptions transform_options(int log_vector, KeyBudget keys);

/// A rotation that a key is needed for, and the highest level at which it is used. 0 < step < N/2.
struct RotationAtLevel {
    int step;
    int level;
};

/// The keys of a bootstrapping, none above the level where it is used. The encapsulation's comes on top.
struct BootstrappingKeyList {
    std::vector<RotationAtLevel> rotations;  ///< ascending steps
    int relinearization_level;
    int conjugation_level;
};

/// From the shape of the matrices alone. Throws Error{parameters_invalid} for a set without bootstrapping.
BootstrappingKeyList bootstrapping_key_list(const Parameters& parameters, KeyBudget keys);

/// The shape of the transforms. Sparse packing computes on vectors of twice the slots: the coefficients of both halves side
/// by side.
DftShape bootstrapping_shape(const ParametersLiteral& literal, int factors);

/// One factor of a transform, split into baby steps and giant steps.
struct SplitFactor {
    int level;                 ///< that it spends
    std::vector<int> indices;  ///< of its diagonals
    int log_period;            ///< after which their entries repeat
    int baby_steps;
    std::vector<int> rotations;
};

/// All factors of both transforms. `shape`: what a key switch costs at a level. The literal gives log_slots.
std::vector<SplitFactor> split_factors(const ParametersLiteral& literal, KeyBudget keys,
                                       const std::function<KeySwitchShape(int level)>& shape);
/// The rotations of the factors, and of the trace.
std::vector<RotationAtLevel> bootstrapping_rotations(const ParametersLiteral& literal,
                                                     std::span<const SplitFactor> factors);

/// Asks for every key of the list and the encapsulation's.
void want_bootstrapping(KeyRequest& request, const Parameters& parameters, const BootstrappingKeyList& list);

/// Error{key_missing} names the first key that is not there, or not up to its level.
void require_bootstrapping_keys(const rlwe::EvaluationKeys& keys, const BootstrappingKeyList& list);

/// Every key of the list and the encapsulation's.
rlwe::EvaluationKeys bootstrapping_keys(const Parameters& parameters, const BootstrappingKeyList& list,
                                        const rlwe::SecretKey& secret, RandomSource& random,
                                        const Execution& execution);

}  // namespace ciphernet::ckks
