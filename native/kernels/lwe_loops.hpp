#pragma once

// The product of small digits with the key of an LWE key switch, modulo 2^32, in vectors. The file of an instruction set
// names before it includes this one:
//   Ints (kInts 32-bit words) with no_ints (zeros), load, store, plus_ints, minus_ints, shift_16;
//   Pairs (as many pairs of signed 16-bit numbers) with pairs_at, repeat_pair, dot_pairs (the sum of both products);
//   kAtOnce ciphertexts and kVectors vectors of columns, whose sums fill the registers.
// A word of the key is two signed halves of 16 bits, low + 2^16 high, each beside its neighbour of the next row: one
// instruction multiplies two rows, and sums that pass 2^32 only lose what is not asked for. Everything has internal linkage.

#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

/// Columns whose halves of one kind stand together.
constexpr size_t kPlane = 16;
/// 16-bit numbers of the key in a pair of rows.
constexpr size_t kRowPair = 4 * kLweColumns;

template <size_t kCount>
CIPHERNET_INLINE void switch_columns(std::uint32_t* const* r, const std::int16_t* const* digits,
                                     const std::int16_t* key, size_t rows, size_t first) {
    Ints low[kCount][kVectors], high[kCount][kVectors];
    for (size_t t = 0; t < kCount; ++t)
        for (size_t v = 0; v < kVectors; ++v) low[t][v] = high[t][v] = no_ints();
    for (size_t row = 0; row < rows; row += 2, key += kRowPair) {
        for (size_t v = 0; v < kVectors; ++v) {
            const size_t column = first + v * kInts;
            const std::int16_t* p = key + column / kPlane * 4 * kPlane + column % kPlane * 2;
            const Pairs low_half = pairs_at(p);
            const Pairs high_half = pairs_at(p + 2 * kPlane);
            for (size_t t = 0; t < kCount; ++t) {
                const Pairs digit = repeat_pair(digits[t] + row);
                low[t][v] = plus_ints(low[t][v], dot_pairs(low_half, digit));
                high[t][v] = plus_ints(high[t][v], dot_pairs(high_half, digit));
            }
        }
    }
    for (size_t t = 0; t < kCount; ++t)
        for (size_t v = 0; v < kVectors; ++v) {
            std::uint32_t* to = r[t] + first + v * kInts;
            store(to, minus_ints(load(to), plus_ints(low[t][v], shift_16(high[t][v]))));
        }
}

void key_switch(std::uint32_t* const* r, const std::int16_t* const* digits, const std::int16_t* key, size_t count,
                size_t rows) {
    for (size_t first = 0; first < kLweColumns; first += kVectors * kInts) {
        size_t t = 0;
        for (; t + kAtOnce <= count; t += kAtOnce) switch_columns<kAtOnce>(r + t, digits + t, key, rows, first);
        for (; t < count; ++t) switch_columns<1>(r + t, digits + t, key, rows, first);
    }
}

}  // namespace
}  // namespace ciphernet

/// The entry of the kernel table, once an instruction set.
#define CIPHERNET_DEFINE_LWE(path)                                                                                  \
    namespace ciphernet {                                                                                           \
    void lwe_key_switch_##path(std::uint32_t* const* r, const std::int16_t* const* digits, const std::int16_t* key, \
                               std::size_t count, std::size_t rows) {                                               \
        key_switch(r, digits, key, count, rows);                                                                    \
    }                                                                                                               \
    }
