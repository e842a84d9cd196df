#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ring/base_conversion.hpp"
#include "ring/ring.hpp"
#include "rlwe/security.hpp"

namespace ciphernet::rlwe {

/// The width of the discrete Gaussian of every error.
inline constexpr double kSigma = 3.19;

/// The primes as a scheme chose them.
struct ParametersLiteral {
    int log_n;
    std::vector<std::vector<u64>> levels;  ///< the primes of level 0 (q_0), 1, 2, …: one or two each
    std::vector<u64> special_primes;       ///< P; empty: no key switching
    Security security = Security::classical_128;
    /// log2 of how much larger than P a gadget digit may be. The gadget's error is about sqrt(N) times that of a rounding when
    /// digits are as large as P, which a product divides by its level's primes but a rotation keeps.
    double digit_excess = 0.5;
    std::vector<std::uint8_t> scheme;  ///< what the scheme adds (its name, scales); part of the fingerprint
};

using Fingerprint = std::array<std::uint8_t, 32>;

/// Checked and immutable: whoever holds one holds a usable set. Ring, levels, gadget digits and the constants of
/// rescaling and key switching. Shared by everything made under it.
class Parameters {
public:
    /// Throws Error{parameters_invalid} for a set that cannot work and Error{security_insufficient} for one above the
    /// table, both with the values and the remedy.
    explicit Parameters(const ParametersLiteral& literal);
    // Converters and polynomials point at the ring.
    Parameters(const Parameters&) = delete;
    Parameters& operator=(const Parameters&) = delete;

    /// P beside the two primes of a level fills the widest base conversion.
    static constexpr int kMostSpecialPrimes = BaseConverter::kMostSources - 2;

    const Ring& ring() const { return ring_; }
    int log_n() const { return ring_.log_n(); }
    std::size_t n() const { return ring_.n(); }
    Security security() const { return literal_.security; }
    const ParametersLiteral& literal() const { return literal_; }

    int max_level() const { return static_cast<int>(limbs_.size()) - 1; }
    /// Limbs of a ciphertext at `level`, the primes of levels 0 … level.
    int limb_count(int level) const { return limbs_[static_cast<std::size_t>(level)]; }
    Basis basis(int level) const { return {.q = limb_count(level)}; }
    Basis key_basis(int level) const { return {.q = limb_count(level), .p = ring_.p_count()}; }
    /// Primes of this level alone: how many limbs a rescale from it drops.
    int level_width(int level) const { return limb_count(level) - (level == 0 ? 0 : limb_count(level - 1)); }

    double log2_q(int level) const;
    double log2_p() const;
    double log2_qp() const { return log2_q(max_level()) + log2_p(); }

    bool has_special_primes() const { return ring_.p_count() > 0; }
    /// Limbs of the widest gadget digit. From the first limb on, a digit takes as many as leave the product of its primes at
    /// most P · 2^digit_excess.
    int digit_width() const { return digit_width_; }
    /// Digits of a polynomial at `level`; the last may be cut short by the level.
    int digit_count(int level) const { return digit_of(limb_count(level) - 1) + 1; }
    /// The digit that limb i belongs to.
    int digit_of(int i) const { return digit_of_[static_cast<std::size_t>(i)]; }
    /// First limb and end of digit `j` at `level`.
    std::pair<int, int> digit_limbs(int level, int j) const;

    const BaseConverter& digit_converter(int level, int j) const { return digit_converters_.at(digit_limbs(level, j)); }
    /// Drops P.
    const BaseConverter& special_converter() const { return *special_converter_; }
    /// Drops the primes of `level` (>= 1).
    const BaseConverter& rescale_converter(int level) const {
        return rescale_converters_[static_cast<std::size_t>(level)];
    }
    /// Drops the primes of `level` (>= 1) together with P.
    const BaseConverter& special_rescale_converter(int level) const {
        return special_rescale_converters_[static_cast<std::size_t>(level)];
    }

    /// SHA-256 over everything that makes two sets interchangeable.
    const Fingerprint& fingerprint() const { return fingerprint_; }

private:
    ParametersLiteral literal_;
    Ring ring_;
    std::vector<int> limbs_;
    int digit_width_ = 1;
    std::vector<int> digit_of_;      ///< by limb
    std::vector<int> digit_starts_;  ///< first limbs, and behind them the number of limbs
    std::map<std::pair<int, int>, BaseConverter> digit_converters_;
    std::unique_ptr<BaseConverter> special_converter_;
    std::vector<BaseConverter> rescale_converters_;          ///< entry 0 is a placeholder of the first prime
    std::vector<BaseConverter> special_rescale_converters_;  ///< likewise; empty without P
    Fingerprint fingerprint_;
};

/// Throws Error{parameters_mismatch} naming both fingerprints when two objects are of different sets.
void require_same(const Parameters& a, const Parameters& b, const char* what);

/// The first eight bytes in hexadecimal, for messages.
std::string short_name(const Fingerprint& fingerprint);

}  // namespace ciphernet::rlwe
