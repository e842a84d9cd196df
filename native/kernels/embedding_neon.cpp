// The canonical embedding on NEON.

#include "kernels/neon.hpp"

namespace ciphernet {
namespace {

constexpr size_t kLanes = 4;

CIPHERNET_INLINE Doubles load(const double* p) { return {vld1q_f64(p), vld1q_f64(p + 2)}; }
CIPHERNET_INLINE void store(double* p, Doubles x) {
    vst1q_f64(p, x.low);
    vst1q_f64(p + 2, x.high);
}
CIPHERNET_INLINE Doubles negated(Doubles x) { return {vnegq_f64(x.low), vnegq_f64(x.high)}; }

}  // namespace
}  // namespace ciphernet

#include "kernels/embedding_loops.hpp"

namespace ciphernet {

void to_slots_neon(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_scalar(re, im, table, log_n);
    to_slots<Single>(re, im, *table, log_n);
}

void from_slots_neon(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_scalar(re, im, table, log_n);
    from_slots<Single>(re, im, *table, log_n);
}

void to_slots_wide_neon(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return to_slots_wide_scalar(re, im, table, log_n);
    to_slots<Pair>(re, im, *table, log_n);
}

void from_slots_wide_neon(double* re, double* im, const EmbeddingTable* table, size_t log_n) {
    if (log_n < kSmallestLog) return from_slots_wide_scalar(re, im, table, log_n);
    from_slots<Pair>(re, im, *table, log_n);
}

}  // namespace ciphernet
