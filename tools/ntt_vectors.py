"""Writes test/native/vectors/ntt_vectors.hpp: what the negacyclic transform must give.

    python3 tools/ntt_vectors.py > test/native/vectors/ntt_vectors.hpp

An independent program: Python integers, the definition of the values, and a textbook even-odd recursion that is checked
against Horner's rule. It shares no tables, no order of work and no reduction with native/ring/ntt.cpp.
"""
import hashlib
import struct

MASK64 = (1 << 64) - 1


def is_prime(x: int) -> bool:
    d, s = x - 1, 0
    while d % 2 == 0:
        d, s = d // 2, s + 1
    for base in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37):
        y = pow(base, d, x)
        if y in (1, x - 1):
            continue
        for _ in range(s - 1):
            y = y * y % x
            if y == x - 1:
                break
        else:
            return False
    return True


def largest_prime(bits: int, step: int) -> int:
    p = ((1 << bits) - 2) // step * step + 1
    while not is_prime(p):
        p -= step
    return p


def smallest_root(q: int, order: int) -> int:
    x = 2
    while pow(x, (q - 1) // 2, q) != q - 1:
        x += 1
    root = pow(x, (q - 1) // order, q)
    roots, square, power = [], root * root % q, root
    for _ in range(order // 2):
        roots.append(power)
        power = power * square % q
    return min(roots)


def splitmix64(seed: int):
    state = seed
    while True:
        state = (state + 0x9E3779B97F4A7C15) & MASK64
        z = state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
        yield z ^ (z >> 31)


def values(a: list, psi: int, q: int) -> list:
    """a(psi), a(psi^3), a(psi^5), ...: a(x) = even(x^2) + x odd(x^2), and half way round x is -x."""
    if len(a) == 1:
        return a
    square = psi * psi % q
    even, odd = values(a[0::2], square, q), values(a[1::2], square, q)
    x, low, high = psi, [], []
    for e, o in zip(even, odd):
        low.append((e + x * o) % q)
        high.append((e - x * o) % q)
        x = x * square % q
    return low + high


def reverse(i: int, bits: int) -> int:
    return int(format(i, f"0{bits}b")[::-1], 2)


print("""#pragma once

// clang-format off
// Written by tools/ntt_vectors.py; do not edit. The coefficients are SplitMix64 words from the seed, modulo q, and the
// digest is the SHA-256 of the values in the order of the transform, as little-endian 64-bit words.

#include <cstdint>

namespace ciphernet::vectors {

struct NttVector {
    int log_n;
    std::uint64_t q, psi, seed;
    std::uint64_t first[4];  ///< values 0 to 3
    std::uint64_t last;      ///< value N - 1
    const char* digest;
};

inline constexpr NttVector kNtt[] = {""")
for log_n in range(3, 18):
    n = 1 << log_n
    for bits in (50, 49, 40, 20) if log_n < 17 else (50, 30):
        q = largest_prime(bits, 2 * n)
        psi = smallest_root(q, 2 * n)
        seed = 1000 * log_n + bits
        words = splitmix64(seed)
        a = [next(words) % q for _ in range(n)]
        natural = values(a, psi, q)
        for i in (0, 1, n // 2, n - 1):
            x, horner = pow(psi, 2 * i + 1, q), 0
            for c in reversed(a):
                horner = (horner * x + c) % q
            assert horner == natural[i]
        out = [natural[reverse(i, log_n)] for i in range(n)]
        digest = hashlib.sha256(struct.pack(f"<{n}Q", *out)).hexdigest()
        first = ", ".join(str(x) for x in out[:4])
        print(f'    {{{log_n}, {q}, {psi}, {seed}, {{{first}}}, {out[-1]},\n     "{digest}"}},')
print("""};

}  // namespace ciphernet::vectors""")
