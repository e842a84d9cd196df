#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/row_stride.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/linear_transform.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

// Linear transforms by double-hoisted baby-step giant-step. Limbs are those of the key basis, Q and P.

namespace ciphernet::ckks {
namespace {

using Pair = std::array<EvaluationPolynomial, 2>;

/// Products with diagonals are made in blocks of this many words: those of every baby step lie in the second-level cache.
constexpr std::size_t kBlockWords = 512;
/// A dot product of so many terms is reduced once.
constexpr std::size_t kMostTerms = 4095;  // the sum that is there already is one more

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
    BabyRows(const Ring& ring, std::size_t count) : stride_(row_stride(ring.n())), words_(2 * count * stride_) {}
    u64* row(std::size_t baby, std::size_t part) { return words_.data() + (2 * baby + part) * stride_; }

private:
    std::size_t stride_;
    AlignedBuffer words_;
};

}  // namespace

/// What one giant step of one block adds to its output.
struct GiantProduct {
    const LinearTransform::Giant* giant;
    Pair* sum;
    bool onto;  ///< on top of what the sum holds
    /// Where the baby steps of the transform stand among those of all.
    const std::vector<std::size_t>* babies;
};

namespace {

/// One sum, rotated and added to another, or to the total where `onto` is null.
struct GiantStep {
    const Pair* sum;
    Pair* onto;
    int rotation;
};

/// How giant steps follow each other: all by `step` or slots - step; 0 for each on its own.
struct Chain {
    int step = 0;
    int slots = 0;
};

Chain chain_of(const LinearTransform& m) {
    return m.chained() ? Chain{m.giant_step(), static_cast<int>(m.slots())} : Chain{};
}

/// Of the blocks of one output. Throws Error{invalid_argument} when they differ.
Chain chain_of(std::span<const LinearTransform* const> blocks) {
    const LinearTransform* first = nullptr;
    for (const LinearTransform* m : blocks) {
        if (m == nullptr) continue;
        if (first == nullptr) first = m;
        if (chain_of(*m).step != chain_of(*first).step)
            throw Error(
                ErrorCode::invalid_argument,
                "The linear transforms of one output are chained differently. Encode them with the same baby steps.");
    }
    return chain_of(*first);
}

/// The order in which sums other than that of step 0 are added up. A chain begins at its far end, in both directions.
template <class Zero>
std::vector<GiantStep> giant_steps(std::map<int, Pair>& sums, Chain chain, const Zero& zero) {
    std::vector<GiantStep> steps;
    if (chain.step == 0) {
        for (auto& [step, sum] : sums) steps.push_back({&sum, nullptr, step});
        return steps;
    }
    const auto is_forward = [&](int step) { return step <= chain.slots / 2; };
    // A step that no diagonal has is passed all the same.
    const auto pass = [&](int first, int last) {
        for (int step = first; step <= last; step += chain.step)
            if (!sums.contains(step)) sums.emplace(step, zero());
    };
    int forward = 0;
    int backward = chain.slots;
    for (const auto& [step, sum] : sums)
        (is_forward(step) ? forward : backward) = is_forward(step) ? step : std::min(backward, step);
    pass(chain.step, forward);
    pass(backward, chain.slots - chain.step);
    for (auto entry = sums.rbegin(); entry != sums.rend(); ++entry) {
        if (!is_forward(entry->first)) continue;
        const auto next = std::next(entry);
        steps.push_back({&entry->second, next == sums.rend() ? nullptr : &next->second, chain.step});
    }
    for (auto entry = sums.begin(); entry != sums.end(); ++entry) {
        if (is_forward(entry->first)) continue;
        const auto next = std::next(entry);
        steps.push_back({&entry->second, next == sums.end() ? nullptr : &next->second, chain.slots - chain.step});
    }
    return steps;
}

/// Limb i of sum_b d_b x_b for both parts, of all products: blocks of the operand lie in the second-level cache while all of
/// them read it, diagonals stream past.
void multiply_diagonals(std::span<const GiantProduct> products, BabyRows& rows, int i) {
    if (products.empty()) return;
    const EvaluationPolynomial& any = (*products[0].sum)[0];
    const Modulus& q = any.modulus(i);
    const std::size_t block = std::min(any.n(), kBlockWords);
    // Terms of one kind at a time: packed ones, and those whose runs are as long.
    struct Terms {
        std::vector<const u64*> x0, x1, words;
        std::vector<const std::uint8_t*> packed;
    };
    std::map<int, Terms> kinds;  // by log_run, 0 for packed
    for (std::size_t k = 0; k < any.n(); k += block) {
        for (const GiantProduct& product : products) {
            for (auto& [log_run, terms] : kinds)
                terms.x0.clear(), terms.x1.clear(), terms.words.clear(), terms.packed.clear();
            for (const LinearTransform::Term& term : product.giant->terms) {
                const std::size_t baby = (*product.babies)[static_cast<std::size_t>(term.baby)];
                const auto* repeated = std::get_if<RepeatedPolynomial>(&term.diagonal);
                Terms& terms = kinds[repeated ? repeated->log_run() : 0];
                terms.x0.push_back(rows.row(baby, 0) + k);
                terms.x1.push_back(rows.row(baby, 1) + k);
                if (repeated)
                    terms.words.push_back(repeated->limb(i) + (k >> repeated->log_run()));
                else
                    terms.packed.push_back(std::get<PackedPolynomial>(term.diagonal).limb(i) +
                                           packed_bytes(k, q.bits()));
            }
            bool onto = product.onto;
            u64* const r0 = (*product.sum)[0].limb(i) + k;
            u64* const r1 = (*product.sum)[1].limb(i) + k;
            for (const auto& [log_run, terms] : kinds)
                for (std::size_t first = 0; first < terms.x0.size(); first += kMostTerms) {
                    const std::size_t count = std::min(kMostTerms, terms.x0.size() - first);
                    const u64* const* x0 = terms.x0.data() + first;
                    const u64* const* x1 = terms.x1.data() + first;
                    if (log_run == 0)
                        kernels().dot_packed(r0, r1, x0, x1, terms.packed.data() + first, count, onto, block,
                                             &q.constants());
                    else
                        kernels().dot_repeated(r0, r1, x0, x1, terms.words.data() + first, count, onto, block, log_run,
                                               &q.constants());
                    onto = true;
                }
        }
    }
}

}  // namespace

