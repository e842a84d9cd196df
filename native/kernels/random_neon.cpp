// Keystream and sampling on NEON.

#include "kernels/kernel_tables.hpp"
#include "kernels/random_portable.hpp"

namespace ciphernet {

void chacha20_neon(std::uint8_t* out, const u32* state, size_t blocks) { chacha20(out, state, blocks); }

size_t select_below_neon(u64* r, size_t n, u64 mask, u64 bound) { return select_below(r, n, mask, bound); }

void gaussian_neon(std::int32_t* r, const u64* words, size_t n, const u64* table, size_t entries) {
    gaussian(r, words, n, table, entries);
}

}  // namespace ciphernet
