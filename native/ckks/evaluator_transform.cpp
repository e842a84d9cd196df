#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/linear_transform.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

// Linear transforms by double-hoisted baby-step giant-step. Limbs are those of the key basis, Q and P.

namespace ciphernet::ckks {
namespace {

using Pair = std::array<EvaluationPolynomial, 2>;

/// Products of diagonals are made in blocks of this many words: a block of every diagonal lies in the second-level cache.
constexpr std::size_t kBlockWords = 512;
/// Rows begin at different places of a page, or all would fight for one set of the first-level cache.
constexpr std::size_t kRowOffset = 8;

/// Limb i of P times both parts of a: what a ciphertext is among sums of products with keys. Zero modulo the primes of P.
void times_special(u64* const* to, const Ciphertext& a, const Ring& ring, int limbs, int i) {
    const Modulus& q = ring.modulus(a.body.parts[0].basis(), std::min(i, limbs - 1));
    for (std::size_t part = 0; part < 2; ++part) {
        if (i >= limbs)
            std::fill_n(to[part], ring.n(), u64{0});
        else
            kernels().multiply_scalar(to[part], a.body.parts[part].limb(i), q.shoup(rlwe::special_modulo(ring, q)),
                                      ring.n(), &q.constants());
    }
}

/// One limb of the rotated operand: both parts for every baby step.
class BabyRows {
public:
    BabyRows(const Ring& ring, std::size_t count) : stride_(ring.n() + kRowOffset), words_(2 * count * stride_) {}
    u64* row(std::size_t baby, std::size_t part) { return words_.data() + (2 * baby + part) * stride_; }

private:
    std::size_t stride_;
    AlignedBuffer words_;
};

/// Limb i of sum_b d_b x_b for both parts.
void multiply_diagonals(Pair& sum, const LinearTransform::Giant& giant, BabyRows& rows, int i) {
    const std::size_t n = sum[0].n();
    const Modulus& q = sum[0].modulus(i);
    const std::size_t terms = giant.terms.size();
    const std::size_t block = std::min(n, kBlockWords);
    const std::size_t stride = block + kRowOffset;
    AlignedBuffer diagonals(terms * stride);
    std::vector<const u64*> d(terms), x(terms);
    for (std::size_t t = 0; t < terms; ++t) d[t] = diagonals.data() + t * stride;
    for (std::size_t k = 0; k < n; k += block) {
        for (std::size_t t = 0; t < terms; ++t) {
            const std::uint8_t* packed = giant.terms[t].diagonal.limb(i) + k / 8 * static_cast<std::size_t>(q.bits());
            const bool canonical = kernels().unpack(diagonals.data() + t * stride, packed, block, q.bits(), q.value());
            CIPHERNET_ASSERT(canonical);
        }
        for (std::size_t part = 0; part < 2; ++part) {
            for (std::size_t t = 0; t < terms; ++t)
                x[t] = rows.row(static_cast<std::size_t>(giant.terms[t].baby), part) + k;
            kernels().dot(sum[part].limb(i) + k, d.data(), x.data(), terms, block, &q.constants());
        }
    }
}

}  // namespace

std::vector<std::array<EvaluationPolynomial, 2>> Evaluator::giant_sums(const Ciphertext& a,
                                                                       const LinearTransform& m) const {
    const int level = a.level();
    const Basis basis = rlwe().key_basis(level);
    const int limbs = rlwe().limb_count(level);
    std::vector<const rlwe::GaloisKey*> keys;
    std::vector<rlwe::SwitchKey> switches;
    for (const int step : m.baby_steps()) {
        if (step == 0) continue;
        keys.push_back(&rotation_key(step, level));
        switches.push_back({&keys.back()->key});
    }
    std::vector<Pair> sums;
    for (std::size_t g = 0; g < m.giants().size(); ++g)
        sums.push_back({EvaluationPolynomial(ring(), basis), EvaluationPolynomial(ring(), basis)});
    const rlwe::Digits digits(rlwe(), a.body.parts[1], level, execution_);
    const std::size_t n = ring().n();
    for_each_limb(execution_, n, basis.size(), [&](int i) {
        const Modulus& q = ring().modulus(basis, i);
        BabyRows rows(ring(), m.baby_steps().size());
        AlignedBuffer scratch(4 * n);
        std::array<u64*, 2> unturned{scratch.data(), scratch.data() + n};
        std::array<u64*, 2> own{scratch.data() + 2 * n, scratch.data() + 3 * n};
        std::array<const u64*, 2> made{};
        times_special(own.data(), a, ring(), limbs, i);
        const LimbSource::Make products =
            switches.empty() ? nullptr : rlwe::key_products(rlwe(), digits, switches, i, i + 1);
        std::size_t next = 0;
        for (std::size_t b = 0; b < m.baby_steps().size(); ++b) {
            if (m.baby_steps()[b] == 0) {
                for (std::size_t part = 0; part < 2; ++part) std::copy_n(own[part], n, rows.row(b, part));
                continue;
            }
            products(static_cast<int>(next), unturned.data(), made.data());
            kernels().add(unturned[0], unturned[0], own[0], n, &q.constants());
            for (std::size_t part = 0; part < 2; ++part)
                kernels().permute(rows.row(b, part), unturned[part], keys[next]->automorphism.index().data(), n);
            ++next;
        }
        for (std::size_t g = 0; g < sums.size(); ++g) multiply_diagonals(sums[g], m.giants()[g], rows, i);
    });
    return sums;
}

void Evaluator::add_giant_step(Pair& total, const Pair& sum, int step, int level) const {
    const Basis basis = rlwe().key_basis(level);
    const std::size_t n = ring().n();
    const rlwe::GaloisKey& key = rotation_key(step, level);
    const rlwe::SwitchKey switch_key{&key.key};
    const EvaluationPolynomial second =
        divide_and_round(sum[1], ring().p_count(), rlwe().special_converter(), execution_);
    const rlwe::Digits digits(rlwe(), second, level, execution_);
    for_each_group(execution_, n, basis.size(), kGroup, [&](int first, int end) {
        const int group = end - first;
        AlignedBuffer scratch(static_cast<std::size_t>(2 * group) * n);
        std::vector<u64*> to;
        for (int k = 0; k < 2 * group; ++k) to.push_back(scratch.data() + static_cast<std::size_t>(k) * n);
        std::vector<const u64*> made(to.size());
        rlwe::key_products(rlwe(), digits, std::span(&switch_key, 1), first, end)(0, to.data(), made.data());
        AlignedBuffer turned(n);
        for (int k = 0; k < 2 * group; ++k) {
            const int i = first + k % group;
            const auto part = static_cast<std::size_t>(k / group);
            u64* limb = to[static_cast<std::size_t>(k)];
            const ModulusConstants* q = &total[part].modulus(i).constants();
            if (part == 0) kernels().add(limb, limb, sum[0].limb(i), n, q);
            kernels().permute(turned.data(), limb, key.automorphism.index().data(), n);
            kernels().add(total[part].limb(i), total[part].limb(i), turned.data(), n, q);
        }
    });
}

Ciphertext Evaluator::transform(const Ciphertext& a, const LinearTransform& m) const {
    check(a);
    if (&m.parameters()->ring() != &ring()) rlwe::require_same(rlwe(), m.parameters()->rlwe(), "The linear transform");
    if (a.degree() != 1)
        throw Error(ErrorCode::degree_mismatch,
                    "A linear transform takes a ciphertext of degree 1. Relinearize it first.",
                    {{"degree", std::to_string(a.degree())}});
    const int level = m.level();
    const int available = a.level() - (a.scale_degree - 1);
    if (available < level)
        throw Error(ErrorCode::level_exhausted,
                    "The linear transform was encoded for level " + std::to_string(level) +
                        ", but the ciphertext has only " + std::to_string(available) +
                        " left. Encode it for a lower level.",
                    {{"needed", std::to_string(level)}, {"left", std::to_string(available)}});
    for (const int step : m.rotations()) static_cast<void>(rotation_key(step, level));  // before any work
    const Ciphertext x = at(a, level, 1);

    std::vector<Pair> sums = giant_sums(x, m);
    execution_.report(1, sums.size() + 1);
    // The sum without a giant step, or nothing, takes the others.
    const Basis basis = rlwe().key_basis(level);
    const bool own = m.giants()[0].step == 0;
    Pair total = own ? std::move(sums[0])
                     : Pair{EvaluationPolynomial::zero(ring(), basis), EvaluationPolynomial::zero(ring(), basis)};
    for (std::size_t g = own ? 1 : 0; g < sums.size(); ++g) {
        execution_.check();
        add_giant_step(total, sums[g], m.giants()[g].step, level);
        execution_.report(g + 1, sums.size() + 1);
    }
    Ciphertext r{parameters_,
                 {.level = level - 1, .parts = {}, .mask_seed = {}},
                 1,
                 {},
                 x.insecure || (keys_ && keys_->insecure)};
    r.body.parts = divide_and_round(total, ring().p_count() + rlwe().level_width(level),
                                    rlwe().special_rescale_converter(level), execution_);
    execution_.report(sums.size() + 1, sums.size() + 1);

    // Every entry of a row multiplies the operand's error and that of its baby step; giant steps add theirs at Delta^2.
    const double scale = set().scale(level).hi;
    const double baby = m.baby_steps().size() > 1 ? key_switch_deviation(set(), level, scale) : 0;
    const double encoding =
        static_cast<double>(m.diagonal_count()) * encoding_deviation(set(), level, m.norm()) * x.noise.magnitude;
    const double giants = static_cast<double>(sums.size() - (own ? 1 : 0));
    r.noise = {m.norm() * (x.noise.deviation + baby) + encoding +
                   giants * std::hypot(key_switch_deviation(set(), level, scale * scale),
                                       rounding_deviation(set(), scale * scale)) +
                   rounding_deviation(set(), set().scale(level - 1).hi),
               m.norm() * x.noise.magnitude};
    return r;
}

}  // namespace ciphernet::ckks
