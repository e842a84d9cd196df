#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "ckks/constant.hpp"
#include "ckks/evaluator.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {

/// Copies of the operands that had to change.
struct Evaluator::Aligned {
    std::optional<Ciphertext> left, right;
};

Evaluator::Aligned Evaluator::align(const Ciphertext& a, const Ciphertext& b) const {
    check(a);
    check(b);
    Aligned moved;
    const bool rescale_first = a.scale_degree != b.scale_degree || (a.level() != b.level() && a.scale_degree == 2);
    if (rescale_first && a.scale_degree == 2) moved.left = rescale(a);
    if (rescale_first && b.scale_degree == 2) moved.right = rescale(b);
    const Ciphertext& x = moved.left ? *moved.left : a;
    const Ciphertext& y = moved.right ? *moved.right : b;
    if (x.level() > y.level())
        moved.left = at(x, y.level(), 1);
    else if (y.level() > x.level())
        moved.right = at(y, x.level(), 1);
    return moved;
}

template <class Operation>
Ciphertext Evaluator::combine(const Ciphertext& a, const Ciphertext& b, const Operation& operation) const {
    const Aligned aligned = align(a, b);
    const Ciphertext& left = aligned.left ? *aligned.left : a;
    const Ciphertext& right = aligned.right ? *aligned.right : b;
    Ciphertext r{parameters_,
                 {.level = left.level(), .parts = {}, .mask_seed = {}},
                 left.scale_degree,
                 sum(left.noise, right.noise),
                 a.insecure || b.insecure};
    const EvaluationPolynomial zero = EvaluationPolynomial::zero(
        ring(), left.degree() == right.degree() ? Basis{.q = 0} : rlwe().basis(left.level()));
    const auto part_of = [&](const Ciphertext& c, std::size_t i) -> const EvaluationPolynomial& {
        return i < c.body.parts.size() ? c.body.parts[i] : zero;
    };
    for (std::size_t i = 0; i < std::max(left.body.parts.size(), right.body.parts.size()); ++i) {
        EvaluationPolynomial part(ring(), rlwe().basis(left.level()));
        operation(part, part_of(left, i), part_of(right, i));
        r.body.parts.push_back(std::move(part));
    }
    return r;
}

Ciphertext Evaluator::add(const Ciphertext& a, const Ciphertext& b) const {
    return combine(a, b, [this](auto& r, const auto& x, const auto& y) { ciphernet::add(r, x, y, execution_); });
}

Ciphertext Evaluator::subtract(const Ciphertext& a, const Ciphertext& b) const {
    return combine(a, b, [this](auto& r, const auto& x, const auto& y) { ciphernet::subtract(r, x, y, execution_); });
}

template <class Operation>
Ciphertext Evaluator::combine(const Ciphertext& a, const Plaintext& b, const Operation& operation) const {
    check(a);
    check(b);
    const Ciphertext rescaled = a.scale_degree == 2 ? rescale(a) : a.copy();
    const int level = std::min(rescaled.level(), b.level);
    Ciphertext r = at(rescaled, level, 1);
    if (b.level == level) {
        operation(r.body.parts[0], b.value);
    } else {
        operation(r.body.parts[0], adjust(b.value, b.level, level));
        r.noise.deviation += encoding_deviation(set(), level, b.noise.magnitude);
    }
    r.noise = sum(r.noise, b.noise);
    return r;
}

Ciphertext Evaluator::add(const Ciphertext& a, const Plaintext& b) const {
    return combine(a, b, [this](auto& r, const auto& y) { ciphernet::add(r, r, y, execution_); });
}

Ciphertext Evaluator::subtract(const Ciphertext& a, const Plaintext& b) const {
    return combine(a, b, [this](auto& r, const auto& y) { ciphernet::subtract(r, r, y, execution_); });
}

Ciphertext Evaluator::negate(const Ciphertext& a) const {
    check(a);
    Ciphertext r = a.copy();
    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) ciphernet::negate(part, part, execution_);
    return r;
}

Ciphertext Evaluator::add_scalar(const Ciphertext& a, std::complex<double> b) const {
    check(a);
    DoubleDouble scale = set().scale(a.level());
    if (a.scale_degree == 2) scale = scale * scale;
    const SlotConstant constant = slot_constant(ring(), rlwe().basis(a.level()), b, scale);
    Ciphertext r = a.copy();
    add_constant(r.body.parts[0], constant, execution_);
    r.noise.magnitude += std::abs(b);
    r.noise.deviation += scalar_deviation(scale.hi);
    return r;
}

Ciphertext Evaluator::multiply_scalar(const Ciphertext& a, std::complex<double> b, bool rescale_result) const {
    check(a);
    if (a.scale_degree == 2) return multiply_scalar(rescale(a), b, rescale_result);
    if (rescale_result) require_level(a, "a product with a scalar");
    const DoubleDouble scale = set().scale(a.level());
    const SlotConstant constant = slot_constant(ring(), rlwe().basis(a.level()), b, scale);
    Ciphertext r = a.copy();
    r.body.mask_seed.reset();
    for (EvaluationPolynomial& part : r.body.parts) multiply_constant(part, part, constant, execution_);
    r.scale_degree = 2;
    r.noise = product(a.noise, {.deviation = scalar_deviation(scale.hi), .magnitude = std::abs(b)});
    return rescale_result ? rescale(r) : std::move(r);
}

