#include "kernels/doubles_ntt.hpp"

namespace ciphernet {

void ntt_forward_neon(u64* a, const NttTable* table) { forward(a, table); }
void ntt_inverse_neon(u64* a, const NttTable* table) { inverse(a, table); }

}  // namespace ciphernet
