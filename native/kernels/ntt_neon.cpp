#include "kernels/doubles_ntt.hpp"

namespace ciphernet {

void ntt_forward_neon(u64* a, const NttTable* table) { forward(a, table); }
void ntt_forward_centred_neon(u64* r, const u64* a, u64 s, const NttTable* table) { forward_centred(r, a, s, table); }
void ntt_inverse_neon(u64* a, const NttTable* table) { inverse(a, table); }

}  // namespace ciphernet
