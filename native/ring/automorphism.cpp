#include "ring/automorphism.hpp"

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {
namespace {

u32 reverse_bits(u32 x, int bits) {
    u32 r = 0;
    for (int i = 0; i < bits; ++i) r |= ((x >> i) & 1u) << (bits - 1 - i);
    return r;
}

u32 power_of_two_order(const Ring& ring) { return static_cast<u32>(2 * ring.n()); }

}  // namespace

Automorphism::Automorphism(const Ring& ring, u32 element) : element_(element), index_(ring.n()) {
    CIPHERNET_ASSERT(element % 2 == 1 && element < power_of_two_order(ring));
    // Point i is psi^(2 brv(i) + 1); a(X^g) there is a at psi^(g (2 brv(i) + 1)).
    const u32 mask = power_of_two_order(ring) - 1;
    const int bits = ring.log_n();
    for (u32 i = 0; i < index_.size(); ++i) {
        const u32 exponent = (element * (2 * reverse_bits(i, bits) + 1)) & mask;
        index_[i] = reverse_bits((exponent - 1) / 2, bits);
    }
}

u32 rotation_element(const Ring& ring, int steps) {
    const auto slots = static_cast<i64>(ring.n() / 2);
    u64 remaining = static_cast<u64>(((steps % slots) + slots) % slots);
    const u64 mask = power_of_two_order(ring) - 1;
    u64 element = 1;
    for (u64 base = 5 & mask; remaining != 0; remaining >>= 1, base = (base * base) & mask)
        if (remaining & 1) element = (element * base) & mask;
    return static_cast<u32>(element);
}

u32 conjugation_element(const Ring& ring) { return power_of_two_order(ring) - 1; }

u32 inverse_element(const Ring& ring, u32 element) {
    // Newton's iteration modulo a power of two; an odd number is its own inverse modulo 8.
    u32 x = element;
    for (int i = 0; i < 5; ++i) x *= 2 - element * x;
    return x & (power_of_two_order(ring) - 1);
}

void apply(EvaluationPolynomial& r, const EvaluationPolynomial& a, const Automorphism& automorphism,
           const Execution& execution) {
    for_each_limb(execution, r.n(), r.limb_count(),
                  [&](int i) { kernels().permute(r.limb(i), a.limb(i), automorphism.index().data(), r.n()); });
}

void apply(CoefficientPolynomial& r, const CoefficientPolynomial& a, const Automorphism& automorphism,
           const Execution& execution) {
    const u64 inverse = inverse_element(r.ring(), automorphism.element());
    for_each_limb(execution, r.n(), r.limb_count(), [&](int i) {
        kernels().substitute(r.limb(i), a.limb(i), inverse, r.n(), &r.modulus(i).constants());
    });
}

}  // namespace ciphernet
