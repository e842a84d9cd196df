#include "tfhe/key_switch.hpp"

#include <algorithm>

namespace ciphernet::tfhe {
namespace {

/// Rows of a block of the key that stay in a cache while all ciphertexts pass by.
constexpr std::size_t kRowsAtOnce = 1024;

/// The digits of a ciphertext's mask, levels of a word side by side, and its body with what centres the rounding.
void take_digits(std::int16_t* digits, u32& body, const u64* ciphertext, const Parameters& parameters) {
    const GadgetLiteral& gadget = parameters.literal().key_switch;
    const std::size_t dimension = parameters.big_dimension();
    const std::size_t levels = parameters.key_switch_levels();
    const int kept = gadget.base_log * gadget.levels;
    for (std::size_t level = 0; level < levels; ++level) {
        const GadgetDigit digit = gadget_digit(gadget, static_cast<int>(level));
        const auto half = static_cast<i64>(digit.half);
        for (std::size_t i = 0; i < dimension; ++i) {
            const u64 shifted = (ciphertext[i] + digit.offset) << digit.shift_left >> digit.shift_right;
            digits[i * levels + level] = static_cast<std::int16_t>(static_cast<i64>(shifted) - half);
        }
    }
    std::fill(digits + dimension * levels, digits + parameters.key_switch_rows(), std::int16_t{0});
    // A word's rounding is its part below 2^(64 - kept), centred; halved before the sum, which wraps like the body.
    const u64 mask = (u64{1} << (64 - kept)) - 1;
    const u64 centre = u64{1} << (63 - kept);
    u64 halves = 0;
    for (std::size_t i = 0; i < dimension; ++i)
        halves += static_cast<u64>(static_cast<i64>(((ciphertext[i] + centre) & mask) - centre) >> 1);
    body = static_cast<u32>((ciphertext[dimension] - halves + (u64{1} << 31)) >> 32);
}

}  // namespace

SmallLweBatch switch_keys(const EvaluationKeys& keys, const LweBatch& ciphertexts, const Execution& execution) {
    const Parameters& parameters = *keys.parameters();
    const std::size_t count = ciphertexts.size();
    const std::size_t rows = parameters.key_switch_rows();
    const std::size_t blocks = keys.key_switch_blocks();
    SmallLweBatch r{blocks * kLweColumns, AlignedArray<u32>(count * blocks * kLweColumns)};
    AlignedArray<std::int16_t> digits(count * rows);
    execution.parallel_for(count, [&](std::size_t t) {
        std::fill_n(r.at(t), r.stride, u32{0});
        take_digits(digits.data() + t * rows, r.at(t)[parameters.lwe_dimension()], ciphertexts.at(t), parameters);
    });
    execution.parallel_for(blocks, [&](std::size_t block) {
        std::vector<u32*> to(count);
        std::vector<const std::int16_t*> from(count);
        for (std::size_t row = 0; row < rows; row += kRowsAtOnce) {
            for (std::size_t t = 0; t < count; ++t) {
                to[t] = r.at(t) + block * kLweColumns;
                from[t] = digits.data() + t * rows + row;
            }
            kernels().lwe_key_switch(to.data(), from.data(), keys.key_switch_block(block, row), count,
                                     std::min(kRowsAtOnce, rows - row));
        }
    });
    return r;
}

void switch_modulus(u32* r, const u32* ciphertext, std::size_t dimension, int log_n) {
    const int shift = 31 - log_n;
    const u32 half = u32{1} << (shift - 1);
    i64 drift = 0;
    for (std::size_t i = 0; i < dimension; ++i) {
        const u32 rounded = (ciphertext[i] + half) >> shift;
        drift += static_cast<std::int32_t>(ciphertext[i] - (rounded << shift));
        r[i] = rounded;
    }
    r[dimension] = (ciphertext[dimension] - static_cast<u32>(drift / 2) + half) >> shift;
}

}  // namespace ciphernet::tfhe
