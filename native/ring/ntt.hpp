#pragma once

#include "arith/modulus.hpp"
#include "base/aligned_buffer.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {

inline constexpr int kMinLogN = 3;
inline constexpr int kMaxLogN = 17;

/// The negacyclic transform of one prime, Z_q[X]/(X^N + 1) -> Z_q^N: tables, and the transforms through the kernels of
/// this CPU. psi is the smallest primitive 2N-th root of unity. Move-only.
class Ntt {
public:
    /// Throws Error{parameters_invalid} unless 3 <= log_n <= 17 and q is a prime that is 1 modulo 2^(log_n + 1).
    Ntt(int log_n, const Modulus& q);

    int log_n() const { return static_cast<int>(table_.log_n); }
    std::size_t n() const { return std::size_t{1} << table_.log_n; }
    const Modulus& modulus() const { return modulus_; }
    u64 psi() const { return psi_; }
    const NttTable& table() const { return table_; }

    /// Coefficients in natural order -> values: entry i becomes a(psi^(2 brv(i) + 1)). Canonical in and out, in place;
    /// a has n() words, 64-byte aligned.
    void forward(u64* a) const { kernels().ntt_forward(a, &table_); }
    /// The inverse of forward().
    void inverse(u64* a) const { kernels().ntt_inverse(a, &table_); }

private:
    Modulus modulus_;
    u64 psi_;
    AlignedBuffer words_;  ///< the four arrays that table_ points into
    NttTable table_{};
};

}  // namespace ciphernet
