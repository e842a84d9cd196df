#pragma once

#include "base/execution.hpp"
#include "base/row_stride.hpp"
#include "ring/polynomial.hpp"
#include "rlwe/parameters.hpp"

namespace ciphernet::rlwe {

/// The gadget digits of a polynomial at `level`, before they are carried over to other primes (ModUp): the rows of
/// BaseConverter, digit after digit. Made once, used limb by limb with any number of keys (hoisting). The polynomial
/// must outlive them.
class Digits {
public:
    Digits(const Parameters& parameters, const EvaluationPolynomial& a, int level, const Execution& execution);

    int level() const { return level_; }
    int count() const { return count_; }
    std::size_t n() const { return a_.n(); }

    /// Digit j modulo the primes of limbs first … end-1 of the key basis, as coefficients: limb i in to[i - first], but for
    /// the limbs that the digit is made of. Block after block for all limbs together, so that a digit is read from
    /// memory once.
    void convert(int j, int first, int end, u64* const* to) const;

    /// Limb i of digit j at the evaluation points: what convert() left in `limb`, transformed there; made there out of a
    /// digit of one prime; or the polynomial's own limb.
    const u64* evaluate(int j, int i, u64* limb) const;

private:
    /// Every digit before j has its limbs and one row of wraps.
    std::size_t offset(int j) const {
        return static_cast<std::size_t>(parameters_.digit_limbs(level_, j).first + j) * row_stride(a_.n());
    }
    const BaseConverter& converter(int j) const { return parameters_.digit_converter(level_, j); }
    int prime(int i) const { return parameters_.ring().prime_of_limb(parameters_.key_basis(level_), i); }
    bool is_own(int j, int i) const {
        const auto [first, end] = parameters_.digit_limbs(level_, j);
        return first <= i && i < end;
    }

    const Parameters& parameters_;
    const EvaluationPolynomial& a_;
    int level_;
    int count_;
    AlignedBuffer rows_;
};

}  // namespace ciphernet::rlwe
