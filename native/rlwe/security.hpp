#pragma once

#include <string_view>

namespace ciphernet::rlwe {

/// What a parameter set promises. Weaker than 128 bits has to be asked for by this name and marks all that it makes.
enum class Security { classical_128, none };

std::string_view to_string(Security security);

/// The most bits that log2(QP), key-switching primes included, may have at 128 bits of classical security with a
/// uniform ternary secret and sigma = 3.19: "Security Guidelines for Implementing Homomorphic Encryption"
/// (ePrint 2024/463), table 5.2. 0 for a degree that the table does not list.
double max_log_qp(int log_n);

/// The same for the modulus of samples under a ternary secret with `weight` nonzero coefficients. 0 where no source is known.
double max_log_q_sparse(int log_n, int weight);

}  // namespace ciphernet::rlwe
