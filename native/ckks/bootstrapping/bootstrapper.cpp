#include "ckks/bootstrapping/bootstrapper.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "ckks/bootstrapping/dft.hpp"
#include "ckks/ciphertext_arithmetic.hpp"
#include "ckks/encoding.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

const BootstrappingLiteral& literal_of(const Parameters& parameters) {
    if (!parameters.literal().bootstrapping)
        throw Error(ErrorCode::parameters_invalid,
                    "This parameter set has no levels for bootstrapping. Make one with bootstrapping.");
    return *parameters.literal().bootstrapping;
}

/// Sparse packing computes on vectors of twice the slots: the coefficients of both halves side by side.
DftShape shape_of(const Parameters& parameters, int factors) {
    const int log_slots = parameters.log_slots();
    return {.log_slots = log_slots,
            .log_vector = std::min(log_slots + 1, parameters.ring().log_n() - 1),
            .factors = factors};
}

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
    AlignedBuffer digits(static_cast<std::size_t>(sources + 1) * n);
    for_each_limb(execution, n, sources, [&](int i) {
        u64* row = digits.data() + static_cast<std::size_t>(i) * n;
        std::copy_n(a.limb(i), n, row);
        converter.to_digits(row, i);
    });
    if (!converter.is_single())
        for_each_stretch(execution, n, 1, sources, [&](int, std::size_t first, std::size_t words) {
            converter.count_wraps(digits.data(), n, first, words);
        });
    EvaluationPolynomial r(ring, rlwe.basis(rlwe.max_level()));
    for_each_limb(execution, n, r.limb_count(), [&](int i) {
        if (i < sources) {
            std::copy_n(a.limb(i), n, r.limb(i));
        } else if (converter.is_single()) {
            converter.to_evaluation(r.limb(i), digits.data(), r.prime(i));
        } else {
            for (std::size_t k = 0; k < n; k += std::min(n, kBlockWords))
                converter.convert(r.limb(i) + k, digits.data() + k, n, std::min(n, kBlockWords), r.prime(i));
            ring.ntt(r.prime(i)).forward(r.limb(i));
        }
    });
    return r;
}

std::vector<LinearTransform> encode_factors(const std::shared_ptr<const Parameters>& parameters,
                                            std::vector<DiagonalMatrix> factors, int log_vector, int level,
                                            KeyBudget keys, const Execution& execution) {
    std::vector<LinearTransform> encoded;
    for (DiagonalMatrix& factor : factors) {
        execution.check();
        encoded.push_back(LinearTransform::encode(parameters, factor, level--, transform_options(log_vector, keys),
                                                  execution.untold()));
        factor.clear();
    }
    return encoded;
}

}  // namespace

LinearTransformOptions transform_options(int log_vector, KeyBudget keys) {
    // Of splits that cost nearly the same, one with fewer keys; and a third of those, for about half as much time again.
    constexpr int kKeysOfFast = 14;
    constexpr int kKeysOfSmall = 5;
    const bool small = keys == KeyBudget::small;
    return {.log_slots = log_vector, .most_keys = small ? kKeysOfSmall : kKeysOfFast, .chained = small};
}

bool Bootstrapper::is_sparse() const { return parameters_->log_slots() < parameters_->ring().log_n() - 1; }

u64 Bootstrapper::enlargement() const {
    const double ratio = q_0(*parameters_) / parameters_->scale(0).hi;
    const double factor = ratio / std::exp2(literal_of(*parameters_).log_message_ratio);
    return static_cast<u64>(std::max(1.0, std::round(factor)));
}

Bootstrapper::Bootstrapper(std::shared_ptr<const Parameters> parameters, KeyBudget keys, const Execution& execution)
    : parameters_(std::move(parameters)),
      reduction_(modular_reduction(literal_of(*parameters_))),
      noise_(bootstrapping_noise(parameters_->literal())) {
    const Parameters& set = *parameters_;
    const BootstrappingLiteral& b = literal_of(set);
    const int top = set.max_level();
    const double copies = static_cast<double>(set.ring().n() / 2) / static_cast<double>(set.slots());
    const double modulus = q_0(set);

    // The trace multiplies by the copies, and adding the conjugate by 2.
    const DftShape forth = shape_of(set, b.coefficients_to_slots);
    to_slots_ = encode_factors(
        parameters_, coefficients_to_slots(forth, set.scale(top).hi / (reduction_.range * modulus) / (2 * copies)),
        forth.log_vector, top, keys, execution);
    const DftShape back = shape_of(set, b.slots_to_coefficients);
    to_coefficients_ = encode_factors(
        parameters_,
        slots_to_coefficients(back,
                              modulus / (2 * std::numbers::pi * static_cast<double>(enlargement()) * set.scale(0).hi)),
        back.log_vector, set.user_level() + back.factors, keys, execution);
    list_keys();
}

