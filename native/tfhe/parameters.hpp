#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "kernels/kernels.hpp"
#include "rlwe/security.hpp"
#include "tfhe/fft.hpp"

namespace ciphernet::tfhe {

using rlwe::Security;
using Fingerprint = std::array<std::uint8_t, 32>;

/// A signed gadget decomposition: `levels` digits of `base_log` bits, the most significant first, of the word rounded to
/// base_log · levels bits.
struct GadgetLiteral {
    int base_log;
    int levels;
};

/// What a user writes down. Unchecked; see Parameters. Noises are TUniform(b): uniform on [-2^b, 2^b], both ends half as
/// likely, in units of 2^-64 of the torus.
struct ParametersLiteral {
    int message_bits;    ///< of a message, under one bit of padding
    int lwe_dimension;   ///< n, of the small key
    int lwe_noise;       ///< b of the key switch's key, which is kept modulo 2^32
    int glwe_dimension;  ///< k
    int log_n;           ///< of the polynomial size N
    int glwe_noise;      ///< b of ciphertexts and of the bootstrapping key
    GadgetLiteral bootstrap;
    GadgetLiteral key_switch;
    Security security = Security::classical_128;  ///< weaker only by name, and marked
};

/// Checked and immutable: whoever holds one holds a usable set. Ciphertexts are under the big key, of k N bits; a look-up
/// switches to the small one and bootstraps (key switch first, then programmable bootstrap).
class Parameters {
public:
    /// Throws Error{parameters_invalid} for a set that cannot work, Error{security_insufficient} for one outside the
    /// security lines, both with the values and the remedy.
    explicit Parameters(const ParametersLiteral& literal);
    // Keys point at the transform.
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    const ParametersLiteral& literal() const { return literal_; }
    Security security() const { return literal_.security; }
    int message_bits() const { return literal_.message_bits; }
    /// Messages without the padding bit: values are 0 … message_count() - 1.
    u32 message_count() const { return u32{1} << literal_.message_bits; }
    /// The scale: a message m stands as m · delta() on the torus of 2^64.
    u64 delta() const { return u64{1} << (63 - literal_.message_bits); }

    std::size_t lwe_dimension() const { return static_cast<std::size_t>(literal_.lwe_dimension); }
    std::size_t glwe_dimension() const { return static_cast<std::size_t>(literal_.glwe_dimension); }
    std::size_t n() const { return fft_.n(); }
    /// k N: the mask of a ciphertext.
    std::size_t big_dimension() const { return glwe_dimension() * n(); }
    /// Words of a ciphertext: its mask, then its body.
    std::size_t ciphertext_words() const { return big_dimension() + 1; }
    /// Rows of a GGSW ciphertext: (k + 1) · levels.
    std::size_t ggsw_rows() const { return (glwe_dimension() + 1) * bootstrap_levels(); }
    std::size_t bootstrap_levels() const { return static_cast<std::size_t>(literal_.bootstrap.levels); }
    std::size_t key_switch_levels() const { return static_cast<std::size_t>(literal_.key_switch.levels); }
    /// Rows of the key switch's key, rounded up to pairs.
    std::size_t key_switch_rows() const { return (big_dimension() * key_switch_levels() + 1) / 2 * 2; }

    const Fft& fft() const { return fft_; }

    /// SHA-256 over everything that makes two sets interchangeable.
    const Fingerprint& fingerprint() const { return fingerprint_; }

private:
    ParametersLiteral literal_;
    Fft fft_;
    Fingerprint fingerprint_;
};

/// Throws Error{parameters_mismatch} naming both fingerprints when two objects are of different sets.
void require_same(const Parameters& a, const Parameters& b, const char* what);

/// Digit `level` (from 0, the most significant) of a 64-bit word. With half a base added at every digit and half of what is
/// cut off, the digits of the sum less half a base are those of the word, rounded, with their carries.
GadgetDigit gadget_digit(const GadgetLiteral& gadget, int level);

}  // namespace ciphernet::tfhe
