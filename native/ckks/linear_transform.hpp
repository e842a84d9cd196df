#pragma once

#include <map>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "ckks/encoder.hpp"
#include "ckks/parameters.hpp"
#include "ring/packed_polynomial.hpp"
#include "ring/repeated_polynomial.hpp"

namespace ciphernet::ckks {

/// Diagonal `index` of a matrix that maps the slots to the slots: entry i is M[i][(i + index) mod slots]. Missing entries
/// at the end are zero.
struct Diagonal {
    int index;
    SlotVector values;
};

struct LinearTransformOptions {
    /// Of the vectors, at least the parameter set's: the slots of a sparse packing stand several times in a longer vector.
    int log_slots = -1;
    /// Rotations of the operand from one to the next, 1 to slots; 0 chooses the cheapest split within most_keys.
    int baby_steps = 0;
    int most_keys = 1 << 20;
    /// Giant steps one after the other, each by the same rotation (or its inverse), so that two keys serve all of them:
    /// sum_g rot_g(s_g) = s_0 + rot_1(s_1 + rot_1(s_2 + ...)). As fast within about a tenth.
    bool chained = false;
};

/// A matrix times the slots, ready to be applied: its non-zero diagonals, encoded over Q and P. With n1 baby steps diagonal
/// k = g n1 + b is turned back by g n1 beforehand, so that M x = sum_g rot_(g n1)( sum_b d_k rot_b(x) ) needs one rotation
/// for each b and g that occur (baby-step giant-step; Halevi, Shoup 2018). The operand is decomposed once, and sums stay
/// over Q and P, so that only the giant steps and the result are divided by P (double hoisting; Bossuat, Mouchet,
/// Troncoso-Pastoriza, Hubaux, "Efficient bootstrapping for approximate homomorphic encryption with non-sparse keys", 2021).
class LinearTransform {
public:
    /// A diagonal over Q and P. One whose entries repeat after a power of two is a polynomial in a power of X, and takes as
    /// much less memory (the factors of a discrete Fourier transform, blocks on a diagonal, copies of a small matrix).
    using Encoded = std::variant<PackedPolynomial, RepeatedPolynomial>;
    /// The entries of one giant step.
    struct Term {
        int baby;  ///< the operand's rotation, an index into baby_steps()
        Encoded diagonal;
    };
    struct Giant {
        int step;  ///< 0 to slots - 1
        std::vector<Term> terms;
    };

    /// For operands at `level` or above, which is spent. Diagonals of zeros are kept, so that a plan's rotations follow from
    /// the shape of its matrices alone. Diagonals of equal index modulo the slots are an error, as is
    /// none at all: Error{invalid_argument}; Error{not_finite}; Error{level_exhausted} for level 0;
    /// Error{parameters_invalid} without P.
    static LinearTransform encode(const std::shared_ptr<const Parameters>& parameters,
                                  std::span<const Diagonal> diagonals, int level, const LinearTransformOptions& options,
                                  const Execution& execution);

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    int level() const { return level_; }
    std::size_t slots() const { return std::size_t{1} << log_slots_; }
    const std::vector<int>& baby_steps() const { return baby_steps_; }
    const std::vector<Giant>& giants() const { return giants_; }
    bool chained() const { return chained_; }
    /// Rotations from one giant step to the next.
    int giant_step() const { return giant_step_; }
    /// Every rotation that a key is needed for, ascending, 1 to slots - 1.
    std::vector<int> rotations() const;
    /// The largest sum over a row of the magnitudes of its entries: no slot of the result is more than this times the
    /// largest of the operand.
    double norm() const { return norm_; }
    std::size_t diagonal_count() const;
    std::size_t byte_count() const;
    /// Whether a diagonal that repeats after 2^log_period entries is kept as a RepeatedPolynomial.
    static bool is_repeated(int log_n, int log_period);

private:
    LinearTransform(std::shared_ptr<const Parameters> parameters, int log_slots, int level)
        : parameters_(std::move(parameters)), log_slots_(log_slots), level_(level) {}

    std::shared_ptr<const Parameters> parameters_;
    int log_slots_;
    int level_;
    std::vector<int> baby_steps_;
    std::vector<Giant> giants_;
    int giant_step_ = 0;
    bool chained_ = false;
    double norm_ = 0;
};

/// What the cost of a key switch depends on.
struct KeySwitchShape {
    int log_n;
    int limbs;    ///< of Q, at the level
    int special;  ///< of P
    int digits;

    static KeySwitchShape of(const Parameters& parameters, int level);
};

/// The rotations that diagonals with these indices (0 to slots - 1) need when split by `baby_steps`, without 0, ascending.
std::vector<int> rotations_of_split(std::span<const int> indices, int baby_steps);
/// The same with chained giant steps.
std::vector<int> rotations_of_chain(std::span<const int> indices, int baby_steps, std::size_t slots);

/// The split with the least cost, counted in transforms and products, among those with at most `most_keys` rotations; the
/// one with the fewest rotations when none has so few.
int choose_baby_steps(const KeySwitchShape& shape, std::span<const int> indices, std::size_t slots, int most_keys,
                      bool chained = false);

}  // namespace ciphernet::ckks
