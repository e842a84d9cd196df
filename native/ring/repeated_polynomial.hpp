#pragma once

#include <cstddef>

#include "ring/polynomial.hpp"

namespace ciphernet {

/// The residues of a polynomial in X^(2^log_run) at its evaluation points: in bit-reversed order 2^log_run neighbours are alike,
/// and stand here once. Canonical residues. Move-only. The ring must outlive it.
class RepeatedPolynomial {
public:
    /// Every 2^log_run-th residue of `a`, whose others are the same; 3 <= log_run <= log2(N).
    static RepeatedPolynomial of(const EvaluationPolynomial& a, int log_run);

    int log_run() const { return log_run_; }
    /// n >> log_run words.
    const u64* limb(int i) const { return words_.data() + static_cast<std::size_t>(i) * stride_; }
    std::size_t byte_count() const { return words_.size() * sizeof(u64); }

private:
    RepeatedPolynomial(int log_run, std::size_t stride, std::size_t limbs)
        : log_run_(log_run), stride_(stride), words_(stride * limbs) {}

    int log_run_;
    std::size_t stride_;
    AlignedBuffer words_;
};

}  // namespace ciphernet
