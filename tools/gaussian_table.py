"""Writes native/random/gaussian_table.hpp: the cumulative table of the discrete Gaussian with sigma = 3.19.

    python3 tools/gaussian_table.py > native/random/gaussian_table.hpp

The magnitude |X| of X ~ D(Z, sigma) is compared with T[k] = round(2^63 P(|X| <= k)); the sign is a separate bit. All in
decimal arithmetic with 60 digits. The statistical distance to D(Z, sigma), rounding and tail together, is computed from
the rounded table and printed into the header's comment.
"""
from decimal import Decimal, ROUND_HALF_EVEN, ROUND_CEILING, getcontext

getcontext().prec = 60
SIGMA = Decimal("3.19")
PRECISION = 63


def weight(k: int) -> Decimal:
    """P(|X| = k) up to the normalisation."""
    rho = (-Decimal(k * k) / (2 * SIGMA * SIGMA)).exp()
    return rho if k == 0 else 2 * rho


LAST = 100  # beyond every tail that 60 digits can see
total = sum(weight(k) for k in range(LAST))
probability = [weight(k) / total for k in range(LAST)]

scale = Decimal(1 << PRECISION)
table = []
cumulative = Decimal(0)
for p in probability:
    cumulative += p
    entry = int((cumulative * scale).to_integral_value(ROUND_HALF_EVEN))
    if entry >= 1 << PRECISION:
        break
    table.append(entry)

# What the sampler really draws: magnitude k with probability (T[k] - T[k-1]) / 2^63.
edges = [0] + table + [1 << PRECISION]
drawn = [Decimal(b - a) / scale for a, b in zip(edges, edges[1:])]
drawn += [Decimal(0)] * (LAST - len(drawn))
distance = sum(abs(d - p) for d, p in zip(drawn, probability)) / 2
variance = sum(Decimal(k * k) * d for k, d in enumerate(drawn))
log2_distance = (distance.ln() / Decimal(2).ln()).quantize(Decimal("0.1"), ROUND_CEILING)

print("#pragma once")
print()
print("// Written by tools/gaussian_table.py; do not edit.")
print("// clang-format off")
print()
print("#include <cstddef>")
print("#include <cstdint>")
print()
print("namespace ciphernet {")
print()
print("/// Standard deviation of every error polynomial (Security Guidelines for Implementing HE, 2024/463).")
print(f"inline constexpr double kGaussianSigma = {SIGMA};")
print()
print("/// T[k] = round(2^63 P(|X| <= k)) for X ~ D(Z, 3.19). The magnitude of a 63-bit uniform v is the number of k with")
print(f"/// v >= T[k], so the tail is cut at |X| <= {len(table)}. Statistical distance to D(Z, 3.19), rounding and tail cut")
print(f"/// together: below 2^{log2_distance}; variance of what is drawn: {variance.quantize(Decimal('1.000000000000000'))}.")
print(f"inline constexpr std::size_t kGaussianTableSize = {len(table)};")
print("inline constexpr std::uint64_t kGaussianTable[kGaussianTableSize] = {")
for entry in table:
    print(f"    0x{entry:016x},")
print("};")
print()
print("}  // namespace ciphernet")
