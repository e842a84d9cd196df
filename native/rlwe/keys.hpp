#pragma once

#include <compare>
#include <map>
#include <memory>
#include <variant>
#include <vector>

#include "random/seed.hpp"
#include "ring/automorphism.hpp"
#include "ring/packed_polynomial.hpp"
#include "ring/polynomial.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::rlwe {

/// (b, a) = (-a s + e, a) over the ciphertext primes. `a` comes from a seed, which stands for it in files.
struct PublicKey {
    std::shared_ptr<const Parameters> parameters;
    PublicSeed seed;
    EvaluationPolynomial b;
    EvaluationPolynomial a;
    bool insecure = false;
};

/// Turns a product with s' into one with s. For every gadget digit j: b_j = -a_j s + e_j + P T_j s' with T_j = 1
/// modulo the digit's primes and 0 modulo the others (hybrid key switching: Gentry, Halevi, Smart 2012; Han, Ki 2020).
/// Over the ciphertext primes up to `level` and all of P; serves every level from 0 to `level`.
struct KeySwitchKey {
    int level;
    PublicSeed seed;
    std::vector<PackedPolynomial> b;
    std::vector<PackedPolynomial> a;  ///< from the seed

    std::size_t byte_count() const;
};

/// KeySwitchKey::byte_count() of a key that is yet to be made.
std::size_t key_switch_key_bytes(const Parameters& parameters, int level);

/// Switches from s to s(X^(1/element)); the automorphism X -> X^element then gives a ciphertext under s again. Kept in
/// this form so that one decomposition serves many rotations (hoisting; Halevi, Shoup 2018).
struct GaloisKey {
    Automorphism automorphism;
    KeySwitchKey key;
};

/// Leads to a sparse secret and back, so that the modulus is raised under the sparse one (sparse-secret encapsulation: Bossuat,
/// Troncoso-Pastoriza, Hubaux, "Bootstrapping for approximate homomorphic encryption with negligible failure-probability
/// by using sparse-secret encapsulation", 2022). Only the first key has samples under the sparse secret, and those of a
/// modulus so small that it is safe.
struct EncapsulationKey {
    std::shared_ptr<const Parameters> sparse_parameters;  ///< level 0 alone, with few special primes
    KeySwitchKey to_sparse;                               ///< under sparse_parameters
    KeySwitchKey from_sparse;                             ///< of the highest level

    std::size_t byte_count() const { return to_sparse.byte_count() + from_sparse.byte_count(); }
};

/// In the order in which they stand in files.
enum class KeyKind : std::uint8_t { relinearization = 1, galois = 2, encapsulation = 3 };

/// Which evaluation key of a parameter set.
struct KeyName {
    KeyKind kind;
    u32 element;  ///< of a Galois key; 0 for the others
    int level;    ///< the highest that it serves

    static KeyName relinearization(int level) { return {KeyKind::relinearization, 0, level}; }
    static KeyName galois(u32 element, int level) { return {KeyKind::galois, element, level}; }
    static KeyName encapsulation(int level) { return {KeyKind::encapsulation, 0, level}; }
    friend auto operator<=>(const KeyName&, const KeyName&) = default;
};

/// The relinearization key, a Galois key or the encapsulation's.
using EvaluationKey = std::variant<KeySwitchKey, GaloisKey, EncapsulationKey>;

inline KeyName name_of(const KeySwitchKey& relinearization) { return KeyName::relinearization(relinearization.level); }
inline KeyName name_of(const GaloisKey& key) { return KeyName::galois(key.automorphism.element(), key.key.level); }
inline KeyName name_of(const EncapsulationKey& key) { return KeyName::encapsulation(key.from_sparse.level); }

/// What an evaluator needs and may know. Holds no secret.
struct EvaluationKeys {
    std::shared_ptr<const Parameters> parameters;
    std::shared_ptr<const KeySwitchKey> relinearization;      ///< s^2 -> s; null when not generated
    std::map<u32, std::shared_ptr<const GaloisKey>> galois;   ///< by Galois element
    std::shared_ptr<const EncapsulationKey> encapsulation{};  ///< null when not generated
    bool insecure = false;

    /// In place of the one of its kind and element, if there is one.
    void add(EvaluationKey key);
    /// Ascending.
    std::vector<KeyName> names() const;
    std::size_t byte_count() const;
};

/// The uniform polynomial number `object` of a seed, canonical, at the evaluation points of every limb's prime. A
/// prime's residues do not depend on the basis: a key of a lower level has a prefix of them.
EvaluationPolynomial expand_uniform(const Ring& ring, Basis basis, const PublicSeed& seed, u64 object,
                                    const Execution& execution);

/// One limb of it: n words modulo the ring's prime number `prime`.
void expand_uniform_limb(u64* r, const Ring& ring, int prime, const PublicSeed& seed, u64 object);

}  // namespace ciphernet::rlwe
