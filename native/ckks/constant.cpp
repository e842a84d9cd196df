#include "ckks/constant.hpp"

#include "ckks/encoding.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

/// X^(N/2) at the evaluation points of the first half of a limb; it is the negative of that in the second.
u64 root_of_minus_one(const Ring& ring, Basis basis, std::size_t limb) {
    return ring.ntt(ring.prime_of_limb(basis, static_cast<int>(limb))).table().roots[1];  // psi^(N/2)
}

}  // namespace

SlotConstant slot_constant(const Ring& ring, Basis basis, std::complex<double> value, DoubleDouble scale) {
    SlotConstant c{encode_constant(ring, basis, {value.real(), 0}, scale), {}, value.imag() == 0};
    c.second_half = c.first_half;
    if (c.real) return c;
    const std::vector<u64> im = encode_constant(ring, basis, {value.imag(), 0}, scale);
    for (std::size_t i = 0; i < im.size(); ++i) {
        const Modulus& q = ring.modulus(basis, static_cast<int>(i));
        const u64 turned = q.multiply(im[i], root_of_minus_one(ring, basis, i));
        c.first_half[i] = q.add(c.first_half[i], turned);
        c.second_half[i] = q.subtract(c.second_half[i], turned);
    }
    return c;
}

SlotConstant imaginary_unit(const Ring& ring, Basis basis) {
    SlotConstant c{{}, {}, false};
    for (std::size_t i = 0; i < static_cast<std::size_t>(basis.size()); ++i) {
        const u64 root = root_of_minus_one(ring, basis, i);
        c.first_half.push_back(root);
        c.second_half.push_back(ring.modulus(basis, static_cast<int>(i)).negate(root));
    }
    return c;
}

void multiply_constant(EvaluationPolynomial& r, const EvaluationPolynomial& a, const SlotConstant& c,
                       const Execution& execution) {
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
    if (c.real) {
        ciphernet::add_constant(r, c.first_half, execution);
        return;
    }
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
