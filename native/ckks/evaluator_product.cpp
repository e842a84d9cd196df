#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "ckks/evaluator.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

void require_degree_one(const Ciphertext& a) {
    if (a.degree() != 1)
        throw Error(ErrorCode::degree_mismatch,
                    "A product takes ciphertexts of degree 1 but one has degree " + std::to_string(a.degree()) +
                        ". Relinearize it first.",
                    {{"degree", std::to_string(a.degree())}});
}

/// Limb i of part 0, 1 or 2 of the product of two ciphertexts of degree 1.
void multiply_limb(u64* r, const std::vector<EvaluationPolynomial>& x, const std::vector<EvaluationPolynomial>& y,
                   int part, int i) {
    const std::size_t n = x[0].n();
    const ModulusConstants* q = &x[0].modulus(i).constants();
    if (part == 1) {
        const std::array<const u64*, 2> left{x[0].limb(i), x[1].limb(i)};
        const std::array<const u64*, 2> right{y[1].limb(i), y[0].limb(i)};
        kernels().dot(r, left.data(), right.data(), 2, n, q);
    } else {
        const auto k = static_cast<std::size_t>(part / 2);
        kernels().multiply(r, x[k].limb(i), y[k].limb(i), n, q);
    }
}

}  // namespace

Ciphertext Evaluator::multiply(const Ciphertext& a, const Ciphertext& b, ProductOptions options) const {
    check(a);
    check(b);
    require_degree_one(a);
    require_degree_one(b);
    if (a.scale_degree == 2) return multiply(rescale(a), b, options);
    if (b.scale_degree == 2) return multiply(a, rescale(b), options);
    if (a.level() > b.level()) return multiply(at(a, b.level(), 1), b, options);
    if (b.level() > a.level()) return multiply(a, at(b, a.level(), 1), options);
    if (options.rescale) require_level(a.level(), "a product");
    if (options.relinearize) static_cast<void>(relinearization_key(a.level()));

    const auto& x = a.body.parts;
    const auto& y = b.body.parts;
    const auto part = [&](int k) {
        EvaluationPolynomial r(ring(), rlwe().basis(a.level()));
        for_each_limb(execution_, r.n(), r.limb_count(), [&](int i) { multiply_limb(r.limb(i), x, y, k, i); });
        return r;
    };
    const NoiseEstimate noise = product(a.noise, b.noise);
    const bool insecure = a.insecure || b.insecure;
    if (options.relinearize)
        return switch_product(
            part(2),
            [&](int k, int i, u64* scratch) {
                multiply_limb(scratch, x, y, k, i);
                return scratch;
            },
            a.level(), noise, insecure, options.rescale);
    Ciphertext r{parameters_, {.level = a.level(), .parts = {}, .mask_seed = {}}, 2, noise, insecure};
    for (int k = 0; k < 3; ++k) r.body.parts.push_back(part(k));
    return options.rescale ? rescale(r) : std::move(r);
}

Ciphertext Evaluator::square(const Ciphertext& a, ProductOptions options) const { return multiply(a, a, options); }

Ciphertext Evaluator::switch_product(const EvaluationPolynomial& c_2,
                                     std::function<const u64*(int part, int i, u64* scratch)> add, int level,
                                     NoiseEstimate noise, bool insecure, bool rescale_result) const {
    Ciphertext r{parameters_, {.level = level, .parts = {}, .mask_seed = {}}, 2, noise, insecure || keys_->insecure};
    auto parts = rlwe::key_switch(rlwe(), c_2, level, {&relinearization_key(level)},
                                  {.add = std::move(add), .rescale = rescale_result}, execution_);
    for (EvaluationPolynomial& part : parts) r.body.parts.push_back(std::move(part));
    const double scale = rescale_result ? set().scale(level - 1).hi : set().scale(level).hi * set().scale(level).hi;
    const double divisor = rescale_result ? rlwe().log2_q(level) - rlwe().log2_q(level - 1) : 0;
    r.noise.deviation +=
        std::hypot(key_switch_deviation(set(), level, scale, divisor), rounding_deviation(set(), scale));
    if (rescale_result) {
        r.body.level = level - 1;
        r.scale_degree = 1;
    }
    return r;
}

Ciphertext Evaluator::relinearize(const Ciphertext& a) const {
    check(a);
    if (a.degree() == 1) return a.copy();
    const auto& c = a.body.parts;
    Ciphertext r = switch_product(
        c[2], [&](int k, int i, u64*) { return c[static_cast<std::size_t>(k)].limb(i); }, a.level(), {}, a.insecure,
        false);
    // switch_product counted its own error at Delta^2.
    const double factor = a.scale_degree == 1 ? set().scale(a.level()).hi : 1;
    r.noise = {a.noise.deviation + r.noise.deviation * factor, a.noise.magnitude};
    r.scale_degree = a.scale_degree;
    return r;
}

Ciphertext Evaluator::multiply(const Ciphertext& a, const Plaintext& b, bool rescale_result) const {
    check(a);
    check(b);
    if (a.scale_degree == 2) return multiply(rescale(a), b, rescale_result);
    const int level = std::min(a.level(), b.level);
    Ciphertext r = at(a, level, 1);
    if (rescale_result) require_level(r.level(), "a product with a plaintext");
    const std::optional<EvaluationPolynomial> adjusted =
        b.level > level ? std::optional(adjust(b.value, b.level, level)) : std::nullopt;
    const EvaluationPolynomial& value = adjusted ? *adjusted : b.value;
    NoiseEstimate noise = b.noise;
    if (adjusted) noise.deviation += encoding_deviation(set(), level, noise.magnitude);

    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) ciphernet::multiply(part, part, value, execution_);
    r.noise = product(r.noise, noise);
    r.scale_degree = 2;
    return rescale_result ? rescale(r) : std::move(r);
}

}  // namespace ciphernet::ckks
