#pragma once

#include <cstddef>
#include <cstdint>

#include "arith/modulus_constants.hpp"

namespace ciphernet {

/// The tables of one negacyclic transform of length n = 2^log_n modulo q = 1 mod 2n; they live in ring/ntt.hpp.
/// psi is a primitive 2n-th root of unity and brv the bit reversal of log_n bits.
struct NttTable {
    std::uint64_t log_n;
    ModulusConstants modulus;
    const std::uint64_t* roots;           ///< psi^brv(i), i in [0, n)
    const std::uint64_t* root_quotients;  ///< floor(root * 2^52 / q)
    const std::uint64_t* inverse_roots;   ///< psi^-brv(i)
    const std::uint64_t* inverse_root_quotients;
    ShoupFactor n_inverse;       ///< 1/n mod q
    ShoupFactor n_inverse_root;  ///< inverse_roots[1]/n mod q: the last stage takes the 1/n along
};

/// The twiddles of the canonical embedding, in double or in double-double (hi and lo one after the other); they live in
/// ring/embedding.hpp. In the stage of half-length h, that of butterfly j, exp(2 pi i (5^j mod 8h) / 8h), stands at
/// h + j; in the reversed tables, which end at the first power of two above sqrt(n) / 2, at h + (j with its bits reversed).
struct EmbeddingTable {
    const double* cos;
    const double* sin;
    const double* reversed_cos;
    const double* reversed_sin;
};

/// Points of a Fourier transform that stand together in a key, real parts before imaginary ones (tfhe/fft.hpp).
inline constexpr std::size_t kFftChunk = 8;

/// The twiddles of the negacyclic Fourier transform of 2 `points` coefficients; they live in tfhe/fft.hpp. Pass after pass,
/// block after block: s^1 … s^(r-1), each real part before imaginary part. A path with Kernels::fft_lanes > 1 makes the last
/// two layers of lanes^2 points at once, with twiddles of their own: those of the first layer, then for every power the
/// real parts of the lanes' blocks and their imaginary parts.
struct FftTable {
    std::size_t points;
    std::size_t passes;
    std::uint8_t radices[16];  ///< 4 or 8 each
    const double* twiddles;
    const double* twiddles_end;
    const double* last_twiddles;
    double scale;  ///< 2^-64 / points
};

/// Columns of an LWE key-switching key that are kept and multiplied together (tfhe/keys.hpp).
inline constexpr std::size_t kLweColumns = 32;

/// Which digit of a signed gadget decomposition: ((x + offset) << shift_left >> shift_right) - half, in [-half, half).
struct GadgetDigit {
    std::uint64_t offset;
    int shift_left, shift_right;  ///< shift_right >= 13: digits have at most 51 bits
    double half;
};

/// The inner loops that exist once per instruction set. Pointers are 64-byte aligned unless said otherwise, n is a
/// multiple of 8, residues are canonical, [0, q), in and out unless said otherwise, and results are bit-identical on
/// every instruction set. r may equal an operand; partial overlap is not allowed. Kernels never throw, never allocate.
struct Kernels {
    const char* name;

