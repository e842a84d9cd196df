#include "ckks/evaluator.hpp"

#include <cmath>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "ckks/encoding.hpp"
#include "ring/division.hpp"
#include "ring/operations.hpp"

// What all operations share: checks, keys, and bringing operands to one level and scale.

namespace ciphernet::ckks {

Evaluator::Evaluator(std::shared_ptr<const Parameters> parameters, std::shared_ptr<const rlwe::EvaluationKeys> keys,
                     Execution execution)
    : parameters_(std::move(parameters)), keys_(std::move(keys)), execution_(std::move(execution)) {
    if (keys_) rlwe::require_same(rlwe(), *keys_->parameters, "The set of evaluation keys");
}

void Evaluator::check(const Ciphertext& a) const { rlwe::require_same(rlwe(), a.parameters->rlwe(), "The ciphertext"); }
void Evaluator::check(const Plaintext& b) const { rlwe::require_same(rlwe(), b.parameters->rlwe(), "The plaintext"); }

void Evaluator::require_level(int level, const char* operation) const {
    if (level < 1)
        throw Error(ErrorCode::level_exhausted,
                    std::string("The ciphertext is at level 0; ") + operation +
                        " spends one level. Encrypt at a higher level or make parameters with more levels.",
                    {{"level", "0"}, {"operation", operation}});
    if (set().is_linear(level))
        throw Error(ErrorCode::scale_mismatch,
                    "Level " + std::to_string(level) + " belongs to a linear transform of bootstrapping; " + operation +
                        " cannot spend it.",
                    {{"level", std::to_string(level)}, {"operation", operation}});
}

const rlwe::KeySwitchKey& Evaluator::relinearization_key(int level) const {
    if (!keys_ || !keys_->relinearization)
        throw Error(ErrorCode::key_missing,
                    "No relinearization key was generated. Ask for it with { relinearization: true }.",
                    {{"key", "relinearization"}});
    if (keys_->relinearization->level < level)
        throw Error(ErrorCode::key_missing,
                    "The relinearization key serves levels up to " + std::to_string(keys_->relinearization->level) +
                        ", the product is at level " + std::to_string(level) +
                        ". Generate it for that level or drop the operands first.",
                    {{"key", "relinearization"}, {"level", std::to_string(level)}});
    return *keys_->relinearization;
}

const rlwe::GaloisKey& Evaluator::galois_key(u32 element, int level, const std::string& name) const {
    const auto found = keys_ ? keys_->galois.find(element) : decltype(keys_->galois.end()){};
    if (!keys_ || found == keys_->galois.end())
        throw Error(ErrorCode::key_missing,
                    "No key was generated for " + name + ". Ask for it when the evaluation keys are made.",
                    {{"key", name}, {"galoisElement", std::to_string(element)}});
    if (found->second->key.level < level)
        throw Error(ErrorCode::key_missing,
                    "The key for " + name + " serves levels up to " + std::to_string(found->second->key.level) +
                        ", the ciphertext is at level " + std::to_string(level) +
                        ". Generate it for that level or drop the ciphertext first.",
                    {{"key", name}, {"level", std::to_string(level)}});
    return *found->second;
}

void Evaluator::divide_last_level(Ciphertext& a) const {
    const int level = a.level();
    a.body.parts =
        divide_and_round(a.body.parts, rlwe().level_width(level), rlwe().rescale_converter(level), execution_);
    a.body.level = level - 1;
    a.body.mask_seed.reset();
    a.noise.deviation += rounding_deviation(set(), set().scale(level - 1).hi, a.degree());
}

Ciphertext Evaluator::rescale(const Ciphertext& a) const {
    check(a);
    if (a.scale_degree != 2)
        throw Error(ErrorCode::scale_mismatch,
                    "The ciphertext is at its level's scale already; a rescale is due only after a product.",
                    {{"scaleDegree", std::to_string(a.scale_degree)}});
    require_level(a.level(), "a rescale");
    Ciphertext r = a.copy();
    divide_last_level(r);
    r.scale_degree = 1;
    return r;
}

EvaluationPolynomial Evaluator::adjust(const EvaluationPolynomial& a, int from, int to) const {
    // Delta_from c / q_(to+1) = Delta_to: an integer c of about the size of q_(to+1), so its rounding costs no more
    // than the rounding of the division.
    DoubleDouble factor = set().scale(to) / set().scale(from);
    for (const u64 q : rlwe().literal().levels[static_cast<std::size_t>(to) + 1])
        factor = factor * static_cast<double>(q);
    const Basis basis = rlwe().basis(to + 1);
    EvaluationPolynomial scaled(ring(), basis);
    ciphernet::multiply_scalar(scaled, a, encode_constant(ring(), basis, factor, {1, 0}), execution_);
    return divide_and_round(scaled, rlwe().level_width(to + 1), rlwe().rescale_converter(to + 1), execution_);
}

Ciphertext Evaluator::at(const Ciphertext& a, int level, int scale_degree) const {
    if (a.scale_degree > scale_degree) return at(rescale(a), level, scale_degree);
    CIPHERNET_ASSERT(a.scale_degree == scale_degree && level <= a.level());
    if (level == a.level()) return a.copy();
    CIPHERNET_ASSERT(scale_degree == 1);
    Ciphertext r{parameters_, {.level = level, .parts = {}, .mask_seed = {}}, 1, a.noise, a.insecure};
    for (const EvaluationPolynomial& part : a.body.parts) r.body.parts.push_back(adjust(part, a.level(), level));
    const double half_unit = 0.5 * set().scale(a.level()).hi / set().scale(level).hi /
                             std::exp2(rlwe().log2_q(level + 1) - rlwe().log2_q(level));
    r.noise.deviation += rounding_deviation(set(), set().scale(level).hi, a.degree()) + a.noise.magnitude * half_unit;
    return r;
}

Ciphertext Evaluator::drop_to_level(const Ciphertext& a, int level) const {
    check(a);
    if (level < 0 || level > set().max_level())
        throw Error(ErrorCode::invalid_argument, "Expected a level from 0 to " + std::to_string(set().max_level()) +
                                                     " but received " + std::to_string(level) + ".");
    if (level > a.level() - (a.scale_degree - 1))
        throw Error(ErrorCode::level_exhausted,
                    "The ciphertext has " + std::to_string(a.level() - (a.scale_degree - 1)) +
                        " levels left; it cannot be brought to level " + std::to_string(level) + ".",
                    {{"level", std::to_string(a.level())}, {"asked", std::to_string(level)}});
    return at(a, level, 1);
}

}  // namespace ciphernet::ckks
