#pragma once

// The negacyclic Fourier transform of TFHE in vectors (tfhe/fft.hpp). The file of an instruction set names its vectors
// before it includes this one:
//   Doubles, kLanes; load, store (any double*), all, plus, minus, times;
//   times_plus(x, y, c) = x y + c and minus_times(c, x, y) = c - x y;
//   transpose (kLanes rows of kLanes lanes), unless kLanes is 1;
//   torus_at (signed words as doubles), digit_at (a gadget digit of words), add_torus (a fraction of 2^64 onto words);
//   add_words, subtract_words (of two places, one of them unaligned), negated_words.
// A pass of radix r takes r blocks side by side into one register each, multiplies block j by s^j and transforms across
// them, s being the r-th root of what the block of all of them is reduced by. The last pass does so twice, with a
// transposition between, on kLanes^2 points that stay in registers. Everything has internal linkage.

#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

struct Complex {
    Doubles re, im;
};

CIPHERNET_INLINE Complex plus(Complex x, Complex y) { return {plus(x.re, y.re), plus(x.im, y.im)}; }
CIPHERNET_INLINE Complex minus(Complex x, Complex y) { return {minus(x.re, y.re), minus(x.im, y.im)}; }
CIPHERNET_INLINE Complex product(Complex x, Complex w) {
    return {minus_times(times(x.re, w.re), x.im, w.im), times_plus(x.re, w.im, times(x.im, w.re))};
}
/// x times the conjugate of w.
CIPHERNET_INLINE Complex conjugate_product(Complex x, Complex w) {
    return {times_plus(x.im, w.im, times(x.re, w.re)), minus_times(times(x.im, w.re), x.re, w.im)};
}

/// x_j -> sum over k of x_k exp(2 pi i j k / 4).
CIPHERNET_INLINE void fourier_4(Complex& x0, Complex& x1, Complex& x2, Complex& x3) {
    const Complex a = plus(x0, x2);
    const Complex b = minus(x0, x2);
    const Complex c = plus(x1, x3);
    const Complex d = minus(x1, x3);
    x0 = plus(a, c);
    x2 = minus(a, c);
    x1 = {minus(b.re, d.im), plus(b.im, d.re)};
    x3 = {plus(b.re, d.im), minus(b.im, d.re)};
}

/// (u, v) -> (u + v / sqrt 2, u - v / sqrt 2)
CIPHERNET_INLINE void butterfly_root_half(Complex& u, Complex& v) {
    const Doubles root = all(0x1.6a09e667f3bcdp-1);
    const Complex sum = {times_plus(v.re, root, u.re), times_plus(v.im, root, u.im)};
    v = {minus_times(u.re, v.re, root), minus_times(u.im, v.im, root)};
    u = sum;
}

template <size_t kRadix>
CIPHERNET_INLINE void fourier(Complex* x) {
    if constexpr (kRadix == 4) {
        fourier_4(x[0], x[1], x[2], x[3]);
    } else {
        static_assert(kRadix == 8);
        fourier_4(x[0], x[2], x[4], x[6]);
        fourier_4(x[1], x[3], x[5], x[7]);
        // The odd ones, turned by an eighth each: (1 + i) / sqrt 2, i, (i - 1) / sqrt 2.
        Complex e0 = x[0], e1 = x[2], e2 = x[4], e3 = x[6];
        Complex o1 = {minus(x[3].re, x[3].im), plus(x[3].re, x[3].im)};
        const Complex o2 = x[5];
        Complex o3 = {minus(all(0.0), plus(x[7].re, x[7].im)), minus(x[7].re, x[7].im)};
        butterfly_root_half(e1, o1);
        butterfly_root_half(e3, o3);
        x[4] = minus(e0, x[1]);
        x[0] = plus(e0, x[1]);
        x[1] = e1;
        x[5] = o1;
        x[2] = {minus(e2.re, o2.im), plus(e2.im, o2.re)};
        x[6] = {plus(e2.re, o2.im), minus(e2.im, o2.re)};
        x[3] = e3;
        x[7] = o3;
    }
}

/// The inverse transform is the forward one with its results in reverse, but for the first.
template <size_t kRadix>
constexpr size_t reverse_place(size_t j) {
    return (kRadix - j) % kRadix;
}

// Where the first pass of a forward transform reads and the first pass in memory of an inverse one writes.

