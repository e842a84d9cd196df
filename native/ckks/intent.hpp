#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "ckks/parameters.hpp"

namespace ciphernet::ckks {

/// What a user wants of a parameter set, in their own terms.
struct Intent {
    std::size_t slots;     ///< at least this many values in a ciphertext
    int levels;            ///< products one after the other
    int precision_bits;    ///< see Choice::precision_bits
    double magnitude = 1;  ///< no slot is larger, at any time
    Security security = Security::classical_128;
    bool key_switching = true;  ///< false: no products of ciphertexts, no rotations, and a larger Q
};

struct Choice {
    ParametersLiteral literal;
    std::vector<std::string> reasons;  ///< one sentence for every choice
    /// What the set gives: a fresh public-key encryption, then at every level a product with an encoded number of size
    /// 1, is off by at most 2^-precision_bits of the magnitude but with probability 2^-40. A product of two
    /// ciphertexts adds the errors of both.
    double precision_bits;
};

/// The smallest ring, and in it the cheapest gadget, that gives what was asked for. Deterministic; no key and no table
/// is made. Throws Error{parameters_invalid} when no ring up to 2^17 holds it, naming what would fit.
Choice choose_parameters(const Intent& intent);

}  // namespace ciphernet::ckks