void Evaluator::add_giant_products(const Ciphertext& a, std::span<const int> babies,
                                   std::span<const GiantProduct> products) const {
    const int level = a.level();
    const Basis basis = rlwe().key_basis(level);
    const int limbs = rlwe().limb_count(level);
    std::vector<const rlwe::GaloisKey*> keys;
    std::vector<rlwe::SwitchKey> switches;
    for (const int step : babies) {
        if (step == 0) continue;
        keys.push_back(&galois_key_of_step(step, level));
        switches.push_back({&keys.back()->key});
    }
    const rlwe::Digits digits(rlwe(), a.body.parts[1], level, execution_);
    const std::size_t n = ring().n();
    for_each_group(execution_, n, basis.size(), kGroup, [&](int first, int end) {
        const rlwe::HoistedProducts key_products =
            switches.empty() ? nullptr : rlwe::hoisted_products(rlwe(), digits, switches, first, end);
        BabyRows rows(ring(), babies.size());
        const std::size_t stride = row_stride(n);
        AlignedBuffer scratch(4 * stride);
        const std::array<u64*, 2> unturned{scratch.data(), scratch.data() + stride};
        const std::array<u64*, 2> own{scratch.data() + 2 * stride, scratch.data() + 3 * stride};
        for (int i = first; i < end; ++i) {
            times_special(own.data(), a, ring(), limbs, i);
            int next = 0;
            for (std::size_t b = 0; b < babies.size(); ++b) {
                if (babies[b] == 0) {
                    for (std::size_t part = 0; part < 2; ++part) std::copy_n(own[part], n, rows.row(b, part));
                    continue;
                }
                key_products(next, i, unturned[0], unturned[1]);
                kernels().add(unturned[0], unturned[0], own[0], n, &ring().modulus(basis, i).constants());
                const u32* index = keys[static_cast<std::size_t>(next++)]->automorphism.index().data();
                for (std::size_t part = 0; part < 2; ++part)
                    kernels().permute(rows.row(b, part), unturned[part], index, n);
            }
            multiply_diagonals(products, rows, i);
        }
    });
}