struct InPlace {
    double *re, *im;
    CIPHERNET_INLINE Complex load_from(const InPlace& from, size_t i) { return {load(from.re + i), load(from.im + i)}; }
    CIPHERNET_INLINE void store_to(const InPlace& to, size_t i, Complex x) {
        store(to.re + i, x.re);
        store(to.im + i, x.im);
    }
};

struct FromTorus {
    const u64 *re, *im;
    CIPHERNET_INLINE Complex load_from(const FromTorus& from, size_t i) {
        return {torus_at(from.re + i), torus_at(from.im + i)};
    }
};

struct FromDigits {
    const u64 *re, *im;
    GadgetDigit digit;
    CIPHERNET_INLINE Complex load_from(const FromDigits& from, size_t i) {
        return {digit_at(from.re + i, from.digit), digit_at(from.im + i, from.digit)};
    }
};

struct OntoTorus {
    u64 *re, *im;
    double scale;
    CIPHERNET_INLINE void store_to(const OntoTorus& to, size_t i, Complex x) {
        add_torus(to.re + i, times(x.re, all(to.scale)));
        add_torus(to.im + i, times(x.im, all(to.scale)));
    }
};

template <size_t kRadix>
CIPHERNET_INLINE void repeat_twiddles(Complex* w, const double* twiddles) {
    for (size_t j = 1; j < kRadix; ++j) w[j] = {all(twiddles[2 * j - 2]), all(twiddles[2 * j - 1])};
}

/// One pass towards the points: `blocks` blocks, of `part` points behind the pass and kRadix times as many before it.
template <size_t kRadix, class From>
void forward_pass(InPlace to, From from, const double* twiddles, size_t blocks, size_t part) {
    for (size_t b = 0; b < blocks; ++b, twiddles += 2 * (kRadix - 1)) {
        Complex w[kRadix];
        repeat_twiddles<kRadix>(w, twiddles);
        const size_t begin = b * kRadix * part;
        for (size_t i = begin; i < begin + part; i += kLanes) {
            Complex x[kRadix];
            x[0] = From::load_from(from, i);
            for (size_t j = 1; j < kRadix; ++j) x[j] = product(From::load_from(from, i + j * part), w[j]);
            fourier<kRadix>(x);
            for (size_t j = 0; j < kRadix; ++j) InPlace::store_to(to, i + j * part, x[j]);
        }
    }
}

template <size_t kRadix, class To>
void inverse_pass(To to, InPlace from, const double* twiddles, size_t blocks, size_t part) {
    for (size_t b = 0; b < blocks; ++b, twiddles += 2 * (kRadix - 1)) {
        Complex w[kRadix];
        repeat_twiddles<kRadix>(w, twiddles);
        const size_t begin = b * kRadix * part;
        for (size_t i = begin; i < begin + part; i += kLanes) {
            Complex x[kRadix];
            for (size_t j = 0; j < kRadix; ++j) x[j] = InPlace::load_from(from, i + j * part);
            fourier<kRadix>(x);
            To::store_to(to, i, x[0]);
            for (size_t j = 1; j < kRadix; ++j)
                To::store_to(to, i + j * part, conjugate_product(x[reverse_place<kRadix>(j)], w[j]));
        }
    }
}

CIPHERNET_INLINE void transpose(Complex* x) {
    Doubles rows[kLanes];
    for (size_t j = 0; j < kLanes; ++j) rows[j] = x[j].re;
    transpose(rows);
    for (size_t j = 0; j < kLanes; ++j) {
        x[j].re = rows[j];
        rows[j] = x[j].im;
    }
    transpose(rows);
    for (size_t j = 0; j < kLanes; ++j) x[j].im = rows[j];
}

/// The twiddles of kLanes blocks, one a lane.
CIPHERNET_INLINE Complex lane_twiddle(const double* twiddles, size_t j) {
    const double* w = twiddles + 2 * kLanes * (j - 1);
    return {load(w), load(w + kLanes)};
}

/// Both last layers of kSide^2 points in registers; the points are left in the order of the transposition.
template <size_t kSide>
void forward_last(InPlace a, const double* twiddles, size_t points) {
    constexpr size_t kSquare = kSide * kSide;
    for (size_t i = 0; i < points; i += kSquare, twiddles += 2 * (kSide - 1) * (kSide + 1)) {
        Complex x[kSide];
        x[0] = InPlace::load_from(a, i);
        for (size_t j = 1; j < kSide; ++j)
            x[j] = product(InPlace::load_from(a, i + j * kSide), {all(twiddles[2 * j - 2]), all(twiddles[2 * j - 1])});
        fourier<kSide>(x);
        transpose(x);
        const double* own = twiddles + 2 * (kSide - 1);
        for (size_t j = 1; j < kSide; ++j) x[j] = product(x[j], lane_twiddle(own, j));
        fourier<kSide>(x);
        for (size_t j = 0; j < kSide; ++j) InPlace::store_to(a, i + j * kSide, x[j]);
    }
}

