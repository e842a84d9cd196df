#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/secret_array.hpp"
#include "random/random_source.hpp"
#include "tfhe/parameters.hpp"

namespace ciphernet::tfhe {

/// The small key of n bits and the big one of k N, the coefficients of k binary polynomials. Move-only, wiped when
/// destroyed; nothing that a server holds contains one.
class SecretKey {
public:
    /// Draws a fresh key. Constant time in its values.
    static SecretKey generate(std::shared_ptr<const Parameters> parameters, RandomSource& random);

    SecretKey(SecretKey&&) noexcept = default;
    SecretKey& operator=(SecretKey&&) = delete;

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    std::span<const std::uint8_t> lwe() const { return lwe_.span(); }
    std::span<const std::uint8_t> glwe() const { return glwe_.span(); }
    /// Whether it came from a deterministic source or a set below 128 bits of security.
    bool insecure() const { return insecure_; }

private:
    SecretKey(std::shared_ptr<const Parameters> parameters, bool insecure);

    std::shared_ptr<const Parameters> parameters_;
    SecretArray<std::uint8_t> lwe_;
    SecretArray<std::uint8_t> glwe_;
    bool insecure_;
};

}  // namespace ciphernet::tfhe
