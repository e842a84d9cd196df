#pragma once

#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet {

/// Loops over several limbs at once go in blocks of this many words, which stay in the first cache …
inline constexpr std::size_t kBlockWords = 512;
/// … and make this many limbs together: more of them read their sources less often but fill the cache.
inline constexpr int kGroup = 4;

/// Constants for carrying residues modulo S = s_0 … s_{k-1} over to other primes of the ring: the centred
/// representative, exact but for ties within a rounding error of ±S/2 (Halevi, Polyakov, Shoup, "An improved RNS
/// variant of the BFV scheme", 2018):
///   x = sum_j y_j (S/s_j) - v S,  y_j = x (S/s_j)^-1 mod s_j,  v = round(sum_j y_j / s_j),  |x| <= S/2.
class BaseConverter {
public:
    static constexpr int kMostSources = 64;

    /// `source`: numbers of distinct primes of the ring, at most kMostSources.
    BaseConverter(const Ring& ring, std::vector<int> source);

    const std::vector<int>& source() const { return source_; }
    int source_count() const { return static_cast<int>(source_.size()); }

    /// Residues of S and of 1/S modulo a prime that is not in S.
    u64 product(int prime) const { return row(prime)[source_.size() + 1]; }
    u64 product_inverse(int prime) const { return row(prime)[source_.size() + 2]; }

    /// The y_j and v of `n` coefficients, where residues[j] are modulo s_j: rows 0 … k-1 of `digits` take the y_j,
    /// row k takes v. `digits` holds (k+1)·n words; residues may be its own rows.
    void prepare(u64* digits, const u64* const* residues, std::size_t n, const Execution& execution) const;

    /// r = x mod the ring's prime `prime` for `count` coefficients (a multiple of 8), from what prepare() left of n
    /// coefficients; `digits` points at the first of them in row 0.
    void convert(u64* r, const u64* digits, std::size_t n, std::size_t count, int prime) const;

private:
    /// For a target prime t: S/s_j mod t (k words), -S mod t, S mod t, 1/S mod t.
    std::span<const u64> row(int prime) const {
        const std::size_t width = source_.size() + 3;
        return {table_.data() + static_cast<std::size_t>(prime) * width, width};
    }

    const Ring* ring_;
    std::vector<int> source_;
    std::vector<ShoupFactor> hat_inverse_;  ///< (S/s_j)^-1 mod s_j
    std::vector<double> inverse_;           ///< 1/s_j
    std::vector<u64> table_;
};

/// Divides by the product T of the last `dropped` limbs of a's basis and rounds: r = round(a / T) coefficient by
/// coefficient, over the limbs that remain. This is rescaling (the last limbs are ciphertext primes), ModDown (they
/// are the key-switching primes), and both in one (architecture: one transform of the remaining limbs instead of two).
/// `converter`: its source are the primes of those limbs, in their order. Error of the rounding at most 1/2 + 2^-40.
EvaluationPolynomial divide_and_round(const EvaluationPolynomial& a, int dropped, const BaseConverter& converter,
                                      const Execution& execution);

/// The same for several polynomials over one basis, in one go over all their limbs.
std::vector<EvaluationPolynomial> divide_and_round(std::span<const EvaluationPolynomial> a, int dropped,
                                                   const BaseConverter& converter, const Execution& execution);

}  // namespace ciphernet
