"""Writes test/native/vectors/embedding_vectors.hpp: the canonical embedding straight from its definition.

    python3 tools/embedding_vectors.py > test/native/vectors/embedding_vectors.hpp

For n slots and integer coefficients c_0 … c_{2n-1}, slot j is sum_k c_k exp(i pi 5^j k / 2n), all 2n terms summed in
decimal arithmetic with 70 digits. Sines and cosines come from the half-angle formulas and angle addition, so nothing
here shares an idea with the fast transform.
"""
from decimal import Decimal, getcontext

getcontext().prec = 70
LOG_SLOTS = (0, 1, 2, 3, 5, 7)


def roots(order: int):
    """exp(2 pi i k / order) for all k; the order is a power of two from 4 on."""
    c, s = Decimal(0), Decimal(1)  # order 4
    m = 4
    while m < order:
        c, s = ((1 + c) / 2).sqrt(), ((1 - c) / 2).sqrt()
        m *= 2
    table = [(Decimal(1), Decimal(0))]
    for _ in range(order - 1):
        x, y = table[-1]
        table.append((x * c - y * s, x * s + y * c))
    return table


state = 20240613


def draw() -> int:
    """A coefficient in [-2^20, 2^20] from a linear congruential generator (Knuth's MMIX constants)."""
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 43) - 2**20


def pair(x: Decimal) -> str:
    hi = float(x)
    lo = float(x - Decimal(hi))
    return f"{{{hi.hex()}, {lo.hex()}}}"


print("""#pragma once

// clang-format off
// Written by tools/embedding_vectors.py; do not edit. Slot j is the value of the polynomial at exp(i pi 5^j / 2n).

#include <vector>

#include "arith/double_double.hpp"

namespace ciphernet::vectors {

struct EmbeddingVector {
    int log_slots;
    std::vector<double> coefficients;  ///< 2n of them
    std::vector<DoubleDouble> re, im;  ///< n slots, correct to about 2^-105
};

inline const EmbeddingVector kEmbedding[] = {""")
for log_slots in LOG_SLOTS:
    n = 1 << log_slots
    root = roots(4 * n)
    c = [draw() for _ in range(2 * n)]
    slots = []
    for j in range(n):
        exponent = pow(5, j, 4 * n)
        x = y = Decimal(0)
        for k, value in enumerate(c):
            a, b = root[exponent * k % (4 * n)]
            x += value * a
            y += value * b
        slots.append((x, y))

    def block(items) -> str:
        return "{" + ", ".join(items) + "}"

    print(f"    {{{log_slots},\n     {block(map(str, c))},\n     {block(pair(x) for x, _ in slots)},\n"
          f"     {block(pair(y) for _, y in slots)}}},")
print("""};

}  // namespace ciphernet::vectors""")
