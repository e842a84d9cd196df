#pragma once

#include <algorithm>
#include <cstddef>

#include "base/aligned_buffer.hpp"
#include "base/assert.hpp"
#include "ring/ring.hpp"

namespace ciphernet {

/// Which N numbers a limb holds: the coefficients, or the values at the odd powers of psi in bit-reversed order.
enum class Form { coefficient, evaluation };

/// A polynomial of a Ring in residues, limb after limb in one block. Canonical residues, always. The form is part of
/// the type, so that a sum across forms does not compile. Move-only: copies are large and asked for by name.
/// The ring must outlive it.
template <Form kForm>
class Polynomial {
public:
    /// Uninitialised.
    Polynomial(const Ring& ring, Basis basis)
        : ring_(&ring), basis_(basis), words_(static_cast<std::size_t>(basis.size()) * ring.n()) {
        CIPHERNET_ASSERT(basis.q >= 0 && basis.q <= ring.q_count() && basis.p >= 0 && basis.p <= ring.p_count());
    }

    static Polynomial zero(const Ring& ring, Basis basis) {
        Polynomial r(ring, basis);
        std::fill_n(r.words_.data(), r.words_.size(), u64{0});
        return r;
    }

    Polynomial(Polynomial&&) noexcept = default;
    Polynomial& operator=(Polynomial&&) noexcept = default;

    Polynomial copy() const { return copy(basis_); }

    /// A copy over a smaller basis: the limbs that both have (reduction modulo the smaller modulus).
    Polynomial copy(Basis basis) const {
        CIPHERNET_ASSERT(basis.q <= basis_.q && basis.p <= basis_.p);
        Polynomial r(*ring_, basis);
        for (int i = 0; i < basis.size(); ++i) {
            const u64* from = limb(i < basis.q ? i : basis_.q + i - basis.q);
            std::copy_n(from, n(), r.limb(i));
        }
        return r;
    }

    const Ring& ring() const { return *ring_; }
    Basis basis() const { return basis_; }
    std::size_t n() const { return ring_->n(); }
    int limb_count() const { return basis_.size(); }
    std::size_t word_count() const { return words_.size(); }

    u64* limb(int i) { return words_.data() + static_cast<std::size_t>(i) * n(); }
    const u64* limb(int i) const { return words_.data() + static_cast<std::size_t>(i) * n(); }
    const Modulus& modulus(int i) const { return ring_->modulus(basis_, i); }
    int prime(int i) const { return ring_->prime_of_limb(basis_, i); }

    /// The same words under the name of the other form; the transforms use it.
    template <Form kOther>
    Polynomial<kOther> reinterpret() && {
        return Polynomial<kOther>(*ring_, basis_, std::move(words_));
    }

private:
    template <Form>
    friend class Polynomial;
    Polynomial(const Ring& ring, Basis basis, AlignedBuffer words)
        : ring_(&ring), basis_(basis), words_(std::move(words)) {}

    const Ring* ring_;
    Basis basis_;
    AlignedBuffer words_;
};

using CoefficientPolynomial = Polynomial<Form::coefficient>;
using EvaluationPolynomial = Polynomial<Form::evaluation>;

}  // namespace ciphernet
