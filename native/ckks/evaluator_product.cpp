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

/// r = a b + c d, one reduction.
void multiply_two(EvaluationPolynomial& r, const EvaluationPolynomial& a, const EvaluationPolynomial& b,
                  const EvaluationPolynomial& c, const EvaluationPolynomial& d, const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const std::array<const u64*, 2> left{a.limb(i), c.limb(i)};
        const std::array<const u64*, 2> right{b.limb(i), d.limb(i)};
        kernels().dot(r.limb(i), left.data(), right.data(), 2, r.n(), &r.modulus(i).constants());
    });
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
    if (options.rescale) require_level(a, "a product");
    if (options.relinearize) static_cast<void>(relinearization_key(a.level()));

    const Basis basis = rlwe().basis(a.level());
    const auto& x = a.body.parts;
    const auto& y = b.body.parts;
    std::vector<EvaluationPolynomial> parts;
    for (int i = 0; i < 3; ++i) parts.emplace_back(ring(), basis);
    ciphernet::multiply(parts[0], x[0], y[0], execution_);
    multiply_two(parts[1], x[0], y[1], x[1], y[0], execution_);
    ciphernet::multiply(parts[2], x[1], y[1], execution_);
    return finish_product(std::move(parts), a.level(), product(a.noise, b.noise), a.insecure || b.insecure, options);
}

Ciphertext Evaluator::square(const Ciphertext& a, ProductOptions options) const { return multiply(a, a, options); }

Ciphertext Evaluator::finish_product(std::vector<EvaluationPolynomial> parts, int level, NoiseEstimate noise,
                                     bool insecure, ProductOptions options) const {
    Ciphertext r{parameters_, {.level = level, .parts = {}, .mask_seed = {}}, 2, noise, insecure};
    if (!options.relinearize) {
        r.body.parts = std::move(parts);
        return options.rescale ? rescale(r) : std::move(r);
    }
    r.insecure = insecure || keys_->insecure;
    auto sums = rlwe::decompose_and_multiply(rlwe(), parts[2], level, relinearization_key(level), execution_);
    for (std::size_t i = 0; i < 2; ++i) rlwe::add_times_special(sums[i], parts[i], execution_);
    // One division by P, or by P and the level's primes together.
    const int special = ring().p_count();
    const int width = options.rescale ? rlwe().level_width(level) : 0;
    const BaseConverter& converter =
        options.rescale ? rlwe().special_rescale_converter(level) : rlwe().special_converter();
    r.body.parts = divide_and_round(sums, special + width, converter, execution_);

    const double scale = options.rescale ? set().scale(level - 1).hi : set().scale(level).hi * set().scale(level).hi;
    const double divisor = options.rescale ? rlwe().log2_q(level) - rlwe().log2_q(level - 1) : 0;
    r.noise.deviation +=
        std::hypot(key_switch_deviation(set(), level, scale, divisor), rounding_deviation(set(), scale));
    if (options.rescale) {
        r.body.level = level - 1;
        r.scale_degree = 1;
    }
    return r;
}

Ciphertext Evaluator::relinearize(const Ciphertext& a) const {
    check(a);
    if (a.degree() == 1) return a.copy();
    std::vector<EvaluationPolynomial> parts;
    for (const EvaluationPolynomial& part : a.body.parts) parts.push_back(part.copy());
    Ciphertext r = finish_product(std::move(parts), a.level(), {}, a.insecure, {.relinearize = true, .rescale = false});
    // finish_product counted its own error at Delta^2.
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
    if (rescale_result) require_level(r, "a product with a plaintext");
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

namespace {

/// A polynomial of x as far as it is computed: a ciphertext, or nothing but a number.
struct Term {
    std::optional<Ciphertext> encrypted;
    double constant = 0;
};

struct PolynomialTree {
    const Evaluator& evaluator;
    const std::vector<Ciphertext>& powers;  ///< x^(2^k)

    Term evaluate(std::span<const double> c) const {
        if (c.size() == 1) return {std::nullopt, c[0]};
        const auto k = static_cast<std::size_t>(std::bit_width(c.size() - 1)) - 1;
        const std::size_t half = std::size_t{1} << k;
        Term low = evaluate(c.first(half));
        const Term high = evaluate(c.subspan(half));
        if (!high.encrypted && high.constant == 0) return low;
        Ciphertext product = high.encrypted ? evaluator.multiply(powers[k], with_constant(high))
                                            : evaluator.multiply_scalar(powers[k], high.constant);
        if (low.encrypted) product = evaluator.add(product, *low.encrypted);
        return {std::move(product), low.constant};
    }

    Ciphertext with_constant(const Term& term) const {
        return term.constant == 0 ? term.encrypted->copy() : evaluator.add_scalar(*term.encrypted, term.constant);
    }
};

}  // namespace

Ciphertext Evaluator::evaluate_polynomial(const Ciphertext& x, std::span<const double> coefficients) const {
    check(x);
    std::size_t count = coefficients.size();
    while (count > 1 && coefficients[count - 1] == 0) --count;
    if (count < 2)
        throw Error(ErrorCode::invalid_argument,
                    "Expected a polynomial of degree 1 or more but received a constant. Encode the constant instead.");
    for (std::size_t i = 0; i < count; ++i)
        if (!std::isfinite(coefficients[i]))
            throw Error(ErrorCode::not_finite,
                        "Expected finite coefficients but coefficient " + std::to_string(i) + " is not.");
    const int depth = static_cast<int>(std::bit_width(count - 1));
    const int available = x.level() - (x.scale_degree - 1);
    if (available < depth)
        throw Error(ErrorCode::level_exhausted,
                    "A polynomial of degree " + std::to_string(count - 1) + " spends " + std::to_string(depth) +
                        " levels; the ciphertext has " + std::to_string(available) + ".",
                    {{"needed", std::to_string(depth)}, {"left", std::to_string(available)}});
    std::vector<Ciphertext> powers;
    powers.push_back(at(x, available, 1));
    for (std::size_t h = 2; h < count; h *= 2) powers.push_back(square(powers.back()));
    const PolynomialTree tree{*this, powers};
    return tree.with_constant(tree.evaluate(coefficients.first(count)));
}

}  // namespace ciphernet::ckks
