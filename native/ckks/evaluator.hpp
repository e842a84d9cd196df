#pragma once

#include <array>
#include <complex>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ckks/ciphertext.hpp"
#include "rlwe/key_switch.hpp"
#include "rlwe/keys.hpp"

namespace ciphernet::ckks {

class LinearTransform;
struct GiantProduct;
struct SlotPolynomial;

/// How far a product is carried. Both together share one division and are faster than one after the other.
struct ProductOptions {
    bool relinearize = true;
    bool rescale = true;
};

/// A matrix as compressed sparse rows: row r has values[k] in columns[k] for row_offsets[r] <= k < row_offsets[r + 1].
/// Entries that stand twice add up.
struct SparseRows {
    std::span<const int> row_offsets;  ///< one more than rows: ascending, from 0 to the number of values
    std::span<const int> columns;
    std::span<const double> values;
};

/// Homomorphic operations: stateless, made for one use or many, holding what it computes with. Operands of different
/// levels are brought to the lower one, at that level's scale, by one constant product; what cannot be brought together
/// is an Error{scale_mismatch}. Every operand must be of `parameters`' set (Error{parameters_mismatch}), every key that
/// is used must be there (Error{key_missing}). Operands may come with another object of an equal set; every result
/// keeps alive the one that its polynomials point into. Public data only: nothing here depends on a secret.
class Evaluator {
public:
    /// `keys` may be null: then only what needs no key works.
    Evaluator(std::shared_ptr<const Parameters> parameters, std::shared_ptr<const rlwe::EvaluationKeys> keys,
              Execution execution);

    /// Null without any.
    const std::shared_ptr<const rlwe::EvaluationKeys>& keys() const { return keys_; }

    // evaluator_linear.cpp: sums, scalars, levels
    Ciphertext add(const Ciphertext& a, const Ciphertext& b) const;
    Ciphertext subtract(const Ciphertext& a, const Ciphertext& b) const;
    Ciphertext add(const Ciphertext& a, const Plaintext& b) const;
    Ciphertext subtract(const Ciphertext& a, const Plaintext& b) const;
    Ciphertext negate(const Ciphertext& a) const;
    /// The same number in every slot; it is encoded at the scale of `a`, no level is spent.
    Ciphertext add_scalar(const Ciphertext& a, std::complex<double> b) const;
    /// add_scalar in place.
    void add_scalar_to(Ciphertext& a, std::complex<double> b) const;
    /// Spends one level, unless rescale is false.
    Ciphertext multiply_scalar(const Ciphertext& a, std::complex<double> b, bool rescale = true) const;
    /// i in every slot: exact, at any degree and scale, and no level is spent.
    Ciphertext multiply_by_i(const Ciphertext& a) const;
    /// re + i im.
    Ciphertext join_complex(const Ciphertext& re, const Ciphertext& im) const;
    /// Back from Delta^2 to the next level's Delta. Error{level_exhausted} at level 0.
    Ciphertext rescale(const Ciphertext& a) const;
    /// The same slots at a lower level. Exact up to one rounding.
    Ciphertext drop_to_level(const Ciphertext& a, int level) const;

    // evaluator_linear_map.cpp
    /// For each row r of `weights`: sum_i weights[r][i] * inputs[i] + bias[r], each with one rescaling. Every input has
    /// degree 1; one level is spent for all. A row costs its own columns only.
    std::vector<Ciphertext> linear_map(std::span<const Ciphertext* const> inputs, const SparseRows& weights,
                                       std::span<const double> bias) const;
    /// All weights, row after row: bias.size() × inputs.size().
    std::vector<Ciphertext> linear_map(std::span<const Ciphertext* const> inputs, std::span<const double> weights,
                                       std::span<const double> bias) const;

    // evaluator_product.cpp
    Ciphertext multiply(const Ciphertext& a, const Ciphertext& b, ProductOptions options = {}) const;
    Ciphertext square(const Ciphertext& a, ProductOptions options = {}) const;
    /// The sum of the products of left[i] and right[i], all of degree 1, with one key switch and one rescaling.
    Ciphertext sum_of_products(std::span<const Ciphertext* const> left, std::span<const Ciphertext* const> right) const;
    Ciphertext multiply(const Ciphertext& a, const Plaintext& b, bool rescale = true) const;
    Ciphertext relinearize(const Ciphertext& a) const;

    // evaluator_polynomial.cpp
    /// The polynomial of every slot; spends p.depth() levels. About 2 sqrt(degree) products of ciphertexts.
    /// Error{invalid_argument} for a constant or an empty interval, Error{not_finite}, Error{level_exhausted}.
    Ciphertext evaluate_polynomial(const Ciphertext& x, const SlotPolynomial& p) const;
    /// sum_k coefficients[k] x^k.
    Ciphertext evaluate_polynomial(const Ciphertext& x, std::span<const double> coefficients) const;

