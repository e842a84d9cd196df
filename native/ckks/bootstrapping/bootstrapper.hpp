#pragma once

#include <memory>
#include <span>
#include <vector>

#include "ckks/bootstrapping/bootstrapping_keys.hpp"
#include "ckks/bootstrapping/noise_model.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/linear_transform.hpp"

namespace ciphernet::ckks {

/// Bootstraps the ciphertexts of one parameter set: a ciphertext at input_level() becomes one at Parameters::user_level() with
/// the same slots. Public: everything here follows from the parameters. (Cheon, Han, Kim, Kim, Song, "Bootstrapping for approximate
/// homomorphic encryption", 2018, and what came after; docs/bootstrapping.md walks through it.)
///
///   raise               c_0 + c_1 s = m mod q_0 becomes t = m + q_0 I over all primes, under a sparse secret on the way
///   trace               sparse packing only: back into the subring of the slots
///   coefficients to slots   t's coefficients, divided by q_0, in the slots
///   modular reduction   sin(2 pi t / q_0) = sin(2 pi m / q_0)
///   slots to coefficients   back, and m's size again
///
/// With BootstrappingOrder::slots_to_coefficients_first the last step is the first: what is raised has the slots for coefficients,
/// and the reduction's last product gives m its size.
class Bootstrapper {
public:
    /// Encodes the matrices and reports how many are done. Throws Error{parameters_invalid} for a set without bootstrapping.
    /// `log_batch`: operands are 2^log_batch ciphertexts packed into one, and noise() is that of one of them.
    Bootstrapper(std::shared_ptr<const Parameters> parameters, KeyBudget keys, const Execution& execution,
                 int log_batch = 0);

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    const BootstrappingKeyList& keys() const { return keys_; }
    const ModularReduction& reduction() const { return reduction_; }
    /// Of slots up to magnitude 1, each.
    const BootstrappingNoise& noise() const { return noise_; }
    std::size_t byte_count() const;
    /// Steps that a bootstrap reports.
    std::size_t step_count() const;

    /// The lowest level of operands.
    int input_level() const { return parameters_->bootstrapping().input_level(); }

    /// The same slots at user_level(). `a` is dropped to input_level() first; its slots are at most its declared magnitude, and beyond
    /// the set's magnitude the sine bends them (docs/bootstrapping.md). Reports step_count() steps. Throws
    /// Error{parameters_mismatch}, Error{degree_mismatch}, Error{level_exhausted}, Error{key_missing} before anything is
    /// computed. Without `rescale`, not possible where slots to coefficients come first, the last division is left to the
    /// caller: a level higher, where what follows adds next to no error.
    Ciphertext bootstrap(const Ciphertext& a, const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                         const Execution& execution, bool rescale = true) const;

    /// More precisely, in twice the time (Bae, Cheon, Cho, Kim, Kim, "META-BTS: bootstrapping precision beyond the limit",
    /// 2022): what the first pass is off by is enlarged to the size of a message, bootstrapped too, and taken off. Up to
    /// second_pass_bits() more than a single pass, but never more than what the scale of input_level() leaves after one rounding. At
    /// user_level() - 1. Reports 2 step_count() steps. Throws Error{level_exhausted} for sets without a level for that.
    Ciphertext bootstrap_twice(const Ciphertext& a, const std::shared_ptr<const rlwe::EvaluationKeys>& keys,
                               const Execution& execution, bool rescale = true) const;
    /// log2 of what a second pass enlarges the error of a first one by, for slots up to `magnitude`.
    int second_pass_bits(double magnitude) const;

    // The steps, for tests and for other orders. Those that are several tell of each.

    /// Level 0 -> the highest level: slots of the polynomial t, at that level's scale.
    Ciphertext raise(const Ciphertext& a, const rlwe::EvaluationKeys& keys, const Execution& execution) const;
    /// -> t_k / (range q_0), twice the real part of what DftShape says: one ciphertext, or the real and the imaginary parts'.
    std::vector<Ciphertext> to_slots(const Ciphertext& raised, const Evaluator& evaluator,
                                     const StepReport& steps = {}) const;
    /// -> 2 pi m_k / q_0, of each.
    std::vector<Ciphertext> reduce(std::span<const Ciphertext> x, const Evaluator& evaluator,
                                   const StepReport& steps = {}) const;
    /// Real and imaginary parts -> slots.
    static Ciphertext join(const std::vector<Ciphertext>& parts, const Evaluator& evaluator);
    /// -> the polynomial whose coefficients (DftShape) these slots are: at level 0 when it comes first, else at user_level(), m.
    Ciphertext to_coefficients(const Ciphertext& slots, const Evaluator& evaluator, const StepReport& steps = {},
                               bool rescale = true) const;

private:
    /// What a message's coefficients are multiplied with before they are raised, so that q_0 is 2^log_message_ratio of them; 1
    /// where the transform before has done it.
    u64 enlargement() const;
    bool is_sparse() const;
    Ciphertext single_pass(const Ciphertext& a, const Evaluator& evaluator, const Execution& execution,
                           const StepReport& steps, bool rescale = true) const;

    std::shared_ptr<const Parameters> parameters_;
    ModularReduction reduction_;
    BootstrappingNoise noise_;
    std::vector<LinearTransform> to_slots_;
    std::vector<LinearTransform> to_coefficients_;
    BootstrappingKeyList keys_;
};

/// Throws Error{key_missing} naming the key, Error{level_exhausted}, Error{degree_mismatch}.
void check_bootstrapping_operand(const Ciphertext& a, int input_level, const rlwe::EvaluationKeys& keys,
                                 const BootstrappingKeyList& list);

}  // namespace ciphernet::ckks
