#pragma once

// Packed residues without vector instructions, for the scalar path and for those on doubles. Everything has internal
// linkage, so that each path has its own copy.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ciphernet {
namespace {

/// Eight numbers of `bits` bits are as many bytes, so their places in the group are always the same. A number of at most
/// 56 bits lies within eight bytes wherever it begins.
struct PackedGroup {
    std::size_t bits;
    std::size_t byte[8];
    int shift[8];
    std::uint64_t mask;

    explicit PackedGroup(int width) : bits(static_cast<std::size_t>(width)), mask((std::uint64_t{1} << width) - 1) {
        for (std::size_t k = 0; k < 8; ++k) {
            byte[k] = k * bits / 8;
            shift[k] = static_cast<int>(k * bits % 8);
        }
    }
};

inline std::uint64_t little_endian(std::uint64_t x) {
    if constexpr (std::endian::native == std::endian::little) return x;
    return __builtin_bswap64(x);
}

inline void pack_group(std::uint8_t* out, const std::uint64_t* a, std::size_t bits) {
    std::uint64_t word = 0;
    std::size_t filled = 0;
    for (std::size_t k = 0; k < 8; ++k) {
        word |= a[k] << filled;
        filled += bits;
        if (filled < 64) continue;
        const std::uint64_t bytes = little_endian(word);
        std::memcpy(out, &bytes, 8);
        out += 8;
        filled -= 64;
        word = filled == 0 ? 0 : a[k] >> (bits - filled);
    }
    const std::uint64_t bytes = little_endian(word);
    std::memcpy(out, &bytes, filled / 8);
}

/// Reads up to seven bytes behind the group.
inline void unpack_group(std::uint64_t* r, const std::uint8_t* in, const PackedGroup& g) {
    for (std::size_t k = 0; k < 8; ++k) {
        std::uint64_t word;
        std::memcpy(&word, in + g.byte[k], 8);
        r[k] = little_endian(word) >> g.shift[k] & g.mask;
    }
}

/// Nothing is read behind the end: the last group goes by way of a copy.
inline void unpack_words(std::uint64_t* r, const std::uint8_t* in, std::size_t n, const PackedGroup& g) {
    if (n == 0) return;
    for (std::size_t i = 0; i + 8 < n; i += 8, in += g.bits) unpack_group(r + i, in, g);
    std::uint8_t last[64] = {};
    std::memcpy(last, in, g.bits);
    unpack_group(r + n - 8, last, g);
}

void pack(std::uint8_t* out, const std::uint64_t* a, std::size_t n, int bits) {
    const auto width = static_cast<std::size_t>(bits);
    for (std::size_t i = 0; i < n; i += 8, out += width) pack_group(out, a + i, width);
}

bool unpack(std::uint64_t* r, const std::uint8_t* in, std::size_t n, int bits, std::uint64_t bound) {
    unpack_words(r, in, n, PackedGroup(bits));
    std::uint64_t beyond = 0;  // the sign bit is set once a number is above the largest
    for (std::size_t i = 0; i < n; ++i) beyond |= bound - 1 - r[i];
    return beyond >> 63 == 0;
}

/// sum a0 b0 and sum a1 b1 by way of unpacked blocks: unpack(part, j, row, i, words) writes `words` factors of term j of b0 or
/// b1 from word i on, dot_onto(r, a, b, terms, add, words) is the product of unpacked rows. `one_key`: b1 is b0.
template <class Unpack, class Dot>
void dot_pair_in_blocks(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a0,
                        const std::uint64_t* const* a1, bool one_key, std::size_t terms, bool add, std::size_t n,
                        Unpack unpack, Dot dot_onto) {
    constexpr std::size_t kWords = 256;  // with kTerms rows half of the first-level cache
    constexpr std::size_t kTerms = 8;
    alignas(64) std::uint64_t rows[kTerms * kWords];
    const std::uint64_t* a_rows[kTerms];
    const std::uint64_t* b_rows[kTerms];
    for (std::size_t k = 0; k < kTerms; ++k) b_rows[k] = rows + k * kWords;
    for (std::size_t i = 0; i < n; i += kWords) {
        const std::size_t words = n - i < kWords ? n - i : kWords;
        std::size_t first = 0;
        do {  // once without terms too: the result is zero then
            const std::size_t count = terms - first < kTerms ? terms - first : kTerms;
            for (int part = 0; part < 2; ++part) {
                const std::uint64_t* const* a = part == 0 ? a0 : a1;
                for (std::size_t j = 0; j < count; ++j) a_rows[j] = a[first + j] + i;
                for (std::size_t j = 0; j < count && (part == 0 || !one_key); ++j)
                    unpack(part, first + j, rows + j * kWords, i, words);
                dot_onto((part == 0 ? r0 : r1) + i, a_rows, b_rows, count, add || first != 0, words);
            }
            first += count;
        } while (first < terms);
    }
}

/// dot_pair (b1 is not b0) and dot_packed.
template <class Dot>
void dot_of_packed(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a0, const std::uint64_t* const* a1,
                   const std::uint8_t* const* b0, const std::uint8_t* const* b1, int bits, std::size_t terms, bool add,
                   std::size_t n, Dot dot_onto) {
    const PackedGroup group(bits);
    dot_pair_in_blocks(
        r0, r1, a0, a1, b0 == b1, terms, add, n,
        [&](int part, std::size_t j, std::uint64_t* row, std::size_t i, std::size_t words) {
            unpack_words(row, (part == 0 ? b0 : b1)[j] + i / 8 * group.bits, words, group);
        },
        dot_onto);
}

/// dot_repeated.
template <class Dot>
void dot_of_repeated(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a0,
                     const std::uint64_t* const* a1, const std::uint64_t* const* b, int log_run, std::size_t terms,
                     bool add, std::size_t n, Dot dot_onto) {
    dot_pair_in_blocks(
        r0, r1, a0, a1, true, terms, add, n,
        [&](int, std::size_t j, std::uint64_t* row, std::size_t i, std::size_t words) {
            for (std::size_t k = 0; k < words; ++k) row[k] = b[j][(i + k) >> log_run];
        },
        dot_onto);
}

}  // namespace
}  // namespace ciphernet
