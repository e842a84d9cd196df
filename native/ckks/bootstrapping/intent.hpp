#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ckks/bootstrapping/bootstrapper.hpp"
#include "ckks/bootstrapping/noise_model.hpp"

namespace ciphernet::ckks {

/// What a user wants of bootstrapping, in their own terms.
struct BootstrappingIntent {
    std::size_t slots;  ///< a ciphertext has at least this many
    int levels_after;   ///< products one after the other, from one bootstrapping to the next
    double
        precision_bits;  ///< mean of -log2 |error| of real and imaginary parts, for random slots and for constant ones
    KeyBudget keys = KeyBudget::fast;
    std::size_t batch = 1;  ///< so many ciphertexts, a power of two, share a bootstrap
    int passes = 1;         ///< 2: two where one does not reach the precision and a second one does
    double magnitude = 1;   ///< no slot is larger in its real or imaginary part
    int log_scale = 0;      ///< bits of a level; 0: as the precision needs
    Security security = Security::classical_128;
};

/// Transforms and products of one bootstrapping, in limbs: what its time is predicted from.
struct BootstrappingWork {
    double transforms = 0;         ///< number-theoretic transforms of N numbers
    double streamed_products = 0;  ///< products of a limb with one of a key or a matrix, which come from memory
    double scalar_products = 0;    ///< products of a limb with a number
    double base_conversions = 0;   ///< products of a limb of one basis for a limb of another
    double key_switches = 0;
};

/// A whole set before any key or table of it exists.
struct BootstrappingPlan {
    ParametersLiteral literal;
    KeyBudget keys;
    std::size_t batch;
    int passes;  ///< that the noise and the work are those of; with 2, one of the levels after is spent by the second
    double log2_qp;
    double log2_qp_limit;  ///< at 128 bits of security; 0: not listed
    double log2_sparse;    ///< of the modulus that the sparse secret is used with
    double log2_sparse_limit;
    BootstrappingNoise noise;
    std::size_t key_count;
    std::size_t key_bytes;          ///< expanded in memory
    std::size_t key_bytes_on_disk;  ///< with seeds in place of uniform polynomials
    std::size_t matrix_bytes;
    BootstrappingWork work;            ///< of one bootstrap: of `batch` ciphertexts
    std::vector<std::string> reasons;  ///< one sentence for every choice
};

/// The cheapest set that gives what was asked for. Deterministic. Throws Error{parameters_invalid} when none does, naming
/// what would fit; Error{invalid_argument}.
BootstrappingPlan plan_bootstrapping(const BootstrappingIntent& intent);

/// The same figures for a set by hand, whose primes are not chosen yet. Error{invalid_argument} for a batch that does not fit
/// and for passes other than 1 and 2, Error{level_exhausted} for a second pass without a level.
BootstrappingPlan describe_bootstrapping(const ParametersLiteral& literal, KeyBudget keys, std::size_t batch = 1,
                                         int passes = 1);

}  // namespace ciphernet::ckks
