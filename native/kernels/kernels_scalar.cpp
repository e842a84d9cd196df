// The portable path: 128-bit products. It is the reference that every other path must equal bit for bit.

#include "kernels/kernel_tables.hpp"
#include "kernels/packing_portable.hpp"

namespace ciphernet {
namespace {

using u8 = std::uint8_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
__extension__ typedef unsigned __int128 u128;
using std::size_t;
using M = ModulusConstants;

constexpr u64 kMask52 = (u64{1} << 52) - 1;

/// x in [0, 2m) -> [0, m).
inline u64 subtract_once(u64 x, u64 m) { return x >= m ? x - m : x; }

/// floor(x * y / 2^52) for y < 2^52: the high word of x * 2^12 y, which costs no shift of a double word.
inline u64 high_52(u64 x, u64 y) { return static_cast<u64>((static_cast<u128>(x) * (y << 12)) >> 64); }

/// x * w mod q in [0, 2q). x < 2^52.
inline u64 multiply_lazy(u64 x, u64 w, u64 quotient, u64 q) {
    const u64 estimate = high_52(x, quotient);
    return x * w - estimate * q;
}
inline u64 multiply_lazy(u64 x, ShoupFactor w, u64 q) { return multiply_lazy(x, w.w, w.quotient, q); }

/// floor(2^52 / q): the Shoup quotient of 1. (Two nested floors are one.)
inline u64 quotient_of_one(const M& m) { return m.barrett >> (m.bits - 1); }

/// x mod q. x < 2^52.
inline u64 reduce_word(u64 x, const M& m) { return subtract_once(multiply_lazy(x, 1, quotient_of_one(m), m.q), m.q); }

/// x mod q for x < 2^(2 bits) (Barrett). The estimate is at most 2 too small: the first floor loses barrett / 2^52
/// <= 1, the rounding of barrett 2^(bits+1) / 2^52 <= 1/2, the last floor less than 1.
inline u64 reduce_product(u128 x, const M& m) {
    const u64 high = static_cast<u64>(x >> (m.bits - 1));
    const u64 estimate = high_52(high, m.barrett);
    const u64 r = static_cast<u64>(x) - estimate * m.q;
    return subtract_once(subtract_once(r, 2 * m.q), m.q);
}

/// x mod q for x < 2^116, by 52-bit digits: x = (d2 * 2^52 + d1) * 2^52 + d0.
inline u64 reduce_sum(u128 x, const M& m) {
    const u64 d0 = static_cast<u64>(x) & kMask52;
    const u64 d1 = static_cast<u64>(x >> 52) & kMask52;
    const u64 d2 = static_cast<u64>(x >> 104);
    const u64 high = multiply_lazy(d2, m.two_52, m.two_52_quotient, m.q) + reduce_word(d1, m);  // < 3q
    const u64 r = multiply_lazy(high, m.two_52, m.two_52_quotient, m.q) + reduce_word(d0, m);   // < 3q
    return subtract_once(subtract_once(r, 2 * m.q), m.q);
}

void add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(a[i] + b[i], m->q);
}

void subtract(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(a[i] + m->q - b[i], m->q);
}

void negate(u64* r, const u64* a, size_t n, const M* m) {
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(m->q - a[i], m->q);
}

void multiply(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const M c = *m;
    for (size_t i = 0; i < n; ++i) r[i] = reduce_product(static_cast<u128>(a[i]) * b[i], c);
}

void multiply_add(u64* r, const u64* a, const u64* b, size_t n, const M* m) {
    const M c = *m;
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(r[i] + reduce_product(static_cast<u128>(a[i]) * b[i], c), c.q);
}

void multiply_scalar(u64* r, const u64* a, ShoupFactor w, size_t n, const M* m) {
    const u64 q = m->q;
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(multiply_lazy(a[i], w, q), q);
}

void subtract_multiply_scalar(u64* r, const u64* a, const u64* b, ShoupFactor w, size_t n, const M* m) {
    const u64 q = m->q;
    for (size_t i = 0; i < n; ++i) r[i] = subtract_once(multiply_lazy(a[i] + q - b[i], w, q), q);
}

void subtract_multiply_accumulate(u64* r, const u64* a, const u64* b, ShoupFactor w, const u64* c, ShoupFactor v,
                                  size_t n, const M* m) {
    const u64 q = m->q;
    for (size_t i = 0; i < n; ++i) {
        const u64 sum = multiply_lazy(a[i] + q - b[i], w, q) + multiply_lazy(c[i], v, q);
        r[i] = subtract_once(subtract_once(sum, 2 * q), q);
    }
}

void reduce(u64* r, const u64* a, size_t n, const M* m) {
    const M c = *m;
    for (size_t i = 0; i < n; ++i) r[i] = reduce_word(a[i], c);
}

/// On top of what r holds when `add`.
void dot_onto(u64* r, const u64* const* a, const u64* const* b, size_t terms, bool add, size_t n, const M* m) {
    const M c = *m;
    for (size_t i = 0; i < n; ++i) {
        u128 sum = add ? r[i] : 0;  // < 4097 * 2^100
        for (size_t j = 0; j < terms; ++j) sum += static_cast<u128>(a[j][i]) * b[j][i];
        r[i] = reduce_sum(sum, c);
    }
}

void dot(u64* r, const u64* const* a, const u64* const* b, size_t terms, size_t n, const M* m) {
    dot_onto(r, a, b, terms, false, n, m);
}

/// Of unpacked rows, for packing_portable.hpp.
auto unpacked_dot(const M* m) {
    return [m](u64* r, const u64* const* x, const u64* const* y, size_t count, bool onto, size_t words) {
        dot_onto(r, x, y, count, onto, words, m);
    };
}

void dot_pair(u64* r0, u64* r1, const u64* const* a, const u8* const* b0, const u8* const* b1, size_t terms, bool add,
              size_t n, const M* m) {
    dot_of_packed(r0, r1, a, a, b0, b1, static_cast<int>(m->bits), terms, add, n, unpacked_dot(m));
}

void dot_packed(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u8* const* b, size_t terms,
                bool add, size_t n, const M* m) {
    dot_of_packed(r0, r1, a0, a1, b, b, static_cast<int>(m->bits), terms, add, n, unpacked_dot(m));
}

void dot_repeated(u64* r0, u64* r1, const u64* const* a0, const u64* const* a1, const u64* const* b, size_t terms,
                  bool add, size_t n, int log_run, const M* m) {
    dot_of_repeated(r0, r1, a0, a1, b, log_run, terms, add, n, unpacked_dot(m));
}

void dot_scalar(u64* r, const u64* const* a, const u64* w, size_t terms, size_t n, const M* m) {
    const M c = *m;
    for (size_t i = 0; i < n; ++i) {
        u128 sum = 0;
        for (size_t j = 0; j < terms; ++j) sum += static_cast<u128>(a[j][i]) * w[j];
        r[i] = reduce_sum(sum, c);
    }
}

void dot_scalar_rows(u64* const* r, const u64* const* a, const u64* const* w, size_t rows, size_t terms, size_t n,
                     const M* const* m) {
    for (size_t k = 0; k < rows; ++k) dot_scalar(r[k], a, w[k], terms, n, m[k]);
}

void permute(u64* r, const u64* a, const u32* index, size_t n) {
    for (size_t i = 0; i < n; ++i) r[i] = a[index[i]];
}

void substitute(u64* r, const u64* a, u64 inverse, size_t n, const M* m) {
    for (size_t i = 0; i < n; ++i) {
        const u64 k = (i * inverse) & (2 * n - 1);
        r[i] = k < n ? a[k] : subtract_once(m->q - a[k - n], m->q);
    }
}

void from_signed(u64* r, const std::int8_t* a, size_t n, const M* m) {
    // The sign, spread over a word, selects whether q is added.
    for (size_t i = 0; i < n; ++i) {
        const std::int64_t x = a[i];
        r[i] = static_cast<u64>(x) + (static_cast<u64>(x >> 63) & m->q);
    }
}

void round_weighted_sum(u64* r, const u64* const* y, const double* inverse, size_t terms, size_t n) {
    for (size_t i = 0; i < n; ++i) {
        double sum = 0;
        for (size_t j = 0; j < terms; ++j) sum += static_cast<double>(y[j][i]) * inverse[j];
        // Adding 2^52 leaves no fraction bits: the sum is rounded to nearest even, and its mantissa is the integer.
        const double shifted = sum + 0x1p52;
        u64 bits;
        __builtin_memcpy(&bits, &shifted, sizeof bits);
        r[i] = bits & kMask52;
    }
}

// The butterflies of Harvey 2014: node k of the tree of roots splits X^(2t) - root^2 into X^t -+ root, values stay below 4q
// (forward) and 2q (inverse) and are reduced once, in the last layer.

void ntt_forward(u64* a, const NttTable* table) {
    const u64 q = table->modulus.q;
    const u64 two_q = 2 * q;
    const size_t n = size_t{1} << table->log_n;
    for (size_t m = 1, t = n / 2; t >= 1; m *= 2, t /= 2) {
        for (size_t i = 0; i < m; ++i) {
            const u64 w = table->roots[m + i];
            const u64 quotient = table->root_quotients[m + i];
            u64* x = a + 2 * t * i;
            u64* y = x + t;
            for (size_t j = 0; j < t; ++j) {
                const u64 u = subtract_once(x[j], two_q);
                const u64 v = multiply_lazy(y[j], w, quotient, q);
                x[j] = u + v;
                y[j] = u + two_q - v;
            }
        }
    }
    for (size_t i = 0; i < n; ++i) a[i] = subtract_once(subtract_once(a[i], two_q), q);
}

void ntt_forward_centred(u64* r, const u64* a, u64 s, const NttTable* table) {
    const M m = table->modulus;
    const u64 n = u64{1} << table->log_n;
    const u64 negative = (m.q - s % m.q) % m.q;
    for (u64 i = 0; i < n; ++i) r[i] = reduce_word(a[i] > s / 2 ? a[i] + negative : a[i], m);
    ntt_forward(r, table);
}

void ntt_inverse(u64* a, const NttTable* table) {
    const u64 q = table->modulus.q;
    const u64 two_q = 2 * q;
    const size_t n = size_t{1} << table->log_n;
    for (size_t m = n / 2, t = 1; m > 1; m /= 2, t *= 2) {
        for (size_t i = 0; i < m; ++i) {
            const u64 w = table->inverse_roots[m + i];
            const u64 quotient = table->inverse_root_quotients[m + i];
            u64* x = a + 2 * t * i;
            u64* y = x + t;
            for (size_t j = 0; j < t; ++j) {
                const u64 u = x[j];
                const u64 v = y[j];
                x[j] = subtract_once(u + v, two_q);
                y[j] = multiply_lazy(u + two_q - v, w, quotient, q);
            }
        }
    }
    for (size_t j = 0; j < n / 2; ++j) {
        const u64 u = a[j];
        const u64 v = a[j + n / 2];
        a[j] = subtract_once(multiply_lazy(u + v, table->n_inverse, q), q);
        a[j + n / 2] = subtract_once(multiply_lazy(u + two_q - v, table->n_inverse_root, q), q);
    }
}

}  // namespace

extern const Kernels kKernelsScalar = {
    "scalar",
    add,
    subtract,
    negate,
    multiply,
    multiply_add,
    multiply_scalar,
    subtract_multiply_scalar,
    subtract_multiply_accumulate,
    reduce,
    dot,
    dot_pair,
    dot_packed,
    dot_repeated,
    dot_scalar,
    dot_scalar_rows,
    permute,
    substitute,
    from_signed,
    round_weighted_sum,
    ntt_forward,
    ntt_forward_centred,
    ntt_inverse,
    pack,
    unpack,
    chacha20_scalar,
    select_below_scalar,
    gaussian_scalar,
    to_slots_scalar,
    from_slots_scalar,
    to_slots_wide_scalar,
    from_slots_wide_scalar,
    1,
    fft_forward_torus_scalar,
    fft_forward_digits_scalar,
    fft_inverse_add_scalar,
    fft_external_product_scalar,
    turn_subtract_scalar,
    lwe_key_switch_scalar,
};

}  // namespace ciphernet
