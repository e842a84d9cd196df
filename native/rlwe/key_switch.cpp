#include "rlwe/key_switch.hpp"

#include <utility>

#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {

namespace {

/// The digits of a polynomial before they are carried over to other primes: what BaseConverter::prepare() makes of them,
/// digit after digit in one block.
class ScaledDigits {
public:
    ScaledDigits(const Parameters& parameters, const EvaluationPolynomial& a, int level, const Execution& execution)
        : parameters_(parameters),
          a_(a),
          level_(level),
          count_(parameters.digit_count(level)),
          rows_(static_cast<std::size_t>(parameters.limb_count(level) + count_) * a.n()) {
        const std::size_t n = a.n();
        const auto row = [&](int i) {
            const int j = i / parameters.digit_width();
            return rows_.data() + offset(j) + static_cast<std::size_t>(i - parameters.digit_limbs(level, j).first) * n;
        };
        for_each_limb(execution, n, parameters.limb_count(level), [&](int i) {
            std::copy_n(a.limb(i), n, row(i));
            a.ring().ntt(i).inverse(row(i));
        });
        for_each_limb(execution, n * static_cast<std::size_t>(parameters.digit_width()), count_, [&](int j) {
            const auto [first, end] = parameters.digit_limbs(level, j);
            std::vector<const u64*> residues;
            for (int i = first; i < end; ++i) residues.push_back(row(i));
            parameters.digit_converter(level, j).prepare(rows_.data() + offset(j), residues.data(), n, execution);
        });
    }

    int count() const { return count_; }

    /// Digit j modulo the primes of limbs first … end-1 of the key basis, at the evaluation points: values[i - first] is
    /// the polynomial's own limb where that is the digit, and a block at scratch + (i - first) stride elsewhere.
    /// Block after block for all limbs together, so that a digit is read from memory once.
    void evaluate(int j, int first, int end, u64* scratch, std::size_t stride, const u64** values) const {
        const auto [own_first, own_end] = parameters_.digit_limbs(level_, j);
        const Ring& ring = parameters_.ring();
        const Basis basis = parameters_.key_basis(level_);
        const BaseConverter& converter = parameters_.digit_converter(level_, j);
        const std::size_t n = ring.n();
        const std::size_t block = std::min(n, kBlockWords);
        const auto own = [&, from = own_first, to = own_end](int i) { return i >= from && i < to; };
        const auto at = [&](int i) { return scratch + static_cast<std::size_t>(i - first) * stride; };
        for (std::size_t k = 0; k < n; k += block)
            for (int i = first; i < end; ++i)
                if (!own(i))
                    converter.convert(at(i) + k, rows_.data() + offset(j) + k, n, block, ring.prime_of_limb(basis, i));
        for (int i = first; i < end; ++i) {
            values[i - first] = own(i) ? a_.limb(i) : at(i);
            if (!own(i)) ring.ntt(ring.prime_of_limb(basis, i)).forward(at(i));
        }
    }

private:
    /// Every digit before j has its limbs and one row of wraps.
    std::size_t offset(int j) const {
        return static_cast<std::size_t>(parameters_.digit_limbs(level_, j).first + j) * a_.n();
    }

    const Parameters& parameters_;
    const EvaluationPolynomial& a_;
    int level_;
    int count_;
    AlignedBuffer rows_;
};

/// Limb i of both sums over the digits given by their limbs.
void multiply_limb(std::array<EvaluationPolynomial, 2>& sums, const std::vector<const u64*>& digits,
                   const KeySwitchKey& key, int i, int key_limb) {
    const std::size_t terms = digits.size();
    const ModulusConstants& q = sums[0].modulus(i).constants();
    std::vector<const u64*> b(terms), a(terms);
    for (std::size_t j = 0; j < terms; ++j) {
        b[j] = key.b[j].limb(key_limb);
        a[j] = key.a[j].limb(key_limb);
    }
    kernels().dot(sums[0].limb(i), digits.data(), b.data(), terms, sums[0].n(), &q);
    kernels().dot(sums[1].limb(i), digits.data(), a.data(), terms, sums[1].n(), &q);
}

/// Where limb i of the key basis at `level` lies in a key.
int limb_of_key(const Parameters& parameters, const KeySwitchKey& key, int level, int i) {
    const int limbs = parameters.limb_count(level);
    return i < limbs ? i : parameters.limb_count(key.level) + i - limbs;
}

}  // namespace

