// The negacyclic Fourier transform on any machine.

#include <cmath>

#include "base/aligned_buffer.hpp"
#include "kernels/kernels.hpp"

#define CIPHERNET_INLINE static inline

namespace ciphernet {
namespace {

using std::size_t;

using Doubles = double;
constexpr size_t kLanes = 1;

CIPHERNET_INLINE Doubles load(const double* p) { return *p; }
CIPHERNET_INLINE void store(double* p, Doubles x) { *p = x; }
CIPHERNET_INLINE Doubles all(double x) { return x; }
CIPHERNET_INLINE Doubles plus(Doubles x, Doubles y) { return x + y; }
CIPHERNET_INLINE Doubles minus(Doubles x, Doubles y) { return x - y; }
CIPHERNET_INLINE Doubles times(Doubles x, Doubles y) { return x * y; }
// Rounded twice: the bound of fft_error allows for it, and a fused product is slow where the machine has none.
CIPHERNET_INLINE Doubles times_plus(Doubles x, Doubles y, Doubles c) { return x * y + c; }
CIPHERNET_INLINE Doubles minus_times(Doubles c, Doubles x, Doubles y) { return c - x * y; }
CIPHERNET_INLINE void transpose(Doubles*) {}

CIPHERNET_INLINE Doubles torus_at(const u64* p) { return static_cast<double>(static_cast<i64>(*p)); }
CIPHERNET_INLINE Doubles digit_at(const u64* p, const GadgetDigit& digit) {
    const u64 shifted = (*p + digit.offset) << digit.shift_left >> digit.shift_right;
    return static_cast<double>(static_cast<i64>(shifted)) - digit.half;
}
/// The fraction of x, in [-1/2, 1/2], may be 1/2 exactly: 2^63, which no signed word holds.
CIPHERNET_INLINE void add_torus(u64* p, Doubles x) {
    const double scaled = (x - std::nearbyint(x)) * 0x1p64;
    *p += scaled < 0x1p63 ? static_cast<u64>(static_cast<i64>(std::nearbyint(scaled))) : u64{1} << 63;
}
/// *r = (negated ? -*x : *x) - *y
CIPHERNET_INLINE void turned_minus(u64* r, const u64* x, const u64* y, bool negated) {
    *r = (negated ? 0 - *x : *x) - *y;
}

}  // namespace
}  // namespace ciphernet

#include "kernels/fft_loops.hpp"

CIPHERNET_DEFINE_FFT(scalar)
