"""Writes test/native/vectors/random_vectors.hpp: what native/random must give for fixed seeds.

    python3 tools/random_vectors.py > test/native/vectors/random_vectors.hpp

An independent program: ChaCha20 from RFC 8439 and the samplers from their written definition, in Python integers.
Only the Gaussian table is taken from native/random/gaussian_table.hpp (which tools/gaussian_table.py computes).
"""
import hashlib
import math
import re
import struct
from pathlib import Path

MASK32 = 0xFFFFFFFF
ROOT = Path(__file__).resolve().parent.parent
TABLE = [
    int(x, 16) for x in re.findall(r"0x([0-9a-f]{16}),", (ROOT / "native/random/gaussian_table.hpp").read_text())
]
PUBLIC_UNIFORM, SECRET, ERROR, EPHEMERAL, FLOOD, CHILD_SEED = 1, 2, 3, 4, 5, 6
SEED = bytes(range(32))


def chacha20_block(key: bytes, counter: int, nonce: bytes) -> bytes:
    state = [0x61707865, 0x3320646E, 0x79622D32, 0x6B206574]
    state += struct.unpack("<8I", key) + (counter,) + struct.unpack("<3I", nonce)
    x = list(state)

    def quarter(a, b, c, d):
        for p, q, r, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & MASK32
            t = x[r] ^ x[p]
            x[r] = ((t << bits) | (t >> (32 - bits))) & MASK32

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) & MASK32 for a, b in zip(x, state)))


class Stream:
    def __init__(self, seed, domain, obj, limb):
        self.key, self.counter, self.rest = seed, 0, b""
        self.nonce = limb.to_bytes(3, "little") + bytes([domain]) + obj.to_bytes(8, "little")

    def bytes(self, count):
        while len(self.rest) < count:
            self.rest += chacha20_block(self.key, self.counter, self.nonce)
            self.counter += 1
        out, self.rest = self.rest[:count], self.rest[count:]
        return out

    def word(self):
        return int.from_bytes(self.bytes(8), "little")


def uniform(stream, n, q):
    bits, out = (q - 1).bit_length(), []
    while len(out) < n:
        x = stream.word() % (1 << bits)
        if x < q:
            out.append(x)
    return out


def ternary(stream, n):
    out = []
    while len(out) < n:
        b = stream.bytes(1)[0]
        if b < 243:
            out += [b // 3**d % 3 - 1 for d in range(5)]
    return out[:n]


def gaussian(stream, n):
    out = []
    for _ in range(n):
        word = stream.word()
        magnitude = sum(word // 2 >= t for t in TABLE)
        out.append(-magnitude if word % 2 else magnitude)
    return out


def fixed_weight(stream, n, weight):
    out = [0] * n
    for bound in range(n - weight, n):
        while True:
            word = stream.word()
            index = word % (1 << bound.bit_length())
            if index <= bound:
                break
        out[bound if out[index] else index] = -1 if word >> 63 else 1
    return out


def wide_factors(sigma):
    """In exact integers; sigma an integer small enough that the double-precision program makes no rounding error."""
    total = -(-sigma * sigma * 10000 // 101761)
    factors, rest = [1], total - 1
    while rest >= 1 and rest * 2**50 > total:
        factor = math.isqrt(min(15 * sum(c * c for c in factors) // 4, rest))
        factors.append(factor)
        rest -= factor * factor
    return factors


def wide_gaussian(stream, n, sigma):
    out = []
    for begin in range(0, n, 256):
        count = min(256, n - begin)
        block = [0] * count
        for c in wide_factors(sigma):
            block = [a + c * b for a, b in zip(block, gaussian(stream, count))]
        out += block
    return out


def show(name, values, width):
    """A digest of the values as little-endian integers of `width` bytes, and the first few of them to read."""
    packed = b"".join(v.to_bytes(width, "little", signed=v < 0) for v in values)
    print(f"// begins {', '.join(str(v) for v in values[:8])}")
    print(f'inline constexpr const char* {name} =\n    "{hashlib.sha256(packed).hexdigest()}";')


def main():
    print("#pragma once\n\n// clang-format off\n// Written by tools/random_vectors.py; do not edit. SHA-256 of the values as little-endian")
    print("// integers of their C++ type, under the seed 00 01 … 1f.\n\n#include <cstdint>\n")
    print("namespace ciphernet::vectors {\n")
    show("kStreamBytes", list(Stream(SEED, PUBLIC_UNIFORM, 0x0123456789ABCDEF, 0x00BEEF).bytes(5000)), 1)
    print("\nstruct Uniform {\n    std::uint64_t q;\n    const char* digest;\n    std::uint64_t next_word;\n};")
    print("/// 3001 values, object 7, limb 3, and the word that the stream gives next.")
    print("inline constexpr Uniform kUniform[] = {")
    for q in (1, 2, 3, 65537, (1 << 49) + 1, (1 << 50) - 27):
        stream = Stream(SEED, PUBLIC_UNIFORM, 7, 3)
        packed = b"".join(v.to_bytes(8, "little") for v in uniform(stream, 3001, q))
        print(f'    {{{q}, "{hashlib.sha256(packed).hexdigest()}", {stream.word():#018x}}},')
    print("};\n")
    show("kTernary", ternary(Stream(SEED, SECRET, 1, 0), 3001), 1)
    show("kGaussian", gaussian(Stream(SEED, ERROR, 2, 0), 3001), 4)
    show("kFixedWeight", fixed_weight(Stream(SEED, EPHEMERAL, 3, 0), 1000, 64), 1)
    show("kWideGaussian", wide_gaussian(Stream(SEED, FLOOD, 4, 0), 700, 1 << 20), 8)
    key, handed = (42).to_bytes(32, "little"), b""
    for kind in (0, 1, 0, 0, 1):
        stream = Stream(key, CHILD_SEED, kind, 0)
        key = stream.bytes(32)
        handed += stream.bytes(32)
    print("// Seeds of insecure_deterministic(42): public, secret, public, public, secret.")
    show("kRandomSource", list(handed), 1)
    print("\n}  // namespace ciphernet::vectors")


main()