Decomposition decompose(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                        const Execution& execution) {
    const Ring& ring = parameters.ring();
    const Basis basis = parameters.key_basis(level);
    const ScaledDigits scaled(parameters, a, level, execution);
    Decomposition result{.level = level, .digits = {}};
    for (int j = 0; j < scaled.count(); ++j) result.digits.emplace_back(ring, basis);
    for (int j = 0; j < scaled.count(); ++j) {
        EvaluationPolynomial& digit = result.digits[static_cast<std::size_t>(j)];
        for_each_group(execution, ring.n(), basis.size(), kGroup, [&](int first, int end) {
            std::array<const u64*, kGroup> values{};
            scaled.evaluate(j, first, end, digit.limb(first), ring.n(), values.data());
            for (int i = first; i < end; ++i)
                if (const u64* value = values[static_cast<std::size_t>(i - first)]; value != digit.limb(i))
                    std::copy_n(value, ring.n(), digit.limb(i));
        });
    }
    return result;
}

std::array<EvaluationPolynomial, 2> inner_product(const Parameters& parameters, const Decomposition& decomposition,
                                                  const KeySwitchKey& key, const Execution& execution) {
    CIPHERNET_ASSERT(key.level >= decomposition.level);
    const Ring& ring = parameters.ring();
    const Basis basis = parameters.key_basis(decomposition.level);
    std::array<EvaluationPolynomial, 2> sums{EvaluationPolynomial(ring, basis), EvaluationPolynomial(ring, basis)};
    for_each_limb(execution, ring.n(), basis.size(), [&](int i) {
        std::vector<const u64*> digits;
        for (const EvaluationPolynomial& digit : decomposition.digits) digits.push_back(digit.limb(i));
        multiply_limb(sums, digits, key, i, limb_of_key(parameters, key, decomposition.level, i));
    });
    return sums;
}

std::array<EvaluationPolynomial, 2> decompose_and_multiply(const Parameters& parameters, const EvaluationPolynomial& a,
                                                           int level, const KeySwitchKey& key,
                                                           const Execution& execution) {
    CIPHERNET_ASSERT(key.level >= level);
    const Ring& ring = parameters.ring();
    const std::size_t n = ring.n();
    const Basis basis = parameters.key_basis(level);
    const ScaledDigits scaled(parameters, a, level, execution);
    std::array<EvaluationPolynomial, 2> sums{EvaluationPolynomial(ring, basis), EvaluationPolynomial(ring, basis)};
    const auto digit_count = static_cast<std::size_t>(scaled.count());
    for_each_group(execution, n, basis.size(), kGroup, [&](int first, int end) {
        AlignedBuffer scratch(digit_count * kGroup * n);
        std::vector<const u64*> values(digit_count * kGroup);  // digit after digit
        for (std::size_t j = 0; j < digit_count; ++j)
            scaled.evaluate(static_cast<int>(j), first, end, scratch.data() + j * kGroup * n, n,
                            values.data() + j * kGroup);
        std::vector<const u64*> digits(digit_count);
        for (int i = first; i < end; ++i) {
            for (std::size_t j = 0; j < digit_count; ++j)
                digits[j] = values[j * kGroup + static_cast<std::size_t>(i - first)];
            multiply_limb(sums, digits, key, i, limb_of_key(parameters, key, level, i));
        }
    });
    return sums;
}

std::array<EvaluationPolynomial, 2> key_switch(const Parameters& parameters, const EvaluationPolynomial& a, int level,
                                               const KeySwitchKey& key, const Execution& execution) {
    const auto sums = decompose_and_multiply(parameters, a, level, key, execution);
    auto parts = divide_and_round(sums, parameters.ring().p_count(), parameters.special_converter(), execution);
    return {std::move(parts[0]), std::move(parts[1])};
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