template <size_t kSide>
void inverse_last(InPlace a, const double* twiddles, size_t points) {
    constexpr size_t kSquare = kSide * kSide;
    for (size_t i = 0; i < points; i += kSquare, twiddles += 2 * (kSide - 1) * (kSide + 1)) {
        Complex x[kSide], y[kSide];
        for (size_t j = 0; j < kSide; ++j) x[j] = InPlace::load_from(a, i + j * kSide);
        fourier<kSide>(x);
        const double* own = twiddles + 2 * (kSide - 1);
        y[0] = x[0];
        for (size_t j = 1; j < kSide; ++j) y[j] = conjugate_product(x[reverse_place<kSide>(j)], lane_twiddle(own, j));
        transpose(y);
        fourier<kSide>(y);
        InPlace::store_to(a, i, y[0]);
        for (size_t j = 1; j < kSide; ++j)
            InPlace::store_to(
                a, i + j * kSide,
                conjugate_product(y[reverse_place<kSide>(j)], {all(twiddles[2 * j - 2]), all(twiddles[2 * j - 1])}));
    }
}

template <class From>
CIPHERNET_INLINE void forward_pass(u64 radix, InPlace to, From from, const double* twiddles, size_t blocks,
                                   size_t part) {
    if (radix == 8)
        forward_pass<8>(to, from, twiddles, blocks, part);
    else
        forward_pass<4>(to, from, twiddles, blocks, part);
}

template <class To>
CIPHERNET_INLINE void inverse_pass(u64 radix, To to, InPlace from, const double* twiddles, size_t blocks, size_t part) {
    if (radix == 8)
        inverse_pass<8>(to, from, twiddles, blocks, part);
    else
        inverse_pass<4>(to, from, twiddles, blocks, part);
}

template <class From>
void forward(double* r, From from, const FftTable& table) {
    const InPlace a = {r, r + table.points};
    const double* twiddles = table.twiddles;
    size_t part = table.points / table.radices[0];
    forward_pass(table.radices[0], a, from, twiddles, 1, part);
    size_t blocks = table.radices[0];
    for (size_t pass = 1; pass < table.passes; ++pass) {
        twiddles += 2 * (table.radices[pass - 1] - 1) * (blocks / table.radices[pass - 1]);
        part /= table.radices[pass];
        forward_pass(table.radices[pass], a, a, twiddles, blocks, part);
        blocks *= table.radices[pass];
    }
    if constexpr (kLanes > 1) forward_last<kLanes>(a, table.last_twiddles, table.points);
}

/// r += the polynomial whose transform is a; a is used up.
void inverse_add(u64* r, double* values, const FftTable& table) {
    const InPlace a = {values, values + table.points};
    if constexpr (kLanes > 1) inverse_last<kLanes>(a, table.last_twiddles, table.points);
    const double* twiddles = table.twiddles_end;
    size_t part = kLanes > 1 ? kLanes * kLanes : 1;
    size_t blocks = table.points / part;
    for (size_t pass = table.passes; pass-- > 1;) {
        blocks /= table.radices[pass];
        twiddles -= 2 * (table.radices[pass] - 1) * blocks;
        inverse_pass(table.radices[pass], a, a, twiddles, blocks, part);
        part *= table.radices[pass];
    }
    inverse_pass(table.radices[0], OntoTorus{r, r + table.points, table.scale}, a, table.twiddles, 1, part);
}

