#include "rlwe/digits.hpp"

#include <algorithm>
#include <vector>

#include "ring/operations.hpp"

namespace ciphernet::rlwe {

Digits::Digits(const Parameters& parameters, const EvaluationPolynomial& a, int level, const Execution& execution)
    : parameters_(parameters),
      a_(a),
      level_(level),
      count_(parameters.digit_count(level)),
      rows_(static_cast<std::size_t>(parameters.limb_count(level) + count_) * row_stride(a.n())) {
    const std::size_t n = a.n();
    for_each_limb(execution, n, parameters.limb_count(level), [&](int i) {
        const int j = parameters.digit_of(i);
        const int own = i - parameters.digit_limbs(level, j).first;
        u64* row = rows_.data() + offset(j) + static_cast<std::size_t>(own) * row_stride(n);
        std::copy_n(a.limb(i), n, row);
        converter(j).to_digits(row, own);
    });
    if (parameters.digit_width() == 1) return;
    for_each_stretch(execution, n, count_, parameters.digit_width(), [&](int j, std::size_t first, std::size_t words) {
        converter(j).count_wraps(rows_.data() + offset(j), row_stride(n), first, words);
    });
}

void Digits::convert(int j, int first, int end, u64* const* to) const {
    if (converter(j).is_single()) return;
    const std::size_t n = a_.n();
    const std::size_t block = std::min(n, kBlockWords);
    std::vector<u64*> targets;
    std::vector<int> primes;
    for (int i = first; i < end; ++i) {
        if (is_own(j, i)) continue;
        targets.push_back(to[i - first]);
        primes.push_back(prime(i));
    }
    for (std::size_t k = 0; k < n && !targets.empty(); k += block) {
        converter(j).convert(targets, rows_.data() + offset(j) + k, row_stride(n), block, primes);
        for (u64*& target : targets) target += block;
    }
}

const u64* Digits::evaluate(int j, int i, u64* limb) const {
    if (is_own(j, i)) return a_.limb(i);
    if (converter(j).is_single())
        converter(j).to_evaluation(limb, rows_.data() + offset(j), prime(i));
    else
        parameters_.ring().ntt(prime(i)).forward(limb);
    return limb;
}

}  // namespace ciphernet::rlwe
