// Packed numbers with the byte permutations of AVX-512 VBMI, which every CPU with IFMA has.

#include "kernels/avx512ifma.hpp"

namespace ciphernet {
namespace {

/// Where the bytes of eight shifted lanes go: lane k and lane k + 2 never share a byte, so that the even lanes make one
/// vector, the odd ones another, and their union is the packed group.
struct Gather {
    V order;
    __mmask64 bytes;

    Gather(size_t bits, size_t parity) {
        alignas(64) u8 from[64] = {};
        u64 filled = 0;
        for (size_t k = parity; k < 8; k += 2) {
            const size_t first = k * bits / 8;
            const size_t end = ((k + 1) * bits + 7) / 8;
            for (size_t t = first; t < end; ++t) {
                from[t] = static_cast<u8>(8 * k + t - first);
                filled |= u64{1} << t;
            }
        }
        order = _mm512_load_si512(from);
        bytes = static_cast<__mmask64>(filled);
    }
    V operator()(V lanes) const { return _mm512_maskz_permutexvar_epi8(bytes, order, lanes); }
};

}  // namespace

void pack_avx512ifma(u8* out, const u64* a, size_t n, int bits) {
    const PackedLanes lanes(bits);
    const Gather even(lanes.bits, 0);
    const Gather odd(lanes.bits, 1);
    for (size_t i = 0; i < n; i += 8, out += lanes.bits) {
        const V x = _mm512_sllv_epi64(_mm512_loadu_si512(a + i), lanes.shift);
        _mm512_mask_storeu_epi8(out, lanes.bytes, _mm512_or_si512(even(x), odd(x)));
    }
}

bool unpack_avx512ifma(u64* r, const u8* in, size_t n, int bits, u64 bound) {
    const PackedLanes lanes(bits);
    const V largest = all(bound - 1);
    __mmask8 beyond = 0;
    for (size_t i = 0; i < n; i += 8, in += lanes.bits) {
        const V x = load_packed(in, lanes);
        beyond = static_cast<__mmask8>(beyond | _mm512_cmpgt_epu64_mask(x, largest));
        _mm512_storeu_si512(r + i, x);
    }
    return beyond == 0;
}

}  // namespace ciphernet
