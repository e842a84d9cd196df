#include "ring/repeated_polynomial.hpp"

#include "base/assert.hpp"

namespace ciphernet {

RepeatedPolynomial RepeatedPolynomial::of(const EvaluationPolynomial& a, int log_run) {
    CIPHERNET_ASSERT(log_run >= 3 && a.n() >> log_run >= 1);
    const std::size_t count = a.n() >> log_run;
    RepeatedPolynomial r(log_run, count, static_cast<std::size_t>(a.limb_count()));
    for (int i = 0; i < a.limb_count(); ++i) {
        u64* const to = r.words_.data() + static_cast<std::size_t>(i) * count;
        for (std::size_t k = 0; k < count; ++k) to[k] = a.limb(i)[k << log_run];
    }
    return r;
}

}  // namespace ciphernet
