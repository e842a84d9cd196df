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

using Parts = std::vector<EvaluationPolynomial>;

/// Limb i of part 0, 1 or 2 of the sum of products of ciphertexts of degree 1.
void multiply_limb(u64* r, std::span<const Parts* const> x, std::span<const Parts* const> y, int part, int i) {
    const EvaluationPolynomial& any = (*x[0])[0];
    const ModulusConstants* q = &any.modulus(i).constants();
    std::vector<const u64*> left, right;
    for (std::size_t j = 0; j < x.size(); ++j)
        for (const std::size_t k : {std::size_t{0}, std::size_t{1}}) {
            if (part != 1 && k != static_cast<std::size_t>(part / 2)) continue;
            left.push_back((*x[j])[k].limb(i));
            right.push_back((*y[j])[part == 1 ? 1 - k : k].limb(i));
        }
    if (left.size() == 1)
        kernels().multiply(r, left[0], right[0], any.n(), q);
    else
        kernels().dot(r, left.data(), right.data(), left.size(), any.n(), q);
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

    const Parts* const x[]{&a.body.parts};
    const Parts* const y[]{&b.body.parts};
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

Ciphertext Evaluator::sum_of_products(std::span<const Ciphertext* const> left,
                                      std::span<const Ciphertext* const> right) const {
    CIPHERNET_ASSERT(!left.empty() && left.size() == right.size());
    int level = set().max_level();
    for (const auto& operands : {left, right})
        for (const Ciphertext* a : operands) {
            check(*a);
            require_degree_one(*a);
            level = std::min(level, a->level() - (a->scale_degree - 1));
        }
    require_level(level, "a product");
    static_cast<void>(relinearization_key(level));

    std::vector<Ciphertext> lowered;
    lowered.reserve(2 * left.size());
    const auto parts_at_level = [&](const Ciphertext& a) {
        return a.level() == level && a.scale_degree == 1 ? &a.body.parts
                                                         : &lowered.emplace_back(at(a, level, 1)).body.parts;
    };
    std::vector<const Parts*> x, y;
    NoiseEstimate noise;
    bool insecure = false;
    for (std::size_t j = 0; j < left.size(); ++j) {
        x.push_back(parts_at_level(*left[j]));
        y.push_back(parts_at_level(*right[j]));
        noise = sum(noise, product(left[j]->noise, right[j]->noise));
        insecure = insecure || left[j]->insecure || right[j]->insecure;
    }
    EvaluationPolynomial c_2(ring(), rlwe().basis(level));
    for_each_limb(execution_, c_2.n(), c_2.limb_count(), [&](int i) { multiply_limb(c_2.limb(i), x, y, 2, i); });
    return switch_product(
        c_2,
        [&](int k, int i, u64* scratch) {
            multiply_limb(scratch, x, y, k, i);
            return scratch;
        },
        level, noise, insecure, true);
}

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
