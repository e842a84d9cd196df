#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "ckks/bootstrapping/bootstrapper.hpp"
#include "ckks/bootstrapping/packing.hpp"

namespace ciphernet::ckks {

/// Bootstraps up to `batch` ciphertexts of few slots as one of many. Matrices and keys are those of slots × batch.
class BatchBootstrapper {
public:
    /// As Bootstrapper; Error{invalid_argument} for a batch that is no power of two or does not fit the ring. (Where slots to
    /// coefficients come first, ciphertexts have all slots and a batch is 1.)
    BatchBootstrapper(std::shared_ptr<const Parameters> parameters, KeyBudget keys, std::size_t batch,
                      const Execution& execution);

    std::size_t batch() const { return packing_.batch(); }
    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    const BootstrappingKeyList& keys() const { return keys_; }
    /// The lowest level of operands.
    int input_level() const { return whole_.input_level(); }
    /// Of one of a full batch.
    const BootstrappingNoise& noise() const { return whole_.noise(); }
    std::size_t byte_count() const { return whole_.byte_count(); }
    /// Steps that a batch reports, however many it has.
    std::size_t step_count(int passes = 1) const;

    /// From 1 to batch() ciphertexts, in order: Bootstrapper::bootstrap(), or bootstrap_twice() for 2 passes, of all.
    /// Reports step_count(passes) steps. Their errors.
    std::vector<Ciphertext> bootstrap(std::span<const Ciphertext* const> a,
                                      const std::shared_ptr<const rlwe::EvaluationKeys>& keys, int passes,
                                      const Execution& execution) const;

private:
    std::shared_ptr<const Parameters> parameters_;
    Packing packing_;
    Bootstrapper whole_;
    BootstrappingKeyList keys_;
};

}  // namespace ciphernet::ckks