    // evaluator_transform.cpp
    /// A matrix times the slots; one level is spent. Error{level_exhausted} below the transform's level,
    /// Error{key_missing} without a key for each of its rotations(). Without `rescale` the result stays at the transform's
    /// level, at the scale from which a division by that level's primes leads to the next one's: for who divides later.
    Ciphertext transform(const Ciphertext& a, const LinearTransform& m, bool rescale = true) const;
    /// A matrix of blocks times several ciphertexts: output r is sum_c blocks[r][c] inputs[c], blocks row after row, null
    /// where there is none. All are of one level. The blocks of a column share their operand's decomposition and its
    /// rotations, those of a row their giant steps and the division.
    std::vector<Ciphertext> transform(std::span<const Ciphertext* const> inputs,
                                      std::span<const LinearTransform* const> blocks, bool rescale = true) const;

    // evaluator_rotation.cpp
    /// Slot i of the result is slot i + steps of `a`, cyclically over the parameter set's slots.
    Ciphertext rotate(const Ciphertext& a, int steps) const;
    /// All of them from one decomposition.
    std::vector<Ciphertext> rotate_hoisted(const Ciphertext& a, std::span<const int> steps) const;
    Ciphertext conjugate(const Ciphertext& a) const;
    /// Twice the real part of every slot, and twice the imaginary one: a + conjugate(a) and i (conjugate(a) - a), so that no
    /// level is spent; whoever comes next takes the factor along.
    std::array<Ciphertext, 2> split_complex(const Ciphertext& a) const;
    /// Slot i of the result is the sum of slots i, i + stride, …, i + (count-1) stride; count a power of two; uses the
    /// rotations stride, 2 stride, 4 stride, …
    Ciphertext inner_sum(const Ciphertext& a, int count, int stride = 1) const;
    /// N / (2 slots) times what `a` has in the subring of the set's slots; uses the rotations slots, 2 slots, … N/4. For a
    /// ciphertext that has left it.
    Ciphertext trace(const Ciphertext& a) const;

private:
    const Parameters& set() const { return *parameters_; }
    const rlwe::Parameters& rlwe() const { return parameters_->rlwe(); }
    const Ring& ring() const { return parameters_->ring(); }

    void check(const Ciphertext& a) const;
    void check(const Plaintext& b) const;
    void require_level(int level, const char* operation) const;

    /// a, its limbs of `level` and the scale Delta_level^scale_degree.
    Ciphertext at(const Ciphertext& a, int level, int scale_degree) const;
    EvaluationPolynomial adjust(const EvaluationPolynomial& a, int from, int to) const;
    /// Both at one level and scale; copies only what changes.
    struct Aligned;
    Aligned align(const Ciphertext& a, const Ciphertext& b) const;
    template <class Operation>
    Ciphertext combine(const Ciphertext& a, const Ciphertext& b, const Operation& operation) const;
    template <class Operation>
    Ciphertext combine(const Ciphertext& a, const Plaintext& b, const Operation& operation) const;

    const rlwe::KeySwitchKey& relinearization_key(int level) const;
    const rlwe::GaloisKey& galois_key(u32 element, int level, const std::string& name) const;
    const rlwe::GaloisKey& rotation_key(int steps, int level) const;
    /// steps from 1 to N/2 - 1, whatever the set's slots: those of a linear transform's vectors.
    const rlwe::GaloisKey& galois_key_of_step(int steps, int level) const;
    /// The level of the blocks, all of which can be applied.
    int check_blocks(std::span<const Ciphertext* const> inputs, std::span<const LinearTransform* const> blocks) const;
    /// sum += diagonals times rotated operand, times P, for every one of the products.
    void add_giant_products(const Ciphertext& a, std::span<const int> babies,
                            std::span<const GiantProduct> products) const;
    /// total += sum, rotated by `step`; all times P.
    void add_giant_step(std::array<EvaluationPolynomial, 2>& total, const std::array<EvaluationPolynomial, 2>& sum,
                        int step, int level) const;
    /// (c_0, c_1, c_2) of degree 2 and scale Delta^2 brought to degree 1; add gives c_0 and c_1 limb by limb.
    Ciphertext switch_product(const EvaluationPolynomial& c_2,
                              std::function<const u64*(int part, int i, u64* scratch)> add, int level,
                              NoiseEstimate noise, bool insecure, bool rescale_result) const;
    /// One result a key, from one decomposition.
    std::vector<Ciphertext> apply_galois(const Ciphertext& a, std::span<const rlwe::GaloisKey* const> keys) const;
    Ciphertext automorphism(const Ciphertext& a, u32 element, const std::string& name) const;
    void divide_last_level(Ciphertext& a) const;

    std::shared_ptr<const Parameters> parameters_;
    std::shared_ptr<const rlwe::EvaluationKeys> keys_;
    Execution execution_;
};

}  // namespace ciphernet::ckks
