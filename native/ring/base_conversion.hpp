#pragma once

#include <span>
#include <vector>

#include "kernels/kernels.hpp"
#include "ring/ring.hpp"

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

    /// Transforms a limb at the evaluation points, modulo s_j, back to coefficients and makes them the y_j, in place: the
    /// factor (S/s_j)^-1 goes with the 1/n of the transform.
    void to_digits(u64* limb, int j) const {
        kernels().ntt_inverse(limb, &inverse_tables_[static_cast<std::size_t>(j)]);
    }

    /// Row k of `digits` takes the v of `count` coefficients from `first` on (multiples of 8) whose y_j are in rows
    /// 0 … k-1; rows lie `stride` words apart.
    void count_wraps(u64* digits, std::size_t stride, std::size_t first, std::size_t count) const;

    /// One source prime: x is a y_0 made centred, and needs neither wraps nor convert(), but to_evaluation() alone.
    bool is_single() const { return source_.size() == 1; }

    /// Of one source: r = x modulo the ring's prime `prime`, at its evaluation points, from the row of the y_0.
    void to_evaluation(u64* r, const u64* digits, int prime) const {
        kernels().ntt_forward_centred(r, digits, ring_->modulus(source_[0]).value(), &ring_->ntt(prime).table());
    }

    /// r[t] = x mod the ring's prime primes[t] for `count` coefficients (a multiple of 8), from the rows of y_j and v, which
    /// lie `stride` words apart; `digits` points at the first of them in row 0. At most kGroup primes, which share what is read.
    void convert(std::span<u64* const> r, const u64* digits, std::size_t stride, std::size_t count,
                 std::span<const int> primes) const;

private:
    /// For a target prime t: S/s_j mod t (k words), -S mod t, S mod t, 1/S mod t.
    std::span<const u64> row(int prime) const {
        const std::size_t width = source_.size() + 3;
        return {table_.data() + static_cast<std::size_t>(prime) * width, width};
    }

    const Ring* ring_;
    std::vector<int> source_;
    std::vector<NttTable> inverse_tables_;  ///< of s_j, with (S/s_j)^-1 beside 1/n
    std::vector<double> inverse_;           ///< 1/s_j
    std::vector<u64> table_;
};

}  // namespace ciphernet
