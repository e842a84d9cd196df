#pragma once

// Written by tools/gaussian_table.py; do not edit.
// clang-format off

#include <cstddef>
#include <cstdint>

namespace ciphernet {

/// Standard deviation of every error polynomial (Security Guidelines for Implementing HE, 2024/463).
inline constexpr double kGaussianSigma = 3.19;

/// T[k] = round(2^63 P(|X| <= k)) for X ~ D(Z, 3.19). The magnitude of a 63-bit uniform v is the number of k with
/// v >= T[k], so the tail is cut at |X| <= 29. Statistical distance to D(Z, 3.19), rounding and tail cut
/// together: below 2^-60.9; variance of what is drawn: 10.176100000000000.
inline constexpr std::size_t kGaussianTableSize = 29;
inline constexpr std::uint64_t kGaussianTable[kGaussianTableSize] = {
    0x1001f9a1b2ca9468,
    0x2e7cf3ef07836cb6,
    0x48ca7e85d834a57a,
    0x5d5d51778f760881,
    0x6bf35598550421b0,
    0x7552dc90807bbed6,
    0x7ac8820561a4c975,
    0x7daa6596524b7ffd,
    0x7f0b8114bba4ecb9,
    0x7fa4a9fc5ea574e9,
    0x7fe0e1077aef391a,
    0x7ff6563f810f15d0,
    0x7ffd4490999bc595,
    0x7fff4c0804cd386e,
    0x7fffd5e18e7fda18,
    0x7ffff709c679c2ee,
    0x7ffffe445c790f6c,
    0x7fffffb20f7aa54a,
    0x7ffffff3903d235d,
    0x7ffffffe32b06d1d,
    0x7fffffffc35125cc,
    0x7ffffffff8c11765,
    0x7fffffffff36fe33,
    0x7fffffffffec3bf8,
    0x7ffffffffffe3c8b,
    0x7fffffffffffdb75,
    0x7ffffffffffffd51,
    0x7fffffffffffffd2,
    0x7ffffffffffffffd,
};

}  // namespace ciphernet
