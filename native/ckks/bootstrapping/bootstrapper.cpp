#include "ckks/bootstrapping/bootstrapper.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/row_stride.hpp"
#include "ckks/bootstrapping/dft.hpp"
#include "ckks/bootstrapping/second_pass.hpp"
#include "ckks/ciphertext_arithmetic.hpp"
#include "ckks/encoding.hpp"
#include "ckks/noise.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

double q_0(const Parameters& parameters) { return std::exp2(parameters.rlwe().log2_q(0)); }

/// A polynomial of a few limbs in another ring, whose first primes are the same.
EvaluationPolynomial copy_limbs(const EvaluationPolynomial& a, const Ring& ring, Basis basis) {
    EvaluationPolynomial r(ring, basis);
    for (int i = 0; i < basis.size(); ++i) std::copy_n(a.limb(i), a.n(), r.limb(i));
    return r;
}

/// The centred representative of a (over q_0) modulo the primes of every level.
EvaluationPolynomial lift(const EvaluationPolynomial& a, const rlwe::Parameters& rlwe, const Execution& execution) {
    const Ring& ring = rlwe.ring();
    const BaseConverter& converter = rlwe.rescale_converter(0);
    const std::size_t n = ring.n();
    const int sources = converter.source_count();
    AlignedBuffer digits(static_cast<std::size_t>(sources + 1) * row_stride(n));
    for_each_limb(execution, n, sources, [&](int i) {
        u64* row = digits.data() + static_cast<std::size_t>(i) * row_stride(n);
        std::copy_n(a.limb(i), n, row);
        converter.to_digits(row, i);
    });
    if (!converter.is_single())
        for_each_stretch(execution, n, 1, sources, [&](int, std::size_t first, std::size_t words) {
            converter.count_wraps(digits.data(), row_stride(n), first, words);
        });
    EvaluationPolynomial r(ring, rlwe.basis(rlwe.max_level()));
    for_each_limb(execution, n, r.limb_count(), [&](int i) {
        if (i < sources) {
            std::copy_n(a.limb(i), n, r.limb(i));
        } else if (converter.is_single()) {
            converter.to_evaluation(r.limb(i), digits.data(), r.prime(i));
        } else {
            u64* const limb = r.limb(i);
            const int prime = r.prime(i);
            converter.convert({&limb, 1}, digits.data(), row_stride(n), n, {&prime, 1});
            ring.ntt(r.prime(i)).forward(r.limb(i));
        }
    });
    return r;
}

std::vector<LinearTransform> encode_factors(const std::shared_ptr<const Parameters>& parameters,
                                            std::vector<DiagonalMatrix> factors, int log_vector, int level,
                                            KeyBudget keys, const Execution& execution, const StepReport& steps) {
    std::vector<LinearTransform> encoded;
    for (DiagonalMatrix& factor : factors) {
        encoded.push_back(LinearTransform::encode(parameters, factor, level--, transform_options(log_vector, keys),
                                                  execution.untold()));
        factor.clear();
        steps.done();
    }
    return encoded;
}

/// `factor` modulo the primes of a basis.
std::vector<u64> residues_of(const Ring& ring, Basis basis, u64 factor) {
    std::vector<u64> residues;
    for (int i = 0; i < basis.size(); ++i) residues.push_back(ring.modulus(basis, i).reduce(factor));
    return residues;
}

}  // namespace

void check_bootstrapping_operand(const Ciphertext& a, int input_level, const rlwe::EvaluationKeys& keys,
                                 const BootstrappingKeyList& list) {
    require_bootstrapping_keys(keys, list);
    const int left = a.level() - (a.scale_degree - 1);
    if (left < input_level)
        throw Error(ErrorCode::level_exhausted,
                    "This bootstrapping begins with a transform that spends " + std::to_string(input_level) +
                        " levels, and the ciphertext has " + std::to_string(left) + " left. Bootstrap it at level " +
                        std::to_string(input_level) + " or above.",
                    {{"level", std::to_string(left)}, {"inputLevel", std::to_string(input_level)}});
    if (a.degree() != 1)
        throw Error(ErrorCode::degree_mismatch,
                    "Bootstrapping takes a ciphertext of degree 1. Relinearize and rescale the product first.",
                    {{"degree", std::to_string(a.degree())}});
}

bool Bootstrapper::is_sparse() const { return parameters_->log_slots() < parameters_->ring().log_n() - 1; }

u64 Bootstrapper::enlargement() const {
    if (parameters_->bootstrapping().transforms_to_coefficients_first()) return 1;
    const double ratio = q_0(*parameters_) / parameters_->scale(0).hi;
    const double factor = ratio / std::exp2(parameters_->bootstrapping().log_message_ratio);
    return static_cast<u64>(std::max(1.0, std::round(factor)));
}

