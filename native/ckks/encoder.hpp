#pragma once

#include <memory>
#include <span>
#include <vector>

#include "base/execution.hpp"
#include "ckks/ciphertext.hpp"
#include "ring/mixed_radix.hpp"

namespace ciphernet::ckks {

/// Slot values as the user has them; `im` is empty for real ones.
struct SlotView {
    std::span<const double> re;
    std::span<const double> im = {};

    std::size_t size() const { return re.size(); }
};

struct SlotVector {
    std::vector<double> re;
    std::vector<double> im;
};

/// round(Delta_level * sigma^-1(values)), fewer values than slots padded with zeros, at the evaluation points.
/// `magnitude` bounds |value| (public: it travels with what is made from the plaintext).
/// Throws Error{not_finite}, Error{value_out_of_range}, Error{invalid_argument}. Not constant time in the values.
Plaintext encode(const std::shared_ptr<const Parameters>& parameters, SlotView values, int level, double magnitude,
                 const Execution& execution);
/// The coefficients themselves: what encryption adds its error to.
WideIntegers encode_coefficients(const Parameters& parameters, SlotView values, int level, double magnitude,
                                 const Execution& execution);

/// The slots of a plaintext at Delta_level.
SlotVector decode(const Parameters& parameters, const Plaintext& plaintext, const Execution& execution);
SlotVector decode_coefficients(const Parameters& parameters, const CoefficientPolynomial& value, int level,
                               int scale_degree, const Execution& execution);

}  // namespace ciphernet::ckks
