#include "ckks/bootstrapping/packing.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "ckks/noise.hpp"
#include "ring/division.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

/// X^exponent at the evaluation points.
EvaluationPolynomial monomial(const Ring& ring, Basis basis, std::size_t exponent, const Execution& execution) {
    CoefficientPolynomial r = CoefficientPolynomial::zero(ring, basis);
    for (int i = 0; i < r.limb_count(); ++i) r.limb(i)[exponent] = 1;
    return to_evaluation(std::move(r), execution);
}

void multiply_parts(Ciphertext& a, const EvaluationPolynomial& by, const Execution& execution) {
    for (EvaluationPolynomial& part : a.body.parts) multiply(part, part, by, execution);
    a.body.mask_seed.reset();
}

/// Exactly a / 2^bits modulo every prime: a number of any size until the sums that follow have doubled it as often.
void halve(Ciphertext& a, int bits, const Execution& execution) {
    const EvaluationPolynomial& any = a.body.parts[0];
    std::vector<u64> factor;
    for (int i = 0; i < any.limb_count(); ++i)
        factor.push_back(any.modulus(i).inverse(any.modulus(i).reduce(u64{1} << bits)));
    for (EvaluationPolynomial& part : a.body.parts) multiply_scalar(part, part, factor, execution);
}

Ciphertext divided(const Ciphertext& a, const std::shared_ptr<const Parameters>& parameters,
                   const Execution& execution) {
    const int level = a.level();
    const rlwe::Parameters& rlwe = parameters->rlwe();
    Ciphertext r{parameters, {.level = level - 1, .parts = {}, .mask_seed = {}}, 1, a.noise, a.insecure};
    r.body.parts = divide_and_round(a.body.parts, rlwe.level_width(level), rlwe.rescale_converter(level), execution);
    r.noise.deviation += rounding_deviation(*parameters, parameters->scale(level - 1).hi);
    return r;
}

std::size_t most_packed(const ParametersLiteral& literal) {
    return std::size_t{1} << (literal.log_n - 1 - literal.log_slots);
}

}  // namespace

ParametersLiteral packed_literal(ParametersLiteral literal, std::size_t batch) {
    if (!std::has_single_bit(batch) || batch > most_packed(literal))
        throw Error(ErrorCode::invalid_argument,
                    "Expected a power of two from 1 to " + std::to_string(most_packed(literal)) +
                        " for batch but received " + std::to_string(batch) + ": so many ciphertexts of 2^" +
                        std::to_string(literal.log_slots) + " slots fill one of N = 2^" +
                        std::to_string(literal.log_n) + ". Take one of these, or parameters of fewer slots.",
                    {{"batch", std::to_string(batch)}, {"most", std::to_string(most_packed(literal))}});
    literal.log_slots += std::countr_zero(batch);
    return literal;
}

Packing::Packing(std::shared_ptr<const Parameters> parameters, std::size_t batch)
    : parameters_(std::move(parameters)), packed_(parameters_), batch_(batch) {
    const int log_slots = packed_literal(parameters_->literal(), batch).log_slots;
    if (batch > 1) packed_ = std::make_shared<const Parameters>(parameters_->with_slots(log_slots));
}

std::size_t Packing::place(std::size_t i, std::size_t count) const { return i * (batch_ / std::bit_ceil(count)); }

Ciphertext Packing::pack(std::span<const Ciphertext* const> a, const Execution& execution) const {
    CIPHERNET_ASSERT(!a.empty() && a.size() <= batch_);
    const Ring& ring = packed_->ring();
    Ciphertext r = a.back()->copy();
    r.parameters = packed_;
    if (a.size() == 1) return r;
    const std::size_t y = ring.n() / (2 * packed_->slots());
    const EvaluationPolynomial shift =
        monomial(ring, r.body.parts[0].basis(), y * place(1, a.size()), execution.untold());
    double variance = r.noise.deviation * r.noise.deviation;
    for (std::size_t i = a.size() - 1; i-- > 0;) {
        const Ciphertext& next = *a[i];
        CIPHERNET_ASSERT(next.level() == r.level() && next.degree() == 1 && next.scale_degree == 1);
        multiply_parts(r, shift, execution);
        for (std::size_t part = 0; part < 2; ++part)
            add(r.body.parts[part], r.body.parts[part], next.body.parts[part], execution);
        // Every coefficient of one has another one's error besides: these are independent.
        variance += next.noise.deviation * next.noise.deviation;
        r.noise.magnitude = std::max(r.noise.magnitude, next.noise.magnitude);
        r.insecure = r.insecure || next.insecure;
    }
    r.noise.deviation = std::sqrt(variance);
    return r;
}

