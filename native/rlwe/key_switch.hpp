#pragma once

#include <array>
#include <vector>

#include "base/execution.hpp"
#include "ring/polynomial.hpp"
#include "rlwe/keys.hpp"

namespace ciphernet::rlwe {

/// The gadget digits of a polynomial at `level`, each carried over to all primes of Q and P (ModUp). Made once, used
/// with any number of keys (hoisting).
struct Decomposition {
    int level;
    std::vector<EvaluationPolynomial> digits;
};

Decomposition decompose(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                        const Execution& execution);

/// sum_j digit_j (b_j, a_j): a ciphertext of P times what was decomposed, over Q and P. The key's level is at least the
/// decomposition's.
std::array<EvaluationPolynomial, 2> inner_product(const Parameters& parameters, const Decomposition& decomposition,
                                                  const KeySwitchKey& key, const Execution& execution);

/// inner_product(decompose(a)) for one key alone: digits are made limb by limb and used at once, so that they never
/// leave the cache.
std::array<EvaluationPolynomial, 2> decompose_and_multiply(const Parameters& parameters, const EvaluationPolynomial& a,
                                                           int level, const KeySwitchKey& key,
                                                           const Execution& execution);

/// decompose_and_multiply, and division by P (ModDown).
std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const KeySwitchKey& key, const Execution& execution);

/// c += P a: brings an ordinary polynomial to where inner_product() is, so that one division serves both.
void add_times_special(EvaluationPolynomial& c, const EvaluationPolynomial& a, const Execution& execution);

}  // namespace ciphernet::rlwe
