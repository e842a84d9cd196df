#include "random/samplers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "base/assert.hpp"
#include "base/wipe.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

/// Samples are made in blocks that stay in the first-level cache.
constexpr std::size_t kBlock = 256;

/// All ones where x == 0, else zero. x < 2^32.
std::uint64_t mask_if_zero(std::uint64_t x) { return static_cast<std::uint64_t>(0) - ((x - 1) >> 63); }

/// Uniform in [0, bound], and an independent sign: a word of the stream whose low bits are the number.
struct Position {
    std::uint64_t index;
    std::int8_t sign;  ///< -1 or 1
};
Position next_position(std::uint64_t bound, Stream& stream) {
    const std::uint64_t mask = std::bit_ceil(bound + 1) - 1;
    for (;;) {
        const std::uint64_t word = stream.next_u64();
        if ((word & mask) <= bound) {
            return {word & mask, static_cast<std::int8_t>(1 - 2 * static_cast<int>(word >> 63))};
        }
    }
}

}  // namespace

void sample_uniform(std::uint64_t* r, std::size_t n, std::uint64_t q, Stream& stream) {
    CIPHERNET_ASSERT(q >= 1 && q < std::uint64_t{1} << 50);
    const std::uint64_t mask = std::bit_ceil(q) - 1;
    constexpr std::size_t kWords = 1024;
    for (std::size_t done = 0; done < n;) {
        // At most as many words as values are missing, so no word behind the last accepted one is read.
        const std::size_t words = std::min(kWords, n - done);
        stream.fill_u64({r + done, words});
        done += kernels().select_below(r + done, words, mask, q);
    }
}

void sample_ternary(std::int8_t* r, std::size_t n, Stream& stream) {
    constexpr std::size_t kDigits = 5;  // 3^5 = 243 is just below 256
    std::uint8_t bytes[kBlock];
    std::int8_t digits[kBlock * kDigits];
    for (std::size_t done = 0; done < n;) {
        const std::size_t wanted = std::min(kBlock, (n - done + kDigits - 1) / kDigits);
        stream.fill({bytes, wanted});
        std::size_t kept = 0;
        for (std::size_t i = 0; i < wanted; ++i) {
            bytes[kept] = bytes[i];
            kept += bytes[i] < 243;
        }
        for (std::size_t i = 0; i < kept; ++i) {
            unsigned rest = bytes[i];
            for (std::size_t d = 0; d < kDigits; ++d) {
                const unsigned third = rest * 171 >> 9;  // rest / 3 for rest < 256; a division may take variable time
                digits[kDigits * i + d] = static_cast<std::int8_t>(static_cast<int>(rest - 3 * third) - 1);
                rest = third;
            }
        }
        const std::size_t count = std::min(kDigits * kept, n - done);
        std::copy_n(digits, count, r + done);
        done += count;
    }
    secure_wipe(bytes, sizeof(bytes));
    secure_wipe(digits, sizeof(digits));
}

void sample_gaussian(std::int32_t* r, std::size_t n, Stream& stream) {
    std::uint64_t words[kBlock] = {};
    std::size_t done = 0;
    for (; n - done >= kBlock; done += kBlock) {
        stream.fill_u64({words, kBlock});
        kernels().gaussian(r + done, words, kBlock, kGaussianTable, kGaussianTableSize);
    }
    if (done < n) {
        std::int32_t last[kBlock];
        stream.fill_u64({words, n - done});
        kernels().gaussian(last, words, kBlock, kGaussianTable, kGaussianTableSize);
        std::copy_n(last, n - done, r + done);
        secure_wipe(last, sizeof(last));
    }
    secure_wipe(words, sizeof(words));
}

void sample_fixed_weight(std::int8_t* r, std::size_t n, std::size_t weight, Stream& stream) {
    CIPHERNET_ASSERT(weight <= n && n < std::size_t{1} << 32);
    std::vector<Position> chosen(weight);
    for (std::size_t k = 0; k < weight; ++k) {
        const std::uint64_t bound = n - weight + k;
        Position position = next_position(bound, stream);
        std::uint64_t taken = 0;
        for (std::size_t i = 0; i < k; ++i) taken |= mask_if_zero(chosen[i].index ^ position.index);
        // `bound` itself cannot have been chosen before: it lies above all earlier bounds.
        position.index = (bound & taken) | (position.index & ~taken);
        chosen[k] = position;
    }

    // One pass over all positions for each 256 entries: byte-wide comparisons, whatever the positions are.
    for (std::size_t begin = 0; begin < n; begin += kBlock) {
        std::uint8_t block[kBlock] = {};
        for (const Position& position : chosen) {
            const auto here = static_cast<std::uint8_t>(mask_if_zero((position.index ^ begin) >> 8));
            const auto value = static_cast<std::uint8_t>(static_cast<std::uint8_t>(position.sign) & here);
            const auto low = static_cast<std::uint8_t>(position.index);
            for (std::size_t i = 0; i < kBlock; ++i) {
                const auto equal = static_cast<std::uint8_t>(-static_cast<int>(static_cast<std::uint8_t>(i) == low));
                block[i] = static_cast<std::uint8_t>(block[i] | (equal & value));
            }
        }
        for (std::size_t i = 0; i < std::min(kBlock, n - begin); ++i) r[begin + i] = static_cast<std::int8_t>(block[i]);
        secure_wipe(block, sizeof(block));
    }
    secure_wipe(chosen.data(), chosen.size() * sizeof(Position));
}

std::vector<std::int64_t> wide_gaussian_factors(double sigma) {
    CIPHERNET_ASSERT(sigma > 0 && sigma <= 0x1p55);
    // Only +, *, / and sqrt of IEEE 754: the same factors on every machine.
    const double total = std::ceil(sigma * sigma / (kGaussianSigma * kGaussianSigma));
    std::vector<std::int64_t> factors = {1};
    double sum = 1;
    for (double rest = total - 1; rest >= 1 && rest > total * 0x1p-50;) {
        // The largest factor allowed, in the growth as in the remainder; a remainder is a sum of few squares.
        const double factor = std::floor(std::sqrt(std::min(3.75 * sum, rest)));
        factors.push_back(static_cast<std::int64_t>(factor));
        sum += factor * factor;
        rest -= factor * factor;
    }
    return factors;
}

void sample_wide_gaussian(std::int64_t* r, std::size_t n, double sigma, Stream& stream) {
    const std::vector<std::int64_t> factors = wide_gaussian_factors(sigma);
    std::int32_t base[kBlock];
    for (std::size_t begin = 0; begin < n; begin += kBlock) {
        const std::size_t count = std::min(kBlock, n - begin);
        std::fill_n(r + begin, count, 0);
        for (const std::int64_t factor : factors) {
            sample_gaussian(base, count, stream);
            for (std::size_t i = 0; i < count; ++i) r[begin + i] += factor * base[i];
        }
    }
    secure_wipe(base, sizeof(base));
}

}  // namespace ciphernet