    /// r[i] = a[i] + b[i] mod q
    void (*add)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b, std::size_t n,
                const ModulusConstants* m);
    /// r[i] = a[i] - b[i] mod q
    void (*subtract)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b, std::size_t n,
                     const ModulusConstants* m);
    /// r[i] = -a[i] mod q
    void (*negate)(std::uint64_t* r, const std::uint64_t* a, std::size_t n, const ModulusConstants* m);
    /// r[i] = a[i] * b[i] mod q
    void (*multiply)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b, std::size_t n,
                     const ModulusConstants* m);
    /// r[i] = r[i] + a[i] * b[i] mod q
    void (*multiply_add)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b, std::size_t n,
                         const ModulusConstants* m);
    /// r[i] = a[i] * w mod q; a[i] any number below 2^52
    void (*multiply_scalar)(std::uint64_t* r, const std::uint64_t* a, ShoupFactor w, std::size_t n,
                            const ModulusConstants* m);
    /// r[i] = (a[i] - b[i]) * w mod q; b[i] canonical modulo q as well
    void (*subtract_multiply_scalar)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b, ShoupFactor w,
                                     std::size_t n, const ModulusConstants* m);
    /// r[i] = (a[i] - b[i]) * w + c[i] * v mod q: the last step of a division, with what is added to its result
    void (*subtract_multiply_accumulate)(std::uint64_t* r, const std::uint64_t* a, const std::uint64_t* b,
                                         ShoupFactor w, const std::uint64_t* c, ShoupFactor v, std::size_t n,
                                         const ModulusConstants* m);
    /// r[i] = a[i] mod q; a[i] any number below 2^52
    void (*reduce)(std::uint64_t* r, const std::uint64_t* a, std::size_t n, const ModulusConstants* m);
    /// r[i] = sum over j < terms of a[j][i] * b[j][i] mod q; a, b below 2^50; terms <= 4096. One reduction at the end.
    void (*dot)(std::uint64_t* r, const std::uint64_t* const* a, const std::uint64_t* const* b, std::size_t terms,
                std::size_t n, const ModulusConstants* m);
    /// Both r0[i] = sum a[j][i] * b0[j][i] and r1[i] = sum a[j][i] * b1[j][i], as dot, with b0 and b1 packed to the modulus'
    /// bits; on top of what r0 and r1 hold (both canonical) when `add`.
    void (*dot_pair)(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a, const std::uint8_t* const* b0,
                     const std::uint8_t* const* b1, std::size_t terms, bool add, std::size_t n,
                     const ModulusConstants* m);
    /// Both r0[i] = sum a0[j][i] * b[j][i] and r1[i] = sum a1[j][i] * b[j][i], as dot_pair: one packed factor of two rows.
    void (*dot_packed)(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a0,
                       const std::uint64_t* const* a1, const std::uint8_t* const* b, std::size_t terms, bool add,
                       std::size_t n, const ModulusConstants* m);
    /// dot_packed with words for factors, each standing for 2^log_run neighbours: b[j][i >> log_run]. log_run >= 3.
    void (*dot_repeated)(std::uint64_t* r0, std::uint64_t* r1, const std::uint64_t* const* a0,
                         const std::uint64_t* const* a1, const std::uint64_t* const* b, std::size_t terms, bool add,
                         std::size_t n, int log_run, const ModulusConstants* m);
    /// r[i] = sum over j < terms of a[j][i] * w[j] mod q; a, w below 2^50; terms <= 4096. One reduction at the end.
    void (*dot_scalar)(std::uint64_t* r, const std::uint64_t* const* a, const std::uint64_t* w, std::size_t terms,
                       std::size_t n, const ModulusConstants* m);
    /// r[k][i] = sum over j < terms of a[j][i] * w[k][j] mod q_k for every k < rows, each as dot_scalar with its own modulus
    /// m[k]: a word of a is loaded once for several rows.
    void (*dot_scalar_rows)(std::uint64_t* const* r, const std::uint64_t* const* a, const std::uint64_t* const* w,
                            std::size_t rows, std::size_t terms, std::size_t n, const ModulusConstants* const* m);
    /// r[i] = a[index[i]]: an automorphism in the evaluation domain, which takes aligned groups of eight to aligned
    /// groups of eight: index[8 k + j] / 8 is the same for all j < 8. r does not overlap a.
    void (*permute)(std::uint64_t* r, const std::uint64_t* a, const std::uint32_t* index, std::size_t n);
    /// a(X) -> a(X^g) modulo X^n + 1, an automorphism in the coefficient domain, `inverse` = g^-1 mod 2n: r[i] is a[k], k = i *
    /// inverse mod 2n, or -a[k - n] where k >= n. n is a power of two; r does not overlap a.
    void (*substitute)(std::uint64_t* r, const std::uint64_t* a, std::uint64_t inverse, std::size_t n,
                       const ModulusConstants* m);
    /// r[i] = a[i] mod q; |a[i]| < q. a needs no alignment.
    void (*from_signed)(std::uint64_t* r, const std::int8_t* a, std::size_t n, const ModulusConstants* m);
    /// r[i] = nearest integer (ties to even) to sum over j < terms of (double)y[j][i] * inverse[j], summed in the order
    /// of j in IEEE double without contraction: how often the product of the source primes wraps in a base conversion
    /// (Halevi, Polyakov, Shoup 2018). y below 2^50, terms <= 64.
    void (*round_weighted_sum)(std::uint64_t* r, const std::uint64_t* const* y, const double* inverse,
                               std::size_t terms, std::size_t n);
    /// a(X) -> a at the odd powers of psi, in place: result i is a(psi^(2 brv(i) + 1)). Natural order in,
    /// bit-reversed order out. 10 <= log_n <= 17 (smaller sizes from 3 on work too).
    void (*ntt_forward)(std::uint64_t* a, const NttTable* table);
    /// r = ntt_forward of a residue polynomial carried over from another prime: a[i] in [0, s), s odd and below 2^50, stands
    /// for the integer within s/2 that it is congruent to modulo s. r and a do not overlap.
    void (*ntt_forward_centred)(std::uint64_t* r, const std::uint64_t* a, std::uint64_t s, const NttTable* table);
    /// The inverse of ntt_forward, including the factor 1/n.
    void (*ntt_inverse)(std::uint64_t* a, const NttTable* table);

    // Packed numbers: `bits` bits each, 8 <= bits <= 56, one after another, the lowest bit first; eight are `bits` bytes. No
    // alignment is needed, and nothing is touched behind the end.

    /// Packs n numbers, every one below 2^bits.
    void (*pack)(std::uint8_t* out, const std::uint64_t* a, std::size_t n, int bits);
    /// Undoes pack. False when a number is not below `bound` <= 2^bits; all are written nevertheless.
    bool (*unpack)(std::uint64_t* r, const std::uint8_t* in, std::size_t n, int bits, std::uint64_t bound);

    // Random numbers. No alignment is needed; constant time in everything but what is said to show.

    /// The ChaCha20 blocks (RFC 8439) of the 16 words of `state` and its successors, 64 bytes each; the counter,
    /// state[12], is taken modulo 2^32.
    void (*chacha20)(std::uint8_t* out, const std::uint32_t* state, std::size_t blocks);
    /// Cuts the n words of r to `mask` and moves those below `bound`, in their order, to the front; returns how many.
    /// The others behind them are left with any value. mask < 2^63. Which words are kept shows in the time.
    std::size_t (*select_below)(std::uint64_t* r, std::size_t n, std::uint64_t mask, std::uint64_t bound);
    /// r[i] = how many entries of the table are not above v = words[i] >> 1, negated when words[i] is odd. Every entry is
    /// compared with every word. Entries are in [1, 2^63), fewer than 2^31.
    void (*gaussian)(std::int32_t* r, const std::uint64_t* words, std::size_t n, const std::uint64_t* table,
                     std::size_t entries);

    // The canonical embedding (ring/embedding.hpp) of n = 2^log_n <= 2^16 complex numbers, in place. IEEE operations in a
    // fixed order without contraction: the same bits on every path. No alignment is needed, but 64 bytes are faster.

    /// (w_k) -> (slot j), both in natural order.
    void (*to_slots)(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);
    /// The inverse of to_slots, including the factor 1/n.
    void (*from_slots)(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);
    /// Both in double-double: numbers and tables are pairs of doubles, hi and lo.
    void (*to_slots_wide)(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);
    void (*from_slots_wide)(double* re, double* im, const EmbeddingTable* table, std::size_t log_n);

    // The negacyclic Fourier transform (tfhe/fft.hpp) of 2 n coefficients modulo 2^64 to n = table->points complex points, real
    // parts before imaginary ones, in an order that depends on the path. Floating point: paths agree within fft_error.

    /// The lanes that the tables of a transform are made for.
    std::size_t fft_lanes;
    /// The transform of words as signed numbers, |a| <= 2^63, each rounded to 53 bits.
    void (*fft_forward_torus)(double* r, const std::uint64_t* a, const FftTable* table);
    /// The transform of one gadget digit of every word.
    void (*fft_forward_digits)(double* r, const std::uint64_t* a, GadgetDigit digit, const FftTable* table);
    /// r += the polynomial of the points a, rounded to integers modulo 2^64. Below 2^115 in magnitude; a is used up.
    void (*fft_inverse_add)(std::uint64_t* r, double* a, const FftTable* table);
    /// r[t][c] = sum over row < rows of a[t][row] * b[row][c], point by point, for every t < count: transforms one after
    /// another in a[t] and r[t], chunks of kFftChunk points (row by row, column by column) in b. Every t is computed alike.
    void (*fft_external_product)(double* const* r, const double* const* a, const double* b, std::size_t count,
                                 std::size_t rows, std::size_t columns, std::size_t points);
    /// r = (X^shift - 1) a modulo X^n + 1 and 2^64; shift < 2n. r does not overlap a.
    void (*turn_subtract)(std::uint64_t* r, const std::uint64_t* a, std::size_t shift, std::size_t n);
    /// r[t][c] -= sum over row < rows of digits[t][row] * key(row, c) modulo 2^32 for t < count and kLweColumns columns c; rows
    /// is even. A word of the key is low + 2^16 high in signed halves. In a pair of rows stand, for 16 columns after 16, the
    /// low halves of both rows side by side, column by column, then the high ones.
    void (*lwe_key_switch)(std::uint32_t* const* r, const std::int16_t* const* digits, const std::int16_t* key,
                           std::size_t count, std::size_t rows);
};

/// The path chosen for this process when it first asks: the widest the CPU has, or the one that CIPHERNET_CPU names
/// (scalar, avx2, avx512ifma, neon). Throws Error{environment_invalid} for a name that does not exist or that the CPU lacks.
const Kernels& kernels();

/// Every path that this CPU can run, scalar first (for tests and benches).
const Kernels* const* available_kernels(std::size_t* count);

}  // namespace ciphernet
