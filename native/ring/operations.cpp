#include "ring/operations.hpp"

#include <algorithm>

#include "kernels/kernels.hpp"

namespace ciphernet {
namespace {

/// Below this many words a loop over limbs is faster on one thread than handed around.
constexpr std::size_t kParallelWords = std::size_t{1} << 15;

/// The length of a stretch: long beside the cost of handing it around.
constexpr std::size_t kStretchWords = 4096;

/// Limb i of a polynomial over `basis` as a limb of one over a larger basis.
int limb_in(Basis larger, Basis basis, int i) { return i < basis.q ? i : larger.q + i - basis.q; }

}  // namespace

void for_each_limb(const Execution& execution, std::size_t n, int limbs, const std::function<void(int)>& body) {
    const auto count = static_cast<std::size_t>(limbs);
    if (n * count < kParallelWords) {
        for (int i = 0; i < limbs; ++i) body(i);
        execution.check();
        return;
    }
    execution.parallel_for(count, [&](std::size_t i) { body(static_cast<int>(i)); });
}

std::vector<LimbGroup> limb_groups(int threads, int first, int end, int most) {
    const int limbs = end - first;
    const int fewest = (limbs + most - 1) / most;
    const int groups = std::min(limbs, (fewest + threads - 1) / threads * threads);
    std::vector<LimbGroup> r;
    for (int group = 0; group < groups; ++group)
        r.push_back({first + limbs * group / groups, first + limbs * (group + 1) / groups});
    return r;
}

void for_each_group(const Execution& execution, std::size_t n, int limbs, int most,
                    const std::function<void(int first, int end)>& body) {
    const std::vector<LimbGroup> groups = limb_groups(execution.thread_count(), 0, limbs, most);
    for_each_limb(execution, n * static_cast<std::size_t>(limbs) / std::max<std::size_t>(groups.size(), 1),
                  static_cast<int>(groups.size()), [&](int group) {
                      body(groups[static_cast<std::size_t>(group)].first, groups[static_cast<std::size_t>(group)].end);
                  });
}

void for_each_stretch(const Execution& execution, std::size_t n, int rows, int width,
                      const std::function<void(int row, std::size_t first, std::size_t words)>& body) {
    const std::size_t words = std::min(n, kStretchWords);
    const int stretches = static_cast<int>(n / words);
    for_each_limb(execution, words * static_cast<std::size_t>(width), rows * stretches,
                  [&](int task) { body(task / stretches, static_cast<std::size_t>(task % stretches) * words, words); });
}

EvaluationPolynomial to_evaluation(CoefficientPolynomial a, const Execution& execution) {
    for_each_limb(execution, a.n(), a.limb_count(), [&](int i) { a.ring().ntt(a.prime(i)).forward(a.limb(i)); });
    return std::move(a).reinterpret<Form::evaluation>();
}

CoefficientPolynomial to_coefficient(EvaluationPolynomial a, const Execution& execution) {
    for_each_limb(execution, a.n(), a.limb_count(), [&](int i) { a.ring().ntt(a.prime(i)).inverse(a.limb(i)); });
    return std::move(a).reinterpret<Form::coefficient>();
}

template <Form kForm>
void add(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Polynomial<kForm>& b, const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().add(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)), b.limb(limb_in(b.basis(), r.basis(), i)),
                      r.n(), &r.modulus(i).constants());
    });
}

template <Form kForm>
void subtract(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Polynomial<kForm>& b,
              const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().subtract(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)),
                           b.limb(limb_in(b.basis(), r.basis(), i)), r.n(), &r.modulus(i).constants());
    });
}

template <Form kForm>
void negate(Polynomial<kForm>& r, const Polynomial<kForm>& a, const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().negate(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)), r.n(), &r.modulus(i).constants());
    });
}

void multiply(EvaluationPolynomial& r, const EvaluationPolynomial& a, const EvaluationPolynomial& b,
              const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().multiply(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)),
                           b.limb(limb_in(b.basis(), r.basis(), i)), r.n(), &r.modulus(i).constants());
    });
}

void multiply_add(EvaluationPolynomial& r, const EvaluationPolynomial& a, const EvaluationPolynomial& b,
                  const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().multiply_add(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)),
                               b.limb(limb_in(b.basis(), r.basis(), i)), r.n(), &r.modulus(i).constants());
    });
}

template <Form kForm>
void multiply_scalar(Polynomial<kForm>& r, const Polynomial<kForm>& a, std::span<const u64> w,
                     const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const Modulus& q = r.modulus(i);
        kernels().multiply_scalar(r.limb(i), a.limb(limb_in(a.basis(), r.basis(), i)),
                                  q.shoup(w[static_cast<std::size_t>(i)]), r.n(), &q.constants());
    });
}

void add_constant(EvaluationPolynomial& r, std::span<const u64> w, const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const Modulus& q = r.modulus(i);
        const u64 constant = w[static_cast<std::size_t>(i)];
        u64* limb = r.limb(i);
        for (std::size_t k = 0; k < r.n(); ++k) limb[k] = q.add(limb[k], constant);
    });
}

CoefficientPolynomial from_signed(const Ring& ring, Basis basis, std::span<const std::int8_t> coefficients,
                                  const Execution& execution) {
    CoefficientPolynomial r(ring, basis);
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().from_signed(r.limb(i), coefficients.data(), r.n(), &r.modulus(i).constants());
    });
    return r;
}

template void add(CoefficientPolynomial&, const CoefficientPolynomial&, const CoefficientPolynomial&, const Execution&);
template void add(EvaluationPolynomial&, const EvaluationPolynomial&, const EvaluationPolynomial&, const Execution&);
template void subtract(CoefficientPolynomial&, const CoefficientPolynomial&, const CoefficientPolynomial&,
                       const Execution&);
template void subtract(EvaluationPolynomial&, const EvaluationPolynomial&, const EvaluationPolynomial&,
                       const Execution&);
template void negate(CoefficientPolynomial&, const CoefficientPolynomial&, const Execution&);
template void negate(EvaluationPolynomial&, const EvaluationPolynomial&, const Execution&);
template void multiply_scalar(CoefficientPolynomial&, const CoefficientPolynomial&, std::span<const u64>,
                              const Execution&);
template void multiply_scalar(EvaluationPolynomial&, const EvaluationPolynomial&, std::span<const u64>,
                              const Execution&);

}  // namespace ciphernet