std::vector<Ciphertext> Evaluator::linear_map(std::span<const Ciphertext* const> inputs,
                                              std::span<const double> weights, std::span<const double> bias) const {
    const std::size_t columns = inputs.size();
    const std::size_t rows = bias.size();
    if (columns == 0 || columns > 4096 || weights.size() != rows * columns)
        throw Error(ErrorCode::invalid_argument, "Expected rows × inputs weights (" + std::to_string(rows) + " × " +
                                                     std::to_string(columns) + ", at most 4096 inputs) but received " +
                                                     std::to_string(weights.size()) + ".");
    // All inputs at the lowest level among them, at its Delta.
    int level = set().max_level();
    for (const Ciphertext* input : inputs) {
        check(*input);
        if (input->degree() != 1)
            throw Error(ErrorCode::degree_mismatch,
                        "A linear map takes relinearized ciphertexts. Relinearize its inputs first.");
        level = std::min(level, input->level() - (input->scale_degree - 1));
    }
    if (level < 1)
        throw Error(ErrorCode::level_exhausted, "The inputs are at level 0; a linear map spends one level.",
                    {{"level", "0"}});
    std::vector<Ciphertext> moved;
    moved.reserve(columns);
    std::vector<const Ciphertext*> operands;
    for (const Ciphertext* input : inputs) {
        if (input->level() == level && input->scale_degree == 1)
            operands.push_back(input);
        else
            operands.push_back(&moved.emplace_back(at(*input, level, 1)));
    }

    const Basis basis = rlwe().basis(level);
    const DoubleDouble scale = set().scale(level);
    const auto limbs = static_cast<std::size_t>(basis.size());
    // Weights as residues, limb by limb, rows together: one limb's row is what a dot product reads.
    std::vector<u64> residues(limbs * rows * columns);
    std::vector<std::vector<u64>> constants;
    for (std::size_t r = 0; r < rows; ++r) {
        for (std::size_t c = 0; c < columns; ++c) {
            const SlotConstant weight = slot_constant(ring(), basis, weights[r * columns + c], scale);
            for (std::size_t i = 0; i < limbs; ++i) residues[(i * rows + r) * columns + c] = weight.first_half[i];
        }
        // A row of zeros would give a ciphertext that anybody can read, and that no reader accepts: the smallest weight
        // there is keeps it encrypted, for an error of magnitude / Delta.
        const auto row = residues.begin() + static_cast<std::ptrdiff_t>(r * columns);
        if (std::all_of(row, row + static_cast<std::ptrdiff_t>(columns), [](u64 w) { return w == 0; }))
            for (std::size_t i = 0; i < limbs; ++i) residues[(i * rows + r) * columns] = 1;
        constants.push_back(slot_constant(ring(), basis, bias[r], scale * scale).first_half);
    }

    std::vector<Ciphertext> outputs;
    for (std::size_t r = 0; r < rows; ++r) {
        NoiseEstimate noise{0, std::fabs(bias[r])};
        bool insecure = false;
        for (std::size_t c = 0; c < columns; ++c) {
            const double weight = std::fabs(weights[r * columns + c]);
            noise = sum(noise, product(operands[c]->noise, {.deviation = 1 / scale.hi, .magnitude = weight}));
            insecure = insecure || operands[c]->insecure;
        }
        Ciphertext out{parameters_, {.level = level, .parts = {}, .mask_seed = {}}, 2, noise, insecure};
        for (int part = 0; part < 2; ++part) out.body.parts.emplace_back(ring(), basis);
        outputs.push_back(std::move(out));
    }

    // A block of every input stays in the cache while all rows read it.
    constexpr std::size_t kBlockWords = 512;
    const std::size_t n = ring().n();
    const std::size_t block = std::min(n, kBlockWords);
    const std::size_t blocks = n / block;
    execution_.parallel_for(2 * limbs * blocks, [&](std::size_t task) {
        const std::size_t part = task / (limbs * blocks);
        const std::size_t limb = task / blocks % limbs;
        const std::size_t offset = task % blocks * block;
        std::vector<const u64*> columns_at(columns);
        for (std::size_t c = 0; c < columns; ++c)
            columns_at[c] = operands[c]->body.parts[part].limb(static_cast<int>(limb)) + offset;
        const Modulus& q = ring().modulus(static_cast<int>(limb));
        for (std::size_t r = 0; r < rows; ++r) {
            u64* out = outputs[r].body.parts[part].limb(static_cast<int>(limb)) + offset;
            kernels().dot_scalar(out, columns_at.data(), residues.data() + (limb * rows + r) * columns, columns, block,
                                 &q.constants());
            if (part == 0)
                for (std::size_t k = 0; k < block; ++k) out[k] = q.add(out[k], constants[r][limb]);
        }
    });
    std::size_t done = 0;
    for (Ciphertext& out : outputs) {
        divide_last_level(out);
        out.scale_degree = 1;
        execution_.report(++done, outputs.size());
    }
    return outputs;
}

}  // namespace ciphernet::ckks
