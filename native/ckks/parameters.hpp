#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arith/double_double.hpp"
#include "ckks/encoding.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::ckks {

using rlwe::Security;

/// Which of the two transforms a bootstrapping begins with.
enum class BootstrappingOrder : std::uint8_t {
    /// Raise, coefficients to slots, reduce, slots to coefficients: from level 0, whatever the packing.
    coefficients_to_slots_first,
    /// Slots to coefficients, raise, coefficients to slots, reduce: the first transform spends levels of the users', where it
    /// costs next to nothing, and the errors of the reduction are no longer summed over all slots. Full packing only.
    slots_to_coefficients_first,
};

/// What a set adds to be bootstrapped. Above the levels that users compute at lie, from the top, in the order in which they are
/// spent: coefficients to slots, modular reduction, and, unless they come first, slots to coefficients. The transforms up
/// there are linear: no product of two ciphertexts is possible, and the scale moves from what the step before left to what
/// the next one needs.
struct BootstrappingLiteral {
    BootstrappingOrder order = BootstrappingOrder::coefficients_to_slots_first;
    int coefficients_to_slots = 3;  ///< levels, one a factor of the transform
    int slots_to_coefficients = 3;
    int log_scale = 66;      ///< of the modular reduction, at its first level
    int degree = 31;         ///< of the polynomial that stands for the cosine
    int double_angles = 3;   ///< doublings of the angle that follow
    int arcsine_degree = 1;  ///< 1: the sine is taken for its angle; 3, 5, 7: that many terms of the arcsine's series
    int log_message_ratio = 12;  ///< log2 of q_0 over what a message of magnitude 1 has; the sine's error falls with it
    int secret_weight = 32;      ///< Hamming weight of the secret under which the modulus is raised

    /// Levels of the modular reduction.
    int modular_reduction() const;
    bool transforms_to_coefficients_first() const { return order == BootstrappingOrder::slots_to_coefficients_first; }
    /// The lowest level that a ciphertext can be bootstrapped from: what comes first spends the levels below it.
    int input_level() const { return transforms_to_coefficients_first() ? slots_to_coefficients : 0; }
    /// Above those of the users.
    int levels() const {
        return coefficients_to_slots + modular_reduction() +
               (transforms_to_coefficients_first() ? 0 : slots_to_coefficients);
    }

    friend bool operator==(const BootstrappingLiteral&, const BootstrappingLiteral&) = default;
};

/// What a user writes down. Unchecked; see Parameters.
struct ParametersLiteral {
    int log_n;
    std::vector<int> log_q;  ///< bits of every level's modulus, q_0 first; above 49 (q_0: 50) two primes make the level
    std::vector<int> log_p;  ///< bits of the key-switching primes, at most 50 each; empty: no products, no rotations
    int log_scale;           ///< log2 of the scale at the top level, of those for users
    int log_slots = -1;      ///< slots of a ciphertext; -1: all N/2
    double magnitude = 1;    ///< no slot that is encrypted is larger, unless said otherwise (noise predictions use it)
    Security security = Security::classical_128;             ///< weaker only by name, and marked
    std::optional<BootstrappingLiteral> bootstrapping = {};  ///< its levels are the uppermost of log_q
};

/// log2 of what the scales of all levels would be if every prime had exactly the size that the literal gives; log_slots may be
/// -1. Unchecked.
std::vector<int> nominal_log_scales(const ParametersLiteral& literal);

/// The levels at which bootstrapping's steps begin, for a set whose highest level is `top`: each step spends those down to the
/// next one's.
struct BootstrappingLevels {
    int to_slots, reduction, to_coefficients, user;
    bool to_coefficients_first;

    BootstrappingLevels(int top, const BootstrappingLiteral& b)
        : to_slots(top),
          reduction(to_slots - b.coefficients_to_slots),
          to_coefficients(b.transforms_to_coefficients_first() ? b.input_level() : reduction - b.modular_reduction()),
          user(top - b.levels()),
          to_coefficients_first(b.transforms_to_coefficients_first()) {}