/// Sums over the rows for some ciphertexts and columns at once: a key's points are loaded once for all of these.
template <size_t kCount, size_t kColumns>
CIPHERNET_INLINE void external_product_points(double* const* r, const double* const* a, const double* b, size_t rows,
                                              size_t row_stride, size_t points, size_t at) {
    Complex sum[kCount][kColumns];
    for (size_t t = 0; t < kCount; ++t)
        for (size_t c = 0; c < kColumns; ++c) sum[t][c] = {all(0.0), all(0.0)};
    for (size_t row = 0; row < rows; ++row, b += row_stride) {
        Complex x[kCount];
        for (size_t t = 0; t < kCount; ++t) {
            const double* digits = a[t] + 2 * row * points + at;
            x[t] = {load(digits), load(digits + points)};
        }
        for (size_t c = 0; c < kColumns; ++c) {
            const double* key = b + c * 2 * kFftChunk;
            const Complex w = {load(key), load(key + kFftChunk)};
            for (size_t t = 0; t < kCount; ++t) {
                Complex& s = sum[t][c];
                s.re = minus_times(times_plus(x[t].re, w.re, s.re), x[t].im, w.im);
                s.im = times_plus(x[t].im, w.re, times_plus(x[t].re, w.im, s.im));
            }
        }
    }
    for (size_t t = 0; t < kCount; ++t)
        for (size_t c = 0; c < kColumns; ++c) {
            store(r[t] + 2 * c * points + at, sum[t][c].re);
            store(r[t] + 2 * c * points + points + at, sum[t][c].im);
        }
}

template <size_t kCount>
void external_products(double* const* r, const double* const* a, const double* b, size_t rows, size_t columns,
                       size_t points) {
    const size_t row_stride = columns * 2 * kFftChunk;
    for (size_t chunk = 0; chunk < points; chunk += kFftChunk, b += rows * row_stride) {
        for (size_t i = 0; i < kFftChunk; i += kLanes) {
            size_t c = 0;
            for (; c + 2 <= columns; c += 2) {
                double* to[kCount];
                for (size_t t = 0; t < kCount; ++t) to[t] = r[t] + 2 * c * points;
                external_product_points<kCount, 2>(to, a, b + c * 2 * kFftChunk + i, rows, row_stride, points,
                                                   chunk + i);
            }
            if (c < columns) {
                double* to[kCount];
                for (size_t t = 0; t < kCount; ++t) to[t] = r[t] + 2 * c * points;
                external_product_points<kCount, 1>(to, a, b + c * 2 * kFftChunk + i, rows, row_stride, points,
                                                   chunk + i);
            }
        }
    }
}

void external_product(double* const* r, const double* const* a, const double* b, size_t count, size_t rows,
                      size_t columns, size_t points) {
    size_t t = 0;
    for (; t + 2 <= count; t += 2) external_products<2>(r + t, a + t, b, rows, columns, points);
    if (t < count) external_products<1>(r + t, a + t, b, rows, columns, points);
}

/// r = (X^shift - 1) a: a turned by shift < 2n, where what leaves at the top comes back negated.
void turn_subtract(u64* r, const u64* a, size_t shift, size_t n) {
    const bool negated = shift >= n;
    const size_t k = negated ? shift - n : shift;
    // Below k the words come from the top, with the other sign.
    size_t i = 0;
    for (; i + kLanes <= k; i += kLanes) turned_minus(r + i, a + n - k + i, a + i, !negated);
    for (; i < k; ++i) r[i] = (negated ? a[n - k + i] : 0 - a[n - k + i]) - a[i];
    for (; i % kLanes != 0; ++i) r[i] = (negated ? 0 - a[i - k] : a[i - k]) - a[i];
    for (; i < n; i += kLanes) turned_minus(r + i, a + i - k, a + i, negated);
}

}  // namespace
}  // namespace ciphernet

/// The entries of the kernel table, once an instruction set.
#define CIPHERNET_DEFINE_FFT(path)                                                                                 \
    namespace ciphernet {                                                                                          \
    void fft_forward_torus_##path(double* r, const std::uint64_t* a, const FftTable* table) {                      \
        forward(r, FromTorus{a, a + table->points}, *table);                                                       \
    }                                                                                                              \
    void fft_forward_digits_##path(double* r, const std::uint64_t* a, GadgetDigit digit, const FftTable* table) {  \
        forward(r, FromDigits{a, a + table->points, digit}, *table);                                               \
    }                                                                                                              \
    void fft_inverse_add_##path(std::uint64_t* r, double* a, const FftTable* table) { inverse_add(r, a, *table); } \
    void fft_external_product_##path(double* const* r, const double* const* a, const double* b, std::size_t count, \
                                     std::size_t rows, std::size_t columns, std::size_t points) {                  \
        external_product(r, a, b, count, rows, columns, points);                                                   \
    }                                                                                                              \
    void turn_subtract_##path(std::uint64_t* r, const std::uint64_t* a, std::size_t shift, std::size_t n) {        \
        turn_subtract(r, a, shift, n);                                                                             \
    }                                                                                                              \
    }