Bootstrapper::Bootstrapper(std::shared_ptr<const Parameters> parameters, KeyBudget keys, const Execution& execution,
                           int log_batch)
    : parameters_(std::move(parameters)),
      reduction_(modular_reduction(parameters_->bootstrapping())),
      noise_(bootstrapping_noise(parameters_->literal(), log_batch)) {
    const Parameters& set = *parameters_;
    const BootstrappingLiteral& b = set.bootstrapping();
    const int top = set.max_level();
    const double copies = static_cast<double>(set.ring().n()) / (2 * static_cast<double>(set.slots()));
    const double modulus = q_0(set);

    // The trace multiplies by the copies, and adding the conjugate by 2.
    const StepReport steps(execution, static_cast<std::size_t>(b.coefficients_to_slots + b.slots_to_coefficients));
    const DftShape forth = bootstrapping_shape(set.literal(), b.coefficients_to_slots);
    to_slots_ = encode_factors(
        parameters_, coefficients_to_slots(forth, set.scale(top).hi / (reduction_.range * modulus) / (2 * copies)),
        forth.log_vector, top, keys, execution, steps);
    const DftShape back = bootstrapping_shape(set.literal(), b.slots_to_coefficients);
    // m from 2 pi m / q_0; or so much larger that the reduction, whose last product has a gain, gives back just m.
    const BootstrappingLevels at(top, b);
    const double size = modulus / (2 * std::numbers::pi * static_cast<double>(enlargement()) *
                                   set.product_gain(at.user + 1) * set.scale(0).hi);
    to_coefficients_ = encode_factors(parameters_, slots_to_coefficients(back, size), back.log_vector,
                                      at.to_coefficients, keys, execution, steps);
    keys_ = bootstrapping_key_list(set, keys);
}

std::size_t Bootstrapper::byte_count() const {
    std::size_t bytes = 0;
    for (const std::vector<LinearTransform>* factors : {&to_slots_, &to_coefficients_})
        for (const LinearTransform& m : *factors) bytes += m.byte_count();
    return bytes;
}

std::size_t Bootstrapper::step_count() const {
    const std::size_t split = 1;
    const std::size_t parts = is_sparse() ? 1 : 2;
    const std::size_t reduction =
        1 + static_cast<std::size_t>(reduction_.double_angles) + (reduction_.arcsine.degree() > 1 ? 1 : 0);
    return 1 + to_slots_.size() + split + parts * reduction + to_coefficients_.size();
}

Ciphertext Bootstrapper::raise(const Ciphertext& a, const rlwe::EvaluationKeys& keys,
                               const Execution& execution) const {
    const rlwe::Parameters& rlwe = parameters_->rlwe();
    CIPHERNET_ASSERT(keys.encapsulation);
    const rlwe::EncapsulationKey& encapsulation = *keys.encapsulation;
    const rlwe::Parameters& sparse = *encapsulation.sparse_parameters;
    const Basis low = rlwe.basis(0);

    std::vector<EvaluationPolynomial> parts;
    const std::vector<u64> factor = residues_of(rlwe.ring(), low, enlargement());
    for (const EvaluationPolynomial& part : a.body.parts) {
        EvaluationPolynomial& r = parts.emplace_back(copy_limbs(part, sparse.ring(), low));
        multiply_scalar(r, r, factor, execution);
    }
    const auto under_sparse = rlwe::key_switch(
        sparse, parts[1], 0, {&encapsulation.to_sparse},
        {.add = [&](int part, int i, u64*) { return part == 0 ? parts[0].limb(i) : nullptr; }}, execution);
    const EvaluationPolynomial b = lift(under_sparse[0], rlwe, execution);
    const EvaluationPolynomial c = lift(under_sparse[1], rlwe, execution);
    auto raised =
        rlwe::key_switch(rlwe, c, rlwe.max_level(), {&encapsulation.from_sparse},
                         {.add = [&](int part, int i, u64*) { return part == 0 ? b.limb(i) : nullptr; }}, execution);
    Ciphertext r{parameters_,
                 {.level = rlwe.max_level(), .parts = {}, .mask_seed = {}},
                 1,
                 a.noise,
                 a.insecure || keys.insecure};
    for (EvaluationPolynomial& part : raised) r.body.parts.push_back(std::move(part));
    return r;
}

std::vector<Ciphertext> Bootstrapper::to_slots(const Ciphertext& raised, const Evaluator& evaluator,
                                               const StepReport& steps) const {
    Ciphertext x = is_sparse() ? evaluator.trace(raised) : raised.copy();
    for (const LinearTransform& m : to_slots_) {
        x = evaluator.transform(x, m);
        steps.done();
    }
    std::vector<Ciphertext> parts;
    if (is_sparse()) {
        parts.push_back(evaluator.add(x, evaluator.conjugate(x)));
    } else {
        for (Ciphertext& part : evaluator.split_complex(x)) parts.push_back(std::move(part));
    }
    steps.done();
    return parts;
}