std::vector<Ciphertext> Packing::unpack(const Ciphertext& packed, std::size_t count, const Evaluator& evaluator,
                                        const Execution& execution) const {
    CIPHERNET_ASSERT(count >= 1 && count <= batch_ && packed.degree() == 1);
    const Ring& ring = packed_->ring();
    const std::size_t n = ring.n();
    Ciphertext root = packed.copy();
    halve(root, ring.log_n() - 1 - parameters_->log_slots(), execution);
    // Nothing may be left outside of the packed coefficients: halved, it would be of any size.
    root = evaluator.trace(root);

    // By the power of Y, modulo that of the tree's depth: those that hold something which is wanted.
    std::map<std::size_t, Ciphertext> nodes;
    nodes.emplace(0, std::move(root));
    const std::size_t y = n / (2 * packed_->slots());
    EvaluationPolynomial unshift = monomial(ring, packed.body.parts[0].basis(), n - y, execution);
    for (std::size_t depth = 1; depth < batch_; depth *= 2) {
        std::map<std::size_t, Ciphertext> halves;
        const auto is_wanted = [&](std::size_t residue) {
            for (std::size_t i = 0; i < count; ++i)
                if (place(i, count) % (2 * depth) == residue) return true;
            return false;
        };
        const auto steps = static_cast<int>(packed_->slots() / (2 * depth));
        for (const auto& [residue, node] : nodes) {
            execution.check();
            const Ciphertext turned = evaluator.rotate(node, steps);
            if (is_wanted(residue + depth)) {
                // X^(N-y) = -1/Y.
                Ciphertext odd = evaluator.subtract(turned, node);
                multiply_parts(odd, unshift, execution);
                halves.emplace(residue + depth, std::move(odd));
            }
            if (is_wanted(residue)) halves.emplace(residue, evaluator.add(node, turned));
        }
        nodes = std::move(halves);
        // -1/Y^2 of the next depth.
        multiply(unshift, unshift, unshift, execution);
        negate(unshift, unshift, execution);
    }
    std::vector<Ciphertext> results;
    for (std::size_t i = 0; i < count; ++i) {
        Ciphertext& r = nodes.at(place(i, count));
        r.parameters = parameters_;
        results.push_back(r.scale_degree == 2 ? divided(r, parameters_, execution) : std::move(r));
    }
    return results;
}

std::size_t unpacking_key_switches(const ParametersLiteral& literal, std::size_t batch) {
    if (batch == 1) return 0;
    return batch - 1 + static_cast<std::size_t>(std::countr_zero(most_packed(literal) / batch));
}

std::vector<RotationAtLevel> with_unpacking(std::vector<RotationAtLevel> rotations, const ParametersLiteral& literal,
                                            std::size_t batch) {
    std::map<int, int> levels;
    for (const auto& [step, level] : rotations) levels[step] = level;
    const BootstrappingLevels at(static_cast<int>(literal.log_q.size()) - 1, *literal.bootstrapping);
    for (int i = 0; i < std::countr_zero(batch); ++i) {
        int& level = levels[1 << (literal.log_slots + i)];
        level = std::max(level, at.user + 1);
    }
    rotations.clear();
    for (const auto& [step, level] : levels) rotations.push_back({step, level});
    return rotations;
}

BootstrappingKeyList batch_key_list(const Parameters& parameters, KeyBudget keys, std::size_t batch) {
    static_cast<void>(parameters.bootstrapping());
    const int log_slots = packed_literal(parameters.literal(), batch).log_slots;
    BootstrappingKeyList list = bootstrapping_key_list(parameters.with_slots(log_slots), keys);
    list.rotations = with_unpacking(std::move(list.rotations), parameters.literal(), batch);
    return list;
}

}  // namespace ciphernet::ckks
