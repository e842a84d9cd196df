#pragma once

#include <functional>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ring/base_conversion.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

/// Polynomials over one basis whose limbs are made when they are asked for, so that they need not exist whole. They come in
/// sets of as many parts each.
struct LimbSource {
    /// Limbs of one set, in the range that open() was called for: entry (end - first) * part + i - first of `to` is room
    /// for limb i, n words; the same entry of `limbs` takes where it is, there or anywhere that outlasts the division.
    using Make = std::function<void(int set, u64* const* to, const u64** limbs)>;

    const Ring& ring;
    Basis basis;
    int sets;
    int parts;
    int group;  ///< how many limbs it likes to be asked for together, at most kGroup

    /// What all sets need for limbs first … end-1 is made here, and kept by what is returned. Called on several threads.
    std::function<Make(int first, int end)> open;
};

/// One limb of a quotient: where it belongs, the limb of the dividend and what rounding takes off it (which may be
/// overwritten), and the inverse of the divisor. The quotient is (dividend - rounding) * inverse.
struct QuotientLimb {
    int set, part, i;
    const u64* dividend;
    u64* rounding;
    ShoupFactor inverse;
};

/// The quotients of divide_and_round(), handed to `finish` limb by limb, on several threads.
void divide_limbs(const LimbSource& source, int dropped, const BaseConverter& converter, const Execution& execution,
                  const std::function<void(const QuotientLimb&)>& finish);

/// Divides by the product T of the last `dropped` limbs of a's basis and rounds: r = round(a / T) coefficient by
/// coefficient, over the limbs that remain. This is rescaling (the last limbs are ciphertext primes), ModDown (they
/// are the key-switching primes), and both in one (architecture: one transform of the remaining limbs instead of two).
/// `converter`: its source are the primes of those limbs, in their order. Error of the rounding at most 1/2 + 2^-40.
EvaluationPolynomial divide_and_round(const EvaluationPolynomial& a, int dropped, const BaseConverter& converter,
                                      const Execution& execution);

/// The same for several polynomials over one basis, in one go over all their limbs.
std::vector<EvaluationPolynomial> divide_and_round(std::span<const EvaluationPolynomial> a, int dropped,
                                                   const BaseConverter& converter, const Execution& execution);

/// The basis without its last `dropped` limbs.
Basis without_tail(Basis basis, int dropped);

}  // namespace ciphernet
