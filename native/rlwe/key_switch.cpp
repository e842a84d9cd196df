#include "rlwe/key_switch.hpp"

#include <utility>

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {

Decomposition decompose(const Parameters& parameters, const EvaluationPolynomial& a, int level, const Execution& execution) {
    const Ring& ring = parameters.ring();
    const std::size_t n = ring.n();
    const Basis basis = parameters.key_basis(level);
    const int digits = parameters.digit_count(level);
    const CoefficientPolynomial coefficients = to_coefficient(a.copy(parameters.basis(level)), execution);

    Decomposition result{.level = level, .digits = {}};
    AlignedBuffer scaled((static_cast<std::size_t>(parameters.digit_width()) + 1) * n);
    std::vector<const u64*> residues;
    for (int j = 0; j < digits; ++j) {
        const auto [first, end] = parameters.digit_limbs(level, j);
        const BaseConverter& converter = parameters.digit_converter(level, j);
        residues.clear();
        for (int i = first; i < end; ++i) residues.push_back(coefficients.limb(i));
        converter.prepare(scaled.data(), residues.data(), n, execution);

        EvaluationPolynomial digit(ring, basis);
        for_each_limb(execution, n, basis.size(), [&, first = first, end = end](int i) {
            if (i >= first && i < end) {
                std::copy_n(a.limb(i), n, digit.limb(i));  // the digit is the value itself modulo its own primes
                return;
            }
            converter.convert(digit.limb(i), scaled.data(), n, digit.prime(i));
            ring.ntt(digit.prime(i)).forward(digit.limb(i));
        });
        result.digits.push_back(std::move(digit));
    }
    return result;
}

std::array<EvaluationPolynomial, 2> inner_product(const Parameters& parameters, const Decomposition& decomposition,
                                                  const KeySwitchKey& key, const Execution& execution) {
    CIPHERNET_ASSERT(key.level >= decomposition.level);
    const Ring& ring = parameters.ring();
    const Basis basis = parameters.key_basis(decomposition.level);
    const int key_limbs = parameters.limb_count(key.level);
    const std::size_t terms = decomposition.digits.size();
    std::array<EvaluationPolynomial, 2> result{EvaluationPolynomial(ring, basis), EvaluationPolynomial(ring, basis)};

    for_each_limb(execution, ring.n(), basis.size(), [&](int i) {
        const int key_limb = i < basis.q ? i : key_limbs + i - basis.q;
        std::vector<const u64*> digit(terms), b(terms), a(terms);
        for (std::size_t j = 0; j < terms; ++j) {
            digit[j] = decomposition.digits[j].limb(i);
            b[j] = key.b[j].limb(key_limb);
            a[j] = key.a[j].limb(key_limb);
        }
        const ModulusConstants& q = ring.modulus(basis, i).constants();
        kernels().dot(result[0].limb(i), digit.data(), b.data(), terms, ring.n(), &q);
        kernels().dot(result[1].limb(i), digit.data(), a.data(), terms, ring.n(), &q);
    });
    return result;
}

std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const KeySwitchKey& key, const Execution& execution) {
    const auto product = inner_product(parameters, decompose(parameters, a, level, execution), key, execution);
    const int dropped = parameters.ring().p_count();
    return {divide_and_round(product[0], dropped, parameters.special_converter(), execution),
            divide_and_round(product[1], dropped, parameters.special_converter(), execution)};
}

void add_times_special(EvaluationPolynomial& c, const EvaluationPolynomial& a, const Execution& execution) {
    const Ring& ring = c.ring();
    // Modulo the primes of P the product vanishes.
    for_each_limb(execution, c.n(), c.basis().q, [&](int i) {
        const Modulus& q = ring.modulus(i);
        u64 p = 1;
        for (int k = 0; k < ring.p_count(); ++k) p = q.multiply(p, q.reduce(ring.modulus(ring.q_count() + k).value()));
        AlignedBuffer scaled(c.n());
        kernels().multiply_scalar(scaled.data(), a.limb(i), q.shoup(p), c.n(), &q.constants());
        kernels().add(c.limb(i), c.limb(i), scaled.data(), c.n(), &q.constants());
    });
}

}  // namespace ciphernet::rlwe
