#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "random/random_source.hpp"
#include "ring/polynomial.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::rlwe {

/// A uniform ternary secret s. Move-only, wiped when destroyed; nothing that a server holds contains one.
class SecretKey {
public:
    /// Draws a fresh secret. Constant time in its values.
    static SecretKey generate(std::shared_ptr<const Parameters> parameters, RandomSource& random,
                              const Execution& execution);
    /// From N coefficients in {-1, 0, 1}; throws Error{format_corrupt} for any other value or length.
    SecretKey(std::shared_ptr<const Parameters> parameters, std::span<const std::int8_t> coefficients, bool insecure,
              const Execution& execution);

    SecretKey(SecretKey&&) noexcept = default;
    SecretKey& operator=(SecretKey&&) = delete;
    ~SecretKey();

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    std::span<const std::int8_t> coefficients() const { return coefficients_; }
    /// s over all ciphertext and key-switching primes.
    const EvaluationPolynomial& evaluation() const { return evaluation_; }
    /// Whether it came from a deterministic source or a set below 128 bits of security.
    bool insecure() const { return insecure_; }

private:
    std::shared_ptr<const Parameters> parameters_;
    std::vector<std::int8_t> coefficients_;
    EvaluationPolynomial evaluation_;
    bool insecure_;
};

}  // namespace ciphernet::rlwe
