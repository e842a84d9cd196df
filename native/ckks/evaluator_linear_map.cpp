#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/row_stride.hpp"
#include "ckks/encoding.hpp"
#include "ckks/evaluator.hpp"
#include "kernels/kernels.hpp"

// A matrix of numbers times a vector of ciphertexts: one dot product a row, limb and word.

namespace ciphernet::ckks {
namespace {

/// A dot product of so many terms is reduced once.
constexpr std::size_t kMostTerms = 4096;

/// Words of all inputs that are worked on together take no more than this, half of a second-level cache.
constexpr std::size_t kBlockBytes = std::size_t{1} << 19;
constexpr std::size_t kFewestWords = 16;
constexpr std::size_t kMostWords = 512;

std::size_t block_words(std::size_t n, std::size_t columns) {
    std::size_t words = std::min(n, kMostWords);
    while (words > kFewestWords && words * columns * sizeof(u64) > kBlockBytes) words /= 2;
    return words;
}

/// Rows with weights in the same columns: a word of an input is loaded once for several of them.
struct RowGroup {
    std::vector<int> columns;
    std::vector<std::size_t> rows;
    std::size_t first;  ///< of its weights among all, row after row, each with its bias behind

    std::size_t stride() const { return columns.size() + 1; }
};

[[noreturn]] void refuse_shape(const std::string& wanted, const std::string& received) {
    throw Error(ErrorCode::invalid_argument, "Expected " + wanted + " but received " + received + ".");
}

void check_rows(const SparseRows& weights, std::size_t columns, std::size_t rows) {
    const auto offsets = weights.row_offsets;
    if (offsets.size() != rows + 1 || offsets.front() != 0 || !std::ranges::is_sorted(offsets) ||
        static_cast<std::size_t>(offsets.back()) != weights.values.size() ||
        weights.columns.size() != weights.values.size())
        refuse_shape(
            std::to_string(rows + 1) + " row offsets, ascending from 0 to the number of weights, and a column of each",
            std::to_string(offsets.size()) + " offsets, " + std::to_string(weights.columns.size()) + " columns and " +
                std::to_string(weights.values.size()) + " weights");
    for (const int column : weights.columns)
        if (column < 0 || static_cast<std::size_t>(column) >= columns)
            refuse_shape("columns from 0 to " + std::to_string(columns - 1), std::to_string(column));
}

/// The groups, and the weights in their order, with room for biases. A row without a weight takes one of 0.
std::vector<RowGroup> groups_of(const SparseRows& weights, std::size_t rows, std::vector<DoubleDouble>& ordered) {
    std::map<std::vector<int>, std::vector<std::size_t>> by_columns;
    for (std::size_t r = 0; r < rows; ++r) {
        const auto first = static_cast<std::size_t>(weights.row_offsets[r]);
        const auto end = static_cast<std::size_t>(weights.row_offsets[r + 1]);
        const auto columns = weights.columns.subspan(first, end - first);
        by_columns[columns.empty() ? std::vector<int>{0} : std::vector<int>(columns.begin(), columns.end())].push_back(
            r);
    }
    std::vector<RowGroup> groups;
    for (auto& [columns, members] : by_columns) {
        groups.push_back({columns, std::move(members), ordered.size()});
        for (const std::size_t r : groups.back().rows) {
            const auto first = static_cast<std::size_t>(weights.row_offsets[r]);
            const auto end = static_cast<std::size_t>(weights.row_offsets[r + 1]);
            for (std::size_t k = first; k < end; ++k) ordered.push_back({weights.values[k], 0});
            if (first == end) ordered.push_back({0, 0});
            ordered.push_back({0, 0});
        }
    }
    return groups;
}

/// A row of zeros would give a ciphertext that anybody can read, and that no reader accepts: the smallest weight there is
/// keeps it encrypted, for an error of magnitude / Delta.
void keep_rows_encrypted(EncodedConstants& weights, std::span<const RowGroup> groups, const Ring& ring, int limbs) {
    for (const RowGroup& group : groups) {
        // Weights of one column add up, and may cancel: what counts is the sum of each column.
        std::map<int, std::vector<std::size_t>> places;
        for (std::size_t j = 0; j < group.columns.size(); ++j) places[group.columns[j]].push_back(j);
        for (std::size_t k = 0; k < group.rows.size(); ++k) {
            const std::size_t first = group.first + k * group.stride();
            const auto vanishes = [&](int i) {
                const Modulus& q = ring.modulus(i);
                return std::all_of(places.begin(), places.end(), [&](const auto& entry) {
                    u64 sum = 0;
                    for (const std::size_t j : entry.second) sum = q.add(sum, weights.limb(i)[first + j]);
                    return sum == 0;
                });
            };
            bool zero = true;
            for (int i = 0; i < limbs && zero; ++i) zero = vanishes(i);
            if (!zero) continue;
            for (int i = 0; i < limbs; ++i) {
                u64& word = weights.limb(i)[first];
                word = ring.modulus(i).add(word, 1);
            }
        }
    }
}

/// out[k] = sum_j inputs[j] * weights[k * stride + j] for every row k of a group; words of one limb.
void multiply_group(std::span<u64* const> out, std::span<const u64* const> inputs, const u64* weights,
                    std::size_t stride, std::size_t words, const Modulus& q) {
    const std::size_t terms = inputs.size();
    std::vector<const u64*> rows(out.size());
    for (std::size_t k = 0; k < out.size(); ++k) rows[k] = weights + k * stride;
    const std::vector<const ModulusConstants*> moduli(out.size(), &q.constants());
    kernels().dot_scalar_rows(out.data(), inputs.data(), rows.data(), out.size(), std::min(terms, kMostTerms), words,
                              moduli.data());
    if (terms <= kMostTerms) return;
    AlignedBuffer sum(words);
    for (std::size_t begin = kMostTerms; begin < terms; begin += kMostTerms) {
        for (std::size_t k = 0; k < out.size(); ++k) {
            kernels().dot_scalar(sum.data(), inputs.data() + begin, rows[k] + begin,
                                 std::min(terms - begin, kMostTerms), words, &q.constants());
            kernels().add(out[k], out[k], sum.data(), words, &q.constants());
        }
    }
}

}  // namespace

std::vector<Ciphertext> Evaluator::linear_map(std::span<const Ciphertext* const> inputs,
                                              std::span<const double> weights, std::span<const double> bias) const {
    const std::size_t columns = inputs.size();
    const std::size_t rows = bias.size();
    if (weights.size() != rows * columns)
        refuse_shape("rows × inputs weights (" + std::to_string(rows) + " × " + std::to_string(columns) + ")",
                     std::to_string(weights.size()));
    std::vector<int> offsets(rows + 1);
    std::vector<int> column(weights.size());
    for (std::size_t r = 0; r <= rows; ++r) offsets[r] = static_cast<int>(r * columns);
    for (std::size_t k = 0; k < column.size(); ++k) column[k] = static_cast<int>(k % columns);
    return linear_map(inputs, {offsets, column, weights}, bias);
}

std::vector<Ciphertext> Evaluator::linear_map(std::span<const Ciphertext* const> inputs, const SparseRows& weights,
                                              std::span<const double> bias) const {
    const std::size_t columns = inputs.size();
    const std::size_t rows = bias.size();
    if (columns == 0) refuse_shape("at least one input", "none");
    check_rows(weights, columns, rows);
    // All inputs at the lowest level among them, at its Delta.
    int level = set().max_level();
    for (const Ciphertext* input : inputs) {
        check(*input);
        if (input->degree() != 1)
            throw Error(ErrorCode::degree_mismatch,
                        "A linear map takes relinearized ciphertexts. Relinearize its inputs first.");
        level = std::min(level, input->level() - (input->scale_degree - 1));
    }
    require_level(level, "a linear map");
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
    std::vector<DoubleDouble> ordered, constants;
    const std::vector<RowGroup> groups = groups_of(weights, rows, ordered);
    EncodedConstants residues = encode_constants(ring(), basis, ordered, scale, execution_);
    keep_rows_encrypted(residues, groups, ring(), basis.size());
    for (const double b : bias) constants.push_back({b, 0});
    const EncodedConstants added = encode_constants(ring(), basis, constants, scale * scale, execution_);
    for (int i = 0; i < basis.size(); ++i)
        for (const RowGroup& group : groups)
            for (std::size_t k = 0; k < group.rows.size(); ++k)
                residues.limb(i)[group.first + (k + 1) * group.stride() - 1] = added.limb(i)[group.rows[k]];

    std::vector<Ciphertext> outputs;
    for (std::size_t r = 0; r < rows; ++r) {
        NoiseEstimate noise{0, std::fabs(bias[r])};
        bool insecure = false;
        const auto add_term = [&](int column, double weight) {
            const Ciphertext& operand = *operands[static_cast<std::size_t>(column)];
            noise = sum(noise, product(operand.noise, {.deviation = 1.5 / scale.hi, .magnitude = std::fabs(weight)}));
            insecure = insecure || operand.insecure;
        };
        const auto first = static_cast<std::size_t>(weights.row_offsets[r]);
        const auto end = static_cast<std::size_t>(weights.row_offsets[r + 1]);
        for (std::size_t k = first; k < end; ++k) add_term(weights.columns[k], weights.values[k]);
        if (first == end) add_term(0, 0);
        // Of a row of zeros something is known too: what keeps it encrypted.
        if (noise.magnitude == 0) noise.magnitude = noise.deviation;
        Ciphertext out{parameters_, {.level = level, .parts = {}, .mask_seed = {}}, 2, noise, insecure};
        for (int part = 0; part < 2; ++part) out.body.parts.emplace_back(ring(), basis);
        outputs.push_back(std::move(out));
    }

    // A block of every input stays in the cache while all rows read it.
    const std::size_t n = ring().n();
    const auto limbs = static_cast<std::size_t>(basis.size());
    const std::size_t words = block_words(n, columns);
    const std::size_t blocks = n / words;
    const std::size_t tasks = 2 * limbs * blocks;
    const StepReport steps(execution_, tasks + rows);
    execution_.parallel_for(tasks, [&](std::size_t task) {
        const std::size_t part = task / (limbs * blocks);
        const int limb = static_cast<int>(task / blocks % limbs);
        const std::size_t offset = task % blocks * words;
        const Modulus& q = ring().modulus(limb);
        const std::size_t stride = row_stride(words);
        AlignedBuffer block((columns + 1) * stride);
        for (std::size_t c = 0; c < columns; ++c)
            std::copy_n(operands[c]->body.parts[part].limb(limb) + offset, words, block.data() + c * stride);
        u64* const ones = block.data() + columns * stride;  // what a bias multiplies
        std::fill_n(ones, words, u64{1});
        std::vector<const u64*> from;
        std::vector<u64*> to;
        for (const RowGroup& group : groups) {
            from.clear();
            to.clear();
            for (const int c : group.columns) from.push_back(block.data() + static_cast<std::size_t>(c) * stride);
            if (part == 0) from.push_back(ones);
            for (const std::size_t r : group.rows) to.push_back(outputs[r].body.parts[part].limb(limb) + offset);
            multiply_group(to, from, residues.limb(limb) + group.first, group.stride(), words, q);
        }
        steps.done();
    });
    execution_.parallel_for(rows, [&](std::size_t r) {
        divide_last_level(outputs[r]);
        outputs[r].scale_degree = 1;
        steps.done();
    });
    return outputs;
}

}  // namespace ciphernet::ckks
