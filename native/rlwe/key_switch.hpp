#pragma once

#include <array>
#include <functional>
#include <vector>

#include "base/execution.hpp"
#include "ring/automorphism.hpp"
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

/// What a key switch does besides. Everything goes limb by limb while the limb is in the cache.
struct SwitchOptions {
    /// Limb i of what is added to part 0 or 1, modulo the primes of Q: in `scratch` (n words) or where it already is; null
    /// for nothing. Added as P times it before the division, so that one rounding serves both. Called on several
    /// threads, and again for a limb that is dropped.
    std::function<const u64*(int part, int i, u64* scratch)> add{};
    /// The level's primes are divided out together with P.
    bool rescale = false;
    /// The result is under the key's target; this takes it further.
    const Automorphism* automorphism = nullptr;
};

/// round((sum_j digit_j (b_j, a_j) + P add) / P): two parts that decrypt to a times the key's source. The sums over the
/// digits exist only limb by limb. The key's level is at least `level`.
std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const KeySwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution);

/// The same of what has been decomposed already.
std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const Decomposition& a,
                                               const KeySwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution);

}  // namespace ciphernet::rlwe
