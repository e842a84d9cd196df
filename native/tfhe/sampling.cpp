#include "tfhe/sampling.hpp"

#include <cmath>

#include "base/assert.hpp"
#include "base/wipe.hpp"

namespace ciphernet::tfhe {

void sample_tuniform(std::span<u64> r, int b, Stream& stream) {
    CIPHERNET_ASSERT(b >= 0 && b <= 60);
    const u64 mask = (u64{1} << (b + 2)) - 1;
    stream.fill_u64(r);
    for (u64& x : r) x = (((x & mask) + 1) >> 1) - (u64{1} << b);
}

void sample_binary(std::span<std::uint8_t> r, Stream& stream) {
    for (std::size_t i = 0; i < r.size(); i += 64) {
        u64 word = stream.next_u64();
        for (std::size_t j = i; j < r.size() && j < i + 64; ++j, word >>= 1) r[j] = word & 1;
        secure_wipe(&word, sizeof word);
    }
}

double tuniform_variance(int b) { return (std::ldexp(1, 2 * b + 1) + 1) / 6; }

}  // namespace ciphernet::tfhe
