#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "ckks/constant.hpp"
#include "ckks/evaluator.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

/// Of a complex number both parts are rounded.
double constant_deviation(std::complex<double> b, double scale) {
    return scalar_deviation(scale) * (b.imag() == 0 ? 1 : std::numbers::sqrt2);
}

}  // namespace

/// Copies of the operands that had to change.
struct Evaluator::Aligned {
    std::optional<Ciphertext> left, right;
};

Evaluator::Aligned Evaluator::align(const Ciphertext& a, const Ciphertext& b) const {
    check(a);
    check(b);
    Aligned moved;
    const bool rescale_first = a.scale_degree != b.scale_degree || (a.level() != b.level() && a.scale_degree == 2);
    if (rescale_first && a.scale_degree == 2) moved.left = rescale(a);
    if (rescale_first && b.scale_degree == 2) moved.right = rescale(b);
    const Ciphertext& x = moved.left ? *moved.left : a;
    const Ciphertext& y = moved.right ? *moved.right : b;
    if (x.level() > y.level())
        moved.left = at(x, y.level(), 1);
    else if (y.level() > x.level())
        moved.right = at(y, x.level(), 1);
    return moved;
}

template <class Operation>
Ciphertext Evaluator::combine(const Ciphertext& a, const Ciphertext& b, const Operation& operation) const {
    const Aligned aligned = align(a, b);
    const Ciphertext& left = aligned.left ? *aligned.left : a;
    const Ciphertext& right = aligned.right ? *aligned.right : b;
    Ciphertext r{parameters_,
                 {.level = left.level(), .parts = {}, .mask_seed = {}},
                 left.scale_degree,
                 sum(left.noise, right.noise),
                 a.insecure || b.insecure};
    const EvaluationPolynomial zero = EvaluationPolynomial::zero(
        ring(), left.degree() == right.degree() ? Basis{.q = 0} : rlwe().basis(left.level()));
    const auto part_of = [&](const Ciphertext& c, std::size_t i) -> const EvaluationPolynomial& {
        return i < c.body.parts.size() ? c.body.parts[i] : zero;
    };
    for (std::size_t i = 0; i < std::max(left.body.parts.size(), right.body.parts.size()); ++i) {
        EvaluationPolynomial part(ring(), rlwe().basis(left.level()));
        operation(part, part_of(left, i), part_of(right, i));
        r.body.parts.push_back(std::move(part));
    }
    return r;
}

Ciphertext Evaluator::add(const Ciphertext& a, const Ciphertext& b) const {
    return combine(a, b, [this](auto& r, const auto& x, const auto& y) { ciphernet::add(r, x, y, execution_); });
}

Ciphertext Evaluator::subtract(const Ciphertext& a, const Ciphertext& b) const {
    return combine(a, b, [this](auto& r, const auto& x, const auto& y) { ciphernet::subtract(r, x, y, execution_); });
}

template <class Operation>
Ciphertext Evaluator::combine(const Ciphertext& a, const Plaintext& b, const Operation& operation) const {
    check(a);
    check(b);
    const Ciphertext rescaled = a.scale_degree == 2 ? rescale(a) : a.copy();
    const int level = std::min(rescaled.level(), b.level);
    Ciphertext r = at(rescaled, level, 1);
    if (b.level == level) {
        operation(r.body.parts[0], b.value);
    } else {
        operation(r.body.parts[0], adjust(b.value, b.level, level));
        r.noise.deviation += encoding_deviation(set(), level, b.noise.magnitude);
    }
    r.noise = sum(r.noise, b.noise);
    return r;
}

Ciphertext Evaluator::add(const Ciphertext& a, const Plaintext& b) const {
    return combine(a, b, [this](auto& r, const auto& y) { ciphernet::add(r, r, y, execution_); });
}

Ciphertext Evaluator::subtract(const Ciphertext& a, const Plaintext& b) const {
    return combine(a, b, [this](auto& r, const auto& y) { ciphernet::subtract(r, r, y, execution_); });
}

Ciphertext Evaluator::negate(const Ciphertext& a) const {
    check(a);
    Ciphertext r = a.copy();
    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) ciphernet::negate(part, part, execution_);
    return r;
}

Ciphertext Evaluator::add_scalar(const Ciphertext& a, std::complex<double> b) const {
    Ciphertext r = a.copy();
    add_scalar_to(r, b);
    return r;
}

void Evaluator::add_scalar_to(Ciphertext& a, std::complex<double> b) const {
    check(a);
    DoubleDouble scale = set().scale(a.level());
    if (a.scale_degree == 2) scale = scale * scale;
    const SlotConstant constant = slot_constant(ring(), rlwe().basis(a.level()), b, scale);
    add_constant(a.body.parts[0], constant, execution_);
    a.noise.magnitude += std::abs(b);
    a.noise.deviation += constant_deviation(b, scale.hi);
}

Ciphertext Evaluator::multiply_scalar(const Ciphertext& a, std::complex<double> b, bool rescale_result) const {
    check(a);
    if (a.scale_degree == 2) return multiply_scalar(rescale(a), b, rescale_result);
    if (rescale_result) require_level(a.level(), "a product with a scalar");
    const DoubleDouble scale = set().scale(a.level());
    SlotConstant constant = slot_constant(ring(), rlwe().basis(a.level()), b, scale);
    double rounding = constant_deviation(b, scale.hi);
    const auto is_zero = [](const std::vector<u64>& words) {
        return std::all_of(words.begin(), words.end(), [](u64 w) { return w == 0; });
    };
    // A product with zero would be a ciphertext that anybody can read: the smallest number there is keeps it encrypted.
    if (is_zero(constant.first_half) && is_zero(constant.second_half)) {
        for (std::vector<u64>* half : {&constant.first_half, &constant.second_half})
            std::fill(half->begin(), half->end(), u64{1});
        rounding += 1 / scale.hi;
    }
    Ciphertext r = a.copy();
    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) multiply_constant(part, part, constant, execution_);
    r.scale_degree = 2;
    r.noise = product(a.noise, {.deviation = rounding, .magnitude = std::abs(b)});
    return rescale_result ? rescale(r) : std::move(r);
}

Ciphertext Evaluator::multiply_by_i(const Ciphertext& a) const {
    check(a);
    const SlotConstant unit = imaginary_unit(ring(), rlwe().basis(a.level()));
    Ciphertext r = a.copy();
    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) multiply_constant(part, part, unit, execution_);
    return r;
}

Ciphertext Evaluator::join_complex(const Ciphertext& re, const Ciphertext& im) const {
    return add(re, multiply_by_i(im));
}

}  // namespace ciphernet::ckks