std::vector<Ciphertext> Bootstrapper::reduce(std::span<const Ciphertext> x, const Evaluator& evaluator,
                                             const StepReport& steps) const {
    // One after the other, each on all threads: side by side they would stream two keys and twice the limbs through the
    // caches, which costs more than the threads wait for each other.
    std::vector<Ciphertext> reduced;
    for (const Ciphertext& part : x)
        reduced.push_back(
            reduce_with(CiphertextArithmetic(evaluator), part.copy(), reduction_, [&steps] { steps.done(); }));
    return reduced;
}

Ciphertext Bootstrapper::join(const std::vector<Ciphertext>& parts, const Evaluator& evaluator) {
    return parts.size() == 2 ? evaluator.join_complex(parts[0], parts[1]) : parts[0].copy();
}

Ciphertext Bootstrapper::to_coefficients(const Ciphertext& slots, const Evaluator& evaluator, const StepReport& steps,
                                         bool rescale) const {
    Ciphertext x = slots.copy();
    for (const LinearTransform& m : to_coefficients_) {
        x = evaluator.transform(x, m, rescale || &m != &to_coefficients_.back());
        steps.done();
    }
    return x;
}

Ciphertext Bootstrapper::single_pass(const Ciphertext& a, const Evaluator& evaluator, const Execution& execution,
                                     const StepReport& steps, bool rescale) const {
    const bool first = parameters_->bootstrapping().transforms_to_coefficients_first();
    CIPHERNET_ASSERT(rescale || !first);
    Ciphertext low = evaluator.drop_to_level(a, input_level());
    if (first) low = to_coefficients(low, evaluator, steps);
    const Ciphertext raised = raise(low, *evaluator.keys(), execution.untold());
    steps.done();
    Ciphertext r = join(reduce(to_slots(raised, evaluator, steps), evaluator, steps), evaluator);
    if (!first) r = to_coefficients(r, evaluator, steps, rescale);
    r.noise = {a.noise.deviation + noise_.deviation + largest_angle_error(parameters_->literal(), a.noise.magnitude),
               a.noise.magnitude};
    return r;
}

Ciphertext Bootstrapper::bootstrap(const Ciphertext& a, const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                                   const Execution& execution, bool rescale) const {
    const Evaluator evaluator(parameters_, keys, execution.untold());
    check_bootstrapping_operand(a, input_level(), *keys, keys_);
    return single_pass(a, evaluator, execution, StepReport(execution, step_count()), rescale);
}

int Bootstrapper::second_pass_bits(double magnitude) const {
    return ckks::second_pass_bits(parameters_->literal(), noise_, magnitude);
}

Ciphertext Bootstrapper::bootstrap_twice(const Ciphertext& a, const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                                         const Execution& execution, bool rescale) const {
    const Evaluator evaluator(parameters_, keys, execution.untold());
    check_bootstrapping_operand(a, input_level(), *keys, keys_);
    const int level = input_level();
    if (parameters_->user_level() < level + 1)
        throw Error(ErrorCode::level_exhausted,
                    "A second pass spends a level, and this set has none after bootstrapping.", {{"level", "0"}});
    const StepReport steps(execution, 2 * step_count());
    const Ciphertext low = evaluator.drop_to_level(a, level);
    const Ciphertext first = single_pass(low, evaluator, execution, steps);
    const int bits = second_pass_bits(a.noise.magnitude);
    Ciphertext rest = evaluator.subtract(low, evaluator.drop_to_level(first, level));
    const std::vector<u64> factor = residues_of(parameters_->ring(), parameters_->rlwe().basis(level), u64{1} << bits);
    for (EvaluationPolynomial& part : rest.body.parts) multiply_scalar(part, part, factor, execution);
    rest.noise = {0, parameters_->literal().magnitude};
    // Both at the square of the scale, so that one rounding serves their sum.
    const Ciphertext correction =
        evaluator.multiply_scalar(single_pass(rest, evaluator, execution, steps), std::exp2(-bits), false);
    Ciphertext r = evaluator.add(evaluator.multiply_scalar(first, 1, false), correction);
    if (rescale) r = evaluator.rescale(r);
    // What is left: the operand's own error, the second pass's, and the roundings of what was subtracted and added.
    const double rounding = rounding_deviation(*parameters_, parameters_->scale(level).hi) +
                            rounding_deviation(*parameters_, parameters_->scale(parameters_->user_level() - 1).hi);
    r.noise = {low.noise.deviation + correction.noise.deviation + rounding, a.noise.magnitude};
    return r;
}

}  // namespace ciphernet::ckks
