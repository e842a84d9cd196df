#pragma once

// Torus words and vectors of four doubles, with the exponent of 2^52 for a conversion: what fft_loops.hpp wants of AVX2 and
// NEON, beside words_at, store_words_at, shift_left and shift_right. Everything has internal linkage.

namespace ciphernet {
namespace {

CIPHERNET_INLINE void transpose(Doubles* x) {
    pair_lanes(x[0], x[1]);
    pair_lanes(x[2], x[3]);
    pair_halves(x[0], x[2]);
    pair_halves(x[1], x[3]);
}

/// Signed words: the upper half, whose sign bit is flipped, and the lower one, each exact beside an exponent; their sum is
/// rounded once.
CIPHERNET_INLINE Doubles torus_at(const u64* p) {
    const Words x = plus(words_at(p), all_words(u64{1} << 63));
    const Doubles low = to_doubles(both(x, all_words(0xFFFFFFFF)));
    const Doubles high = minus(to_doubles(shift_right(x, 32)), all(0x1p31));
    return times_plus(high, all(0x1p32), low);
}

CIPHERNET_INLINE Doubles digit_at(const u64* p, const GadgetDigit& digit) {
    const Words x = plus(words_at(p), all_words(digit.offset));
    return minus(to_doubles(shift_right(shift_left(x, digit.shift_left), digit.shift_right)), all(digit.half));
}

/// The whole numbers |x| <= 2^32 as words.
CIPHERNET_INLINE Words whole_words(Doubles x) {
    const Doubles shift = all(0x1.8p52);
    return minus(as_words(plus(x, shift)), as_words(shift));
}

CIPHERNET_INLINE void add_torus(u64* p, Doubles x) {
    const Doubles fraction = times(minus(x, nearest(x)), all(0x1p32));
    const Doubles high = nearest(fraction);
    const Words low = whole_words(times(minus(fraction, high), all(0x1p32)));
    store_words_at(p, plus(words_at(p), plus(shift_left(whole_words(high), 32), low)));
}

/// r = (negated ? -x : x) - y
CIPHERNET_INLINE void turned_minus(u64* r, const u64* x, const u64* y, bool negated) {
    const Words turned = words_at(x);
    store_words_at(r, minus(negated ? minus(all_words(0), turned) : turned, words_at(y)));
}

}  // namespace
}  // namespace ciphernet
