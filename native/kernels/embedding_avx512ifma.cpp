// The canonical embedding on AVX-512.

#include "kernels/avx512ifma.hpp"

namespace ciphernet {
namespace {

using Doubles = __m512d;
constexpr size_t kLanes = 8;

CIPHERNET_INLINE Doubles load(const double* p) { return _mm512_loadu_pd(p); }
CIPHERNET_INLINE void store(double* p, Doubles x) { _mm512_storeu_pd(p, x); }
CIPHERNET_INLINE Doubles all(double x) { return _mm512_set1_pd(x); }
CIPHERNET_INLINE Doubles plus(Doubles x, Doubles y) { return _mm512_add_pd(x, y); }
CIPHERNET_INLINE Doubles minus(Doubles x, Doubles y) { return _mm512_sub_pd(x, y); }
CIPHERNET_INLINE Doubles times(Doubles x, Doubles y) { return _mm512_mul_pd(x, y); }
CIPHERNET_INLINE Doubles times_plus(Doubles x, Doubles y, Doubles c) { return _mm512_fmadd_pd(x, y, c); }
CIPHERNET_INLINE Doubles negated(Doubles x) { return _mm512_xor_pd(x, _mm512_set1_pd(-0.0)); }
CIPHERNET_INLINE void pair_lanes(Doubles& x, Doubles& y) {
    const Doubles even = _mm512_unpacklo_pd(x, y);
    y = _mm512_unpackhi_pd(x, y);
    x = even;
}

}  // namespace
}  // namespace ciphernet

#include "kernels/embedding_loops.hpp"

namespace ciphernet {

void to_slots_avx512ifma(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_scalar(re, im, table, log_n);
    to_slots<Single>(re, im, *table, log_n);
}

void from_slots_avx512ifma(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_scalar(re, im, table, log_n);
    from_slots<Single>(re, im, *table, log_n);
}

void to_slots_wide_avx512ifma(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_wide_scalar(re, im, table, log_n);
    to_slots<Pair>(re, im, *table, log_n);
}

void from_slots_wide_avx512ifma(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_wide_scalar(re, im, table, log_n);
    from_slots<Pair>(re, im, *table, log_n);
}

}  // namespace ciphernet