    bool is_linear(int level) const { return level > reduction || (level > user && level <= to_coefficients); }
    /// The reduction's last product, whose result is a message of the users' already.
    bool leads_to_users(int level) const { return to_coefficients_first && level == user + 1; }
};

/// log2 of how much larger than P a digit of such a set may be: BootstrappingLiteral's transforms rotate large numbers of which
/// only the small remainder modulo q_0 counts in the end, so their key switches are to be no noisier than roundings.
inline constexpr double kBootstrappingDigitExcess = -5.9;

/// Checked and immutable: whoever holds one holds a usable set. Every level has one fixed scale,
/// Delta_(l-1) = Delta_l^2 / q_l but below those of bootstrapping's that say otherwise, and q_l is the prime (or pair) that keeps it nearest to what the sizes say.
/// (Kim, Papadimitriou, Polyakov, "Approximate homomorphic encryption with reduced approximation error", 2022.)
class Parameters {
public:
    /// Chooses the primes. Throws Error{parameters_invalid}, Error{security_insufficient}.
    explicit Parameters(const ParametersLiteral& literal);
    /// The same set again, from primes that were written to a file: nothing is searched for, everything is checked.
    Parameters(const ParametersLiteral& literal, std::vector<std::vector<u64>> levels, std::vector<u64> special_primes);

    /// log2 of the product of the primes that the first constructor would choose; makes no tables.
    /// Throws Error{parameters_invalid}.
    static double log2_qp(const ParametersLiteral& literal);

    /// The same set, for ciphertexts of other slots: primes, tables and fingerprint are shared, so that keys and ciphertexts of
    /// both go together. For what packs several ciphertexts into one on the way (Packing).
    Parameters with_slots(int log_slots) const;

    const ParametersLiteral& literal() const { return literal_; }
    /// Error{parameters_invalid} for a set without.
    const BootstrappingLiteral& bootstrapping() const;
    const rlwe::Parameters& rlwe() const { return *rlwe_; }
    const std::shared_ptr<const rlwe::Parameters>& shared_rlwe() const { return rlwe_; }
    const Ring& ring() const { return rlwe_->ring(); }
    /// The set under which the modulus is raised: the primes of level 0, and as few of P as key switching needs. Null
    /// without bootstrapping.
    const std::shared_ptr<const rlwe::Parameters>& encapsulation() const { return encapsulation_; }

    int log_slots() const { return literal_.log_slots; }
    std::size_t slots() const { return std::size_t{1} << literal_.log_slots; }
    int max_level() const { return rlwe_->max_level(); }
    /// The highest level that is not one of bootstrapping's own.
    int user_level() const { return max_level() - (literal_.bootstrapping ? literal_.bootstrapping->levels() : 0); }
    /// What a product that spends this level is multiplied with besides, Delta_l^2 / (q_l Delta_(l-1)): 1, but for the last one of
    /// a modular reduction that leads to the users' levels.
    double product_gain(int level) const;
    /// Delta of a level, to about 100 bits.
    DoubleDouble scale(int level) const { return scales_[static_cast<std::size_t>(level)]; }
    /// Whether the scale of the level below is not Delta^2 / q: linear transforms can spend this level, products cannot.
    bool is_linear(int level) const { return linear_[static_cast<std::size_t>(level)]; }
    /// The scale at which a linear transform is encoded that spends this level: Delta_(l-1) q_l / Delta_l.
    DoubleDouble transform_scale(int level) const;
    /// The tables of the canonical embedding for this N.
    const Embeddings& embeddings() const { return *embeddings_; }
    /// The largest |coefficient| / Delta that fits at a level: Q / (2 Delta).
    double max_magnitude(int level) const;

private:
    void make_tables();
    void make_encapsulation();

    ParametersLiteral literal_;
    std::shared_ptr<const rlwe::Parameters> rlwe_;
    std::shared_ptr<const rlwe::Parameters> encapsulation_;
    std::vector<DoubleDouble> scales_;
    std::vector<bool> linear_;
    std::shared_ptr<const Embeddings> embeddings_;
};

}  // namespace ciphernet::ckks
