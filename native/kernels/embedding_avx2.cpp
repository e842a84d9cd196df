// The canonical embedding on AVX2 with FMA.

#include "kernels/avx2.hpp"

namespace ciphernet {
namespace {

constexpr size_t kLanes = 4;

CIPHERNET_INLINE Doubles load(const double* p) { return _mm256_loadu_pd(p); }
CIPHERNET_INLINE void store(double* p, Doubles x) { _mm256_storeu_pd(p, x); }
CIPHERNET_INLINE Doubles negated(Doubles x) { return _mm256_xor_pd(x, all(-0.0)); }

}  // namespace
}  // namespace ciphernet

#include "kernels/embedding_loops.hpp"

namespace ciphernet {

void to_slots_avx2(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_scalar(re, im, table, log_n);
    to_slots<Single>(re, im, *table, log_n);
}

void from_slots_avx2(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_scalar(re, im, table, log_n);
    from_slots<Single>(re, im, *table, log_n);
}

void to_slots_wide_avx2(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_wide_scalar(re, im, table, log_n);
    to_slots<Pair>(re, im, *table, log_n);
}

void from_slots_wide_avx2(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_wide_scalar(re, im, table, log_n);
    from_slots<Pair>(re, im, *table, log_n);
}

}  // namespace ciphernet
