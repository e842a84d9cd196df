#include "ckks/constant.hpp"

#include <cmath>
#include <string>

#include "base/error.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {

std::vector<u64> constant_residues(const Ring& ring, Basis basis, DoubleDouble x) {
    if (!(std::fabs(x.hi) < std::ldexp(1.0, 126)))
        throw Error(ErrorCode::value_out_of_range, "A constant times its scale is " + std::to_string(std::log2(std::fabs(x.hi))) +
                                                       " bits long; at most 126 fit. Use a smaller constant.");
    const i128 integer = round_to_int128(x);
    std::vector<u64> residues;
    for (int i = 0; i < basis.size(); ++i) residues.push_back(ring.modulus(basis, i).reduce_signed(integer));
    return residues;
}

SlotConstant slot_constant(const Ring& ring, Basis basis, std::complex<double> value, DoubleDouble scale) {
    if (!std::isfinite(value.real()) || !std::isfinite(value.imag()))
        throw Error(ErrorCode::not_finite, "Expected a finite number for a scalar operand.");
    double log2_modulus = -1;
    for (int i = 0; i < basis.size(); ++i) log2_modulus += std::log2(static_cast<double>(ring.modulus(basis, i).value()));
    const double size = std::max(std::fabs(value.real()), std::fabs(value.imag()));
    if (size != 0 && std::log2(size) + std::log2(scale.hi) >= log2_modulus)
        throw Error(ErrorCode::value_out_of_range, "The scalar " + std::to_string(size) + " does not fit at this level: at most 2^" +
                                                       std::to_string(log2_modulus - std::log2(scale.hi)) + " does.",
                    {{"value", std::to_string(size)}});
    SlotConstant c{constant_residues(ring, basis, scale * value.real()), {}, value.imag() == 0};
    c.second_half = c.first_half;
    if (c.real) return c;
    const std::vector<u64> im = constant_residues(ring, basis, scale * value.imag());
    for (std::size_t i = 0; i < im.size(); ++i) {
        const int prime = ring.prime_of_limb(basis, static_cast<int>(i));
        const Modulus& q = ring.modulus(prime);
        const u64 root = ring.ntt(prime).table().roots[1];  // psi^(N/2), a square root of -1
        const u64 turned = q.multiply(im[i], root);
        c.first_half[i] = q.add(c.first_half[i], turned);
        c.second_half[i] = q.subtract(c.second_half[i], turned);
    }
    return c;
}

void multiply_constant(EvaluationPolynomial& r, const EvaluationPolynomial& a, const SlotConstant& c, const Execution& execution) {
    if (c.real) {
        multiply_scalar(r, a, c.first_half, execution);
        return;
    }
    const std::size_t half = r.n() / 2;
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const Modulus& q = r.modulus(i);
        const auto k = static_cast<std::size_t>(i);
        kernels().multiply_scalar(r.limb(i), a.limb(i), q.shoup(c.first_half[k]), half, &q.constants());
        kernels().multiply_scalar(r.limb(i) + half, a.limb(i) + half, q.shoup(c.second_half[k]), half, &q.constants());
    });
}

void add_constant(EvaluationPolynomial& r, const SlotConstant& c, const Execution& execution) {
    const std::size_t half = r.n() / 2;
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const Modulus& q = r.modulus(i);
        const auto j = static_cast<std::size_t>(i);
        u64* limb = r.limb(i);
        for (std::size_t k = 0; k < half; ++k) limb[k] = q.add(limb[k], c.first_half[j]);
        for (std::size_t k = half; k < 2 * half; ++k) limb[k] = q.add(limb[k], c.second_half[j]);
    });
}

}  // namespace ciphernet::ckks
