#pragma once

#include <array>
#include <functional>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ring/automorphism.hpp"
#include "ring/division.hpp"
#include "ring/polynomial.hpp"
#include "rlwe/digits.hpp"
#include "rlwe/keys.hpp"

namespace ciphernet::rlwe {

/// A key, and the automorphism that follows when the key was made for one.
struct SwitchKey {
    const KeySwitchKey* key;
    const Automorphism* automorphism = nullptr;
};

/// Limbs first … end-1 of the sums sum_j digit_j (b_j, a_j) for each of the keys, over Q and P: P times what a key switch gives.
/// A set is a key, its parts the two sums. For who divides by P later than a key switch would (double hoisting). What is
/// referred to must outlive the result; the keys' levels are at least the digits'.
LimbSource::Make key_products(const Parameters& parameters, const Digits& digits, std::span<const SwitchKey> keys,
                              int first, int end);

/// Makes limb i of both sums for one of the keys: n words each.
using HoistedProducts = std::function<void(int set, int i, u64* b_sum, u64* a_sum)>;

/// The same limb by limb in any order, for i from first to end-1: the digits of all of them are made here, once for all keys,
/// and kept by what is returned.
HoistedProducts hoisted_products(const Parameters& parameters, const Digits& digits, std::span<const SwitchKey> keys,
                                 int first, int end);

/// P modulo q.
u64 special_modulo(const Ring& ring, const Modulus& q);

/// What a key switch does besides. Everything goes limb by limb while the limb is in the cache.
struct SwitchOptions {
    /// Limb i of what is added to part 0 or 1, modulo the primes of Q: in `scratch` (n words) or where it already is; null
    /// for nothing. Added as P times it before the division, so that one rounding serves both. Called on several
    /// threads, and again for a limb that is dropped.
    std::function<const u64*(int part, int i, u64* scratch)> add{};
    /// The level's primes are divided out together with P.
    bool rescale = false;
};

/// round((sum_j digit_j (b_j, a_j) + P add) / P), its automorphism applied: two parts that decrypt to a times the key's
/// source (under the automorphism, both). The sums over the digits exist only limb by limb. The key's level is at least
/// `level`.
std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const SwitchKey& key, const SwitchOptions& options,
                                               const Execution& execution);

/// The same with several keys and one decomposition (hoisting; Halevi, Shoup, "Faster homomorphic linear transformations
/// in HElib", 2018): the digits of a limb are made once for all of them. Reports how many keys are done.
std::vector<std::array<EvaluationPolynomial, 2>> key_switch(const Parameters& parameters, const EvaluationPolynomial& a,
                                                            int level, std::span<const SwitchKey> keys,
                                                            const SwitchOptions& options, const Execution& execution);

}  // namespace ciphernet::rlwe
