#pragma once

#include <vector>

#include "base/aligned_buffer.hpp"

namespace ciphernet {

/// Deterministic Miller-Rabin for 64-bit numbers (bases of Jaeschke / Sorenson-Webster). Public data only.
bool is_prime(u64 x);

/// The prime p = 1 mod `step`, p < 2^50, nearest to `target` that is not in `taken` (ties: the smaller).
/// Throws Error{parameters_invalid} when there is none within a factor of two of the target.
u64 nearest_prime(double target, u64 step, const std::vector<u64>& taken);

/// The largest prime p = 1 mod `step` below 2^bits that is not in `taken`; bits <= 50.
u64 largest_prime(int bits, u64 step, const std::vector<u64>& taken);

/// A generator of the group of 2N-th roots of unity modulo the prime q = 1 mod 2N: the smallest such root,
/// so that every build and machine agrees on the tables.
u64 primitive_root_of_unity(u64 q, u64 order);

}  // namespace ciphernet
