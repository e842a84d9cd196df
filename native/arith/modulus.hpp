#pragma once

#include "arith/modulus_constants.hpp"
#include "base/aligned_buffer.hpp"

namespace ciphernet {

/// Every word modulus lies strictly below 2^50: the 52-bit multipliers take operands below 4q (docs/notation.md).
inline constexpr int kMaxModulusBits = 50;

/// An odd modulus 2 < q < 2^50 with its reduction constants. Scalar arithmetic on residues; the loops over
/// polynomials are in kernels/.
class Modulus {
public:
    /// Throws Error{parameters_invalid} when q is even, below 3 or not below 2^50.
    explicit Modulus(u64 q);

    u64 value() const { return constants_.q; }
    int bits() const { return static_cast<int>(constants_.bits); }
    const ModulusConstants& constants() const { return constants_; }

    /// x mod q. Any x.
    u64 reduce(u64 x) const { return x % constants_.q; }
    /// x mod q. Any x.
    u64 reduce(u128 x) const { return static_cast<u64>(x % constants_.q); }
    /// The residue of a signed number.
    u64 reduce_signed(i64 x) const;
    u64 reduce_signed(i128 x) const;
    /// The representative in [-(q-1)/2, (q-1)/2]. x in [0, q).
    i64 centred(u64 x) const {
        return x > constants_.q / 2 ? static_cast<i64>(x) - static_cast<i64>(constants_.q) : static_cast<i64>(x);
    }

    // Operands and results in [0, q).
    u64 add(u64 x, u64 y) const {
        const u64 s = x + y;
        return s >= constants_.q ? s - constants_.q : s;
    }
    u64 subtract(u64 x, u64 y) const { return x >= y ? x - y : x + constants_.q - y; }
    u64 negate(u64 x) const { return x == 0 ? 0 : constants_.q - x; }
    u64 multiply(u64 x, u64 y) const { return static_cast<u64>(static_cast<u128>(x) * y % constants_.q); }
    u64 power(u64 x, u64 exponent) const;
    /// 1/x; q must be prime and x nonzero. Public data only.
    u64 inverse(u64 x) const;

    /// w together with its precomputed quotient. w in [0, q).
    ShoupFactor shoup(u64 w) const { return {w, static_cast<u64>((static_cast<u128>(w) << 52) / constants_.q)}; }

    friend bool operator==(const Modulus& a, const Modulus& b) { return a.value() == b.value(); }

private:
    ModulusConstants constants_;
};

}  // namespace ciphernet