void Evaluator::add_giant_step(Pair& total, const Pair& sum, int step, int level) const {
    const Basis basis = rlwe().key_basis(level);
    const std::size_t n = ring().n();
    const rlwe::GaloisKey& key = galois_key_of_step(step, level);
    const rlwe::SwitchKey switch_key{&key.key};
    const EvaluationPolynomial second =
        divide_and_round(sum[1], ring().p_count(), rlwe().special_converter(), execution_);
    const rlwe::Digits digits(rlwe(), second, level, execution_);
    for_each_group(execution_, n, basis.size(), kGroup, [&](int first, int end) {
        const int group = end - first;
        AlignedBuffer scratch(static_cast<std::size_t>(2 * group) * row_stride(n));
        std::vector<u64*> to;
        for (int k = 0; k < 2 * group; ++k) to.push_back(scratch.data() + static_cast<std::size_t>(k) * row_stride(n));
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

int Evaluator::check_blocks(std::span<const Ciphertext* const> inputs,
                            std::span<const LinearTransform* const> blocks) const {
    const std::size_t columns = inputs.size();
    if (columns == 0 || blocks.empty() || blocks.size() % columns != 0)
        throw Error(ErrorCode::invalid_argument, "Expected a linear transform, or none, for every output and each of " +
                                                     std::to_string(columns) + " ciphertexts but received " +
                                                     std::to_string(blocks.size()) + ".");
    const LinearTransform* first = nullptr;
    for (std::size_t b = 0; b < blocks.size(); ++b) {
        const LinearTransform* m = blocks[b];
        if (b % columns == 0 && std::all_of(blocks.begin() + static_cast<std::ptrdiff_t>(b),
                                            blocks.begin() + static_cast<std::ptrdiff_t>(b + columns),
                                            [](const LinearTransform* block) { return block == nullptr; }))
            throw Error(ErrorCode::invalid_argument,
                        "Output " + std::to_string(b / columns) +
                            " has no linear transform: a result that is zero everywhere hides nothing.");
        if (m == nullptr) continue;
        if (&m->parameters()->ring() != &ring())
            rlwe::require_same(rlwe(), m->parameters()->rlwe(), "The linear transform");
        if (first == nullptr) first = m;
        if (m->level() != first->level())
            throw Error(ErrorCode::invalid_argument, "Expected linear transforms of one level but received " +
                                                         std::to_string(first->level()) + " and " +
                                                         std::to_string(m->level()) + ".");
        const Ciphertext& a = *inputs[b % columns];
        check(a);
        if (a.degree() != 1)
            throw Error(ErrorCode::degree_mismatch,
                        "A linear transform takes a ciphertext of degree 1. Relinearize it first.",
                        {{"degree", std::to_string(a.degree())}});
        const int available = a.level() - (a.scale_degree - 1);
        if (available < m->level())
            throw Error(ErrorCode::level_exhausted,
                        "The linear transform was encoded for level " + std::to_string(m->level()) +
                            ", but the ciphertext has only " + std::to_string(available) +
                            " left. Encode it for a lower level.",
                        {{"needed", std::to_string(m->level())}, {"left", std::to_string(available)}});
        for (const int step : m->rotations()) static_cast<void>(galois_key_of_step(step, m->level()));
    }
    for (std::size_t r = 0; r < blocks.size() / columns; ++r)
        static_cast<void>(chain_of(blocks.subspan(r * columns, columns)));
    return first->level();
}

std::vector<Ciphertext> Evaluator::transform(std::span<const Ciphertext* const> inputs,
                                             std::span<const LinearTransform* const> blocks, bool rescale) const {
    const int level = check_blocks(inputs, blocks);  // before any work
    const std::size_t columns = inputs.size();
    const std::size_t rows = blocks.size() / columns;
    const Basis basis = rlwe().key_basis(level);

    // Giant step -> sum, for every output; the noise that its blocks bring along.
    const double scale = set().scale(level).hi;
    const double baby_noise = key_switch_deviation(set(), level, scale);
    std::vector<std::map<int, Pair>> sums(rows);
    std::vector<NoiseEstimate> noise(rows);
    std::vector<bool> insecure(rows, keys_ && keys_->insecure);
    for (std::size_t c = 0; c < columns; ++c) {
        std::set<int> steps;
        for (std::size_t r = 0; r < rows; ++r)
            if (const LinearTransform* m = blocks[r * columns + c])
                steps.insert(m->baby_steps().begin(), m->baby_steps().end());
        if (steps.empty()) continue;
        const std::vector<int> babies(steps.begin(), steps.end());
        const Ciphertext x = at(*inputs[c], level, 1);
        std::vector<GiantProduct> products;
        std::vector<std::vector<std::size_t>> places(rows);
        for (std::size_t r = 0; r < rows; ++r) {
            const LinearTransform* m = blocks[r * columns + c];
            if (m == nullptr) continue;
            for (const int step : m->baby_steps())
                places[r].push_back(static_cast<std::size_t>(std::ranges::lower_bound(babies, step) - babies.begin()));
            for (const LinearTransform::Giant& giant : m->giants()) {
                const auto found = sums[r].find(giant.step);
                const bool onto = found != sums[r].end();
                Pair& sum = onto ? found->second
                                 : sums[r]
                                       .emplace(giant.step, Pair{EvaluationPolynomial(ring(), basis),
                                                                 EvaluationPolynomial(ring(), basis)})
                                       .first->second;
                products.push_back({&giant, &sum, onto, &places[r]});
            }
            // Every entry of a row multiplies the operand's error and that of its baby step.
            const double encoding = static_cast<double>(m->diagonal_count()) *
                                    encoding_deviation(set(), level, m->norm()) * x.noise.magnitude;
            const double baby = m->baby_steps().back() != 0 ? baby_noise : 0;
            noise[r] =
                sum(noise[r], {m->norm() * (x.noise.deviation + baby) + encoding, m->norm() * x.noise.magnitude});
            insecure[r] = insecure[r] || x.insecure;
        }
        execution_.check();
        add_giant_products(x, babies, products);
    }

    std::size_t steps = 1;
    std::size_t done = 1;
    for (const auto& output : sums) steps += output.size();
    execution_.report(done, steps);
    std::vector<Ciphertext> results;
    for (std::size_t r = 0; r < rows; ++r) {
        // The sum without a giant step, or nothing, takes the others.
        const auto zero = [&] {
            return Pair{EvaluationPolynomial::zero(ring(), basis), EvaluationPolynomial::zero(ring(), basis)};
        };
        const auto own = sums[r].extract(0);
        Pair total = own ? std::move(own.mapped()) : zero();
        for (const GiantStep& step : giant_steps(sums[r], chain_of(blocks.subspan(r * columns, columns)), zero)) {
            execution_.check();
            add_giant_step(step.onto ? *step.onto : total, *step.sum, step.rotation, level);
            execution_.report(++done, steps);
        }
        // Giant steps add their errors at Delta^2.
        noise[r].deviation +=
            static_cast<double>(sums[r].size()) * std::hypot(key_switch_deviation(set(), level, scale * scale),
                                                             rounding_deviation(set(), scale * scale)) +
            (rescale ? rounding_deviation(set(), set().scale(level - 1).hi) : rounding_deviation(set(), scale * scale));
        sums[r].clear();
        Ciphertext& result =
            results.emplace_back(Ciphertext{parameters_,
                                            {.level = rescale ? level - 1 : level, .parts = {}, .mask_seed = {}},
                                            rescale ? 1 : 2,
                                            noise[r],
                                            insecure[r]});
        result.body.parts = divide_and_round(
            total, ring().p_count() + (rescale ? rlwe().level_width(level) : 0),
            rescale ? rlwe().special_rescale_converter(level) : rlwe().special_converter(), execution_);
        if (own) execution_.report(++done, steps);
    }
    return results;
}

Ciphertext Evaluator::transform(const Ciphertext& a, const LinearTransform& m, bool rescale) const {
    const Ciphertext* const input = &a;
    const LinearTransform* const block = &m;
    return std::move(transform({&input, 1}, {&block, 1}, rescale)[0]);
}

}  // namespace ciphernet::ckks
