#include "ring/packed_polynomial.hpp"

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {

PackedPolynomial::PackedPolynomial(const Ring& ring, Basis basis) : ring_(&ring), basis_(basis), offsets_{0} {
    for (int i = 0; i < basis.size(); ++i)
        offsets_.push_back(offsets_.back() + packed_bytes(ring.n(), ring.modulus(basis, i).bits()));
    words_ = AlignedBuffer((offsets_.back() + sizeof(u64) - 1) / sizeof(u64));
}

PackedPolynomial PackedPolynomial::pack(const EvaluationPolynomial& a, const Execution& execution) {
    PackedPolynomial r(a.ring(), a.basis());
    for_each_limb(execution, a.n(), a.limb_count(),
                  [&](int i) { kernels().pack(r.limb(i), a.limb(i), a.n(), a.modulus(i).bits()); });
    return r;
}

EvaluationPolynomial PackedPolynomial::unpack(const Execution& execution) const {
    EvaluationPolynomial r(*ring_, basis_);
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        const Modulus& q = r.modulus(i);
        const bool canonical = kernels().unpack(r.limb(i), limb(i), r.n(), q.bits(), q.value());
        CIPHERNET_ASSERT(canonical);
    });
    return r;
}

}  // namespace ciphernet
