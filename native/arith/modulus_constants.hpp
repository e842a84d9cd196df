#pragma once

#include <cstdint>

namespace ciphernet {

/// A prime modulus q < 2^50 and what its Barrett reduction needs. Plain data: kernel files, which may share no inline
/// code with the rest of the program, read it as it is.
struct ModulusConstants {
    std::uint64_t q;
    std::uint64_t bits;             ///< 2^(bits-1) <= q < 2^bits; 2 <= bits <= 50
    std::uint64_t barrett;          ///< floor(2^(51 + bits) / q), in (2^51, 2^52]
    std::uint64_t two_52;           ///< 2^52 mod q
    std::uint64_t two_52_quotient;  ///< floor(two_52 * 2^52 / q)
    double inverse;                 ///< 1/q rounded to nearest
};

/// A factor that multiplies many residues: w in [0, q) together with floor(w * 2^52 / q).
/// For any x < 2^52, x*w - floor(x*quotient / 2^52)*q lies in [0, 2q).
/// (Shoup's method; Harvey, "Faster arithmetic for number-theoretic transforms", 2014. 2^52 rather than 2^64, so that
/// the scalar path and the 52-bit multipliers share one table.)
struct ShoupFactor {
    std::uint64_t w;
    std::uint64_t quotient;
};

}  // namespace ciphernet
