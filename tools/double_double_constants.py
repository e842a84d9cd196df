"""Writes native/arith/double_double_constants.hpp and test/native/vectors/root_of_unity_vectors.hpp.

    python3 tools/double_double_constants.py

Python integers only: fixed point with 400 fractional bits, pi by Machin's formula, sine and cosine by the Taylor series
of the full angle (no octants, unlike the program under test).
"""
from fractions import Fraction
from math import factorial
from pathlib import Path

BITS = 400
ONE = 1 << BITS
ROOT = Path(__file__).resolve().parent.parent


def arctan_inverse(x: int) -> int:
    total, term, k = 0, ONE // x, 0
    while term:
        total += (-1) ** k * (term // (2 * k + 1))
        term //= x * x
        k += 1
    return total


PI = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))


def sine_cosine(angle: int) -> tuple[int, int]:
    """Of a fixed-point angle below 7; truncation error below 2^-380."""
    sine = cosine = 0
    term, k = ONE, 0
    while term:
        if k % 2:
            sine += term if k % 4 == 1 else -term
        else:
            cosine += term if k % 4 == 0 else -term
        k += 1
        term = term * angle // ONE // k
    return sine, cosine


def pair(x: Fraction) -> tuple[float, float]:
    """The nearest double and the nearest double of what is left."""
    hi = float(x)
    return hi, float(x - Fraction(hi))


def literal(x: Fraction) -> str:
    hi, lo = pair(x)
    return f"{{{hi.hex()}, {lo.hex()}}}"


def constants() -> str:
    lines = [
        "#pragma once",
        "",
        "// clang-format off",
        "// Written by tools/double_double_constants.py; do not edit. Each value as the nearest double and the nearest",
        "// double of the rest.",
        "",
        "namespace ciphernet::double_double_constants {",
        "",
        "struct Pair {",
        "    double hi, lo;",
        "};",
        "",
        f"inline constexpr Pair kPi = {literal(Fraction(PI, ONE))};",
        "",
        "/// 1/k! for k = 0 … 29.",
        "inline constexpr Pair kInverseFactorial[30] = {",
        *(f"    {literal(Fraction(1, factorial(k)))}," for k in range(30)),
        "};",
        "",
        "}  // namespace ciphernet::double_double_constants",
        "",
    ]
    return "\n".join(lines)


def samples():
    for log_m in range(0, 4):
        for k in range(1 << log_m):
            yield k, 1 << log_m
    state = 1
    for log_m in range(4, 21):
        m = 1 << log_m
        yield from ((k, m) for k in (1, m // 8 - 1, m // 8 + 1, m // 4 - 1, m // 2 + 1, m - 1))
        for _ in range(4):
            state = (state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            yield (state >> 33) % m, m


def fixed(x: int) -> str:
    """Rounded to 124 fractional bits, as sign and two words of the magnitude."""
    rounded = (abs(x) + (1 << (BITS - 125))) >> (BITS - 124)
    return f"{'true' if x < 0 and rounded else 'false'}, {rounded >> 64:#x}, {rounded & (1 << 64) - 1:#x}"


def vectors() -> str:
    lines = [
        "#pragma once",
        "",
        "// clang-format off",
        "// Written by tools/double_double_constants.py; do not edit.",
        "",
        "#include <cstdint>",
        "",
        "namespace ciphernet::vectors {",
        "",
        "/// (-1)^negative · (high · 2^64 + low) · 2^-124, rounded to nearest.",
        "struct Fixed124 {",
        "    bool negative;",
        "    std::uint64_t high, low;",
        "};",
        "struct RootOfUnity {",
        "    std::uint64_t k, m;",
        "    Fixed124 cosine, sine;  ///< of 2 pi k / m",
        "};",
        "inline constexpr RootOfUnity kRootsOfUnity[] = {",
    ]
    for k, m in dict.fromkeys(samples()):
        sine, cosine = sine_cosine(2 * PI * k // m)
        lines.append(f"    {{{k}, {m}, {{{fixed(cosine)}}}, {{{fixed(sine)}}}}},")
    return "\n".join(lines + ["};", "", "}  // namespace ciphernet::vectors", ""])


(ROOT / "native/arith/double_double_constants.hpp").write_text(constants())
(ROOT / "test/native/vectors/root_of_unity_vectors.hpp").write_text(vectors())