void Bootstrapper::list_keys() {
    std::map<int, int> levels;
    const auto want = [&levels](int step, int level) {
        int& known = levels.try_emplace(step, level).first->second;
        known = std::max(known, level);
    };
    for (std::size_t step = parameters_->slots(); step < parameters_->ring().n() / 2; step *= 2)
        want(static_cast<int>(step), parameters_->max_level());
    for (const std::vector<LinearTransform>* factors : {&to_slots_, &to_coefficients_})
        for (const LinearTransform& m : *factors)
            for (const int step : m.rotations()) want(step, m.level());
    for (const auto& [step, level] : levels) keys_.rotations.push_back({step, level});
    keys_.conjugation_level = keys_.relinearization_level = to_slots_.back().level() - 1;
}

std::size_t Bootstrapper::byte_count() const {
    std::size_t bytes = 0;
    for (const std::vector<LinearTransform>* factors : {&to_slots_, &to_coefficients_})
        for (const LinearTransform& m : *factors) bytes += m.byte_count();
    return bytes;
}

Ciphertext Bootstrapper::raise(const Ciphertext& a, const rlwe::EvaluationKeys& keys,
                               const Execution& execution) const {
    const rlwe::Parameters& rlwe = parameters_->rlwe();
    if (!keys.encapsulation)
        throw Error(ErrorCode::key_missing,
                    "No bootstrapping keys were generated. Ask for them when the keys are made.",
                    {{"key", "bootstrapping"}});
    const rlwe::EncapsulationKey& encapsulation = *keys.encapsulation;
    const rlwe::Parameters& sparse = *encapsulation.sparse_parameters;
    const Basis low = rlwe.basis(0);

    std::vector<EvaluationPolynomial> parts;
    std::vector<u64> factor;
    for (int i = 0; i < low.q; ++i) factor.push_back(rlwe.ring().modulus(i).reduce(enlargement()));
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

std::vector<Ciphertext> Bootstrapper::to_slots(const Ciphertext& raised, const Evaluator& evaluator) const {
    Ciphertext x = is_sparse() ? evaluator.trace(raised) : raised.copy();
    for (const LinearTransform& m : to_slots_) x = evaluator.transform(x, m);
    std::vector<Ciphertext> parts;
    if (is_sparse()) {
        parts.push_back(evaluator.add(x, evaluator.conjugate(x)));
    } else {
        for (Ciphertext& part : evaluator.split_complex(x)) parts.push_back(std::move(part));
    }
    return parts;
}

std::vector<Ciphertext> Bootstrapper::reduce(std::span<const Ciphertext> x, const Evaluator& evaluator,
                                             const Execution& execution) const {
    // Each on as many threads as there are to a part: one is best, without anything to wait for.
    std::vector<std::optional<Ciphertext>> made(x.size());
    const bool alone = x.size() > 1 && static_cast<std::size_t>(execution.thread_count()) <= x.size();
    const Evaluator on_one(parameters_, evaluator.keys(), execution.sequential());
    const auto one = [&](std::size_t i) {
        made[i].emplace(reduce_with(CiphertextArithmetic(alone ? on_one : evaluator), x[i].copy(), reduction_));
    };
    if (alone)
        execution.untold().parallel_for(x.size(), one);
    else
        for (std::size_t i = 0; i < x.size(); ++i) one(i);
    std::vector<Ciphertext> reduced;
    for (auto& part : made) reduced.push_back(std::move(*part));
    return reduced;
}

Ciphertext Bootstrapper::to_coefficients(const std::vector<Ciphertext>& reduced, const Evaluator& evaluator) const {
    Ciphertext x = reduced.size() == 2 ? evaluator.join_complex(reduced[0], reduced[1]) : reduced[0].copy();
    for (const LinearTransform& m : to_coefficients_) x = evaluator.transform(x, m);
    return x;
}

Ciphertext Bootstrapper::bootstrap(const Ciphertext& a, const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                                   const Execution& execution) const {
    const Evaluator evaluator(parameters_, keys, execution.untold());
    const Ciphertext low = evaluator.drop_to_level(a, 0);
    const std::vector<Ciphertext> parts = to_slots(raise(low, *keys, execution.untold()), evaluator);
    Ciphertext r = to_coefficients(reduce(parts, evaluator, execution), evaluator);
    r.noise = {a.noise.deviation + noise_.deviation + largest_angle_error(parameters_->literal(), a.noise.magnitude),
               a.noise.magnitude};
    return r;
}

}  // namespace ciphernet::ckks
