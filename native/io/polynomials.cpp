#include "io/polynomials.hpp"

#include <algorithm>

#include "io/envelope.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet::io {

std::size_t polynomial_bytes(const Ring& ring, Basis basis) {
    std::size_t bytes = 0;
    for (int i = 0; i < basis.size(); ++i) bytes += packed_bytes(ring.n(), ring.modulus(basis, i).bits());
    return bytes;
}

void PackQueue::add(std::uint8_t* out, const EvaluationPolynomial& a) {
    for (int i = 0; i < a.limb_count(); ++i) {
        const int bits = a.modulus(i).bits();
        limbs_.push_back({out, a.limb(i), a.n(), bits});
        out += packed_bytes(a.n(), bits);
    }
}

void PackQueue::run(const Execution& execution) const {
    execution.parallel_for(limbs_.size(), [&](std::size_t i) {
        kernels().pack(limbs_[i].out, limbs_[i].residues, limbs_[i].n, limbs_[i].bits);
    });
}

void UnpackQueue::add(EvaluationPolynomial& a, ByteView bytes) {
    const std::uint8_t* in = bytes.data();
    for (int i = 0; i < a.limb_count(); ++i) {
        const Modulus& q = a.modulus(i);
        limbs_.push_back({a.limb(i), nullptr, in, a.n(), q.bits(), q.value()});
        in += packed_bytes(a.n(), q.bits());
    }
}

void UnpackQueue::add(PackedPolynomial& a, ByteView bytes) {
    const std::uint8_t* in = bytes.data();
    for (int i = 0; i < a.basis().size(); ++i) {
        const Modulus& q = a.ring().modulus(a.basis(), i);
        limbs_.push_back({nullptr, a.limb(i), in, a.ring().n(), q.bits(), q.value()});
        in += packed_bytes(a.ring().n(), q.bits());
    }
}

void UnpackQueue::run(const Execution& execution) const {
    execution.parallel_for(limbs_.size(), [&](std::size_t i) {
        const Limb& limb = limbs_[i];
        AlignedBuffer scratch(limb.residues ? 0 : limb.n);
        u64* residues = limb.residues ? limb.residues : scratch.data();
        if (!kernels().unpack(residues, limb.bytes, limb.n, limb.bits, limb.prime))
            refuse_corrupt("residues", "A residue is not below its prime " + std::to_string(limb.prime) + ".");
        if (limb.packed) std::copy_n(limb.bytes, packed_bytes(limb.n, limb.bits), limb.packed);
    });
}

bool is_zero(const EvaluationPolynomial& a) {
    return std::all_of(a.limb(0), a.limb(0) + a.word_count(), [](u64 x) { return x == 0; });
}

}  // namespace ciphernet::io
