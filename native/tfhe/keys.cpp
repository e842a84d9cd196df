#include "tfhe/keys.hpp"

#include <algorithm>
#include <utility>

#include "random/stream.hpp"

namespace ciphernet::tfhe {
namespace {

constexpr std::size_t kPlane = 16;  ///< columns whose halves of one kind stand together
constexpr std::size_t kRowPair = 4 * kLweColumns;

/// A word into its place in a block: the halves low and high, low + 2^16 high = word modulo 2^32.
void place(std::int16_t* block, std::size_t row, std::size_t column, u32 word) {
    std::int16_t* plane = block + row / 2 * kRowPair + column / kPlane * 4 * kPlane + column % kPlane * 2 + row % 2;
    const auto low = static_cast<std::int16_t>(word & 0xFFFF);
    plane[0] = low;
    plane[2 * kPlane] = static_cast<std::int16_t>((word - static_cast<u32>(low)) >> 16);
}

}  // namespace

void expand_uniform_32(u32* r, std::size_t count, const PublicSeed& seed, u64 row) {
    Stream stream(seed, row, 0);
    for (std::size_t i = 0; i < count; i += 2) {
        const u64 word = stream.next_u64();
        r[i] = static_cast<u32>(word);
        if (i + 1 < count) r[i + 1] = static_cast<u32>(word >> 32);
    }
}

std::size_t SeededEvaluationKeys::byte_count() const {
    return key_switch_bodies.size() * sizeof(u32) + bootstrap_bodies.size() * sizeof(u64) + 2 * kSeedBytes;
}

EvaluationKeys::EvaluationKeys(const SeededEvaluationKeys& seeded, const Execution& execution)
    : parameters_(seeded.parameters),
      key_switch_(key_switch_blocks() * parameters_->key_switch_rows() * 2 * kLweColumns),
      ggsw_(parameters_->lwe_dimension() * ggsw_doubles()),
      insecure_(seeded.insecure) {
    expand_key_switch(seeded, execution);
    execution.parallel_for(parameters_->lwe_dimension(), [&](std::size_t i) { expand_ggsw(seeded, i); });
}

std::size_t EvaluationKeys::key_switch_blocks() const {
    return (parameters_->lwe_dimension() + 1 + kLweColumns - 1) / kLweColumns;
}

const std::int16_t* EvaluationKeys::key_switch_block(std::size_t block, std::size_t row) const {
    return key_switch_.data() + (block * parameters_->key_switch_rows() + row) * 2 * kLweColumns;
}

std::size_t EvaluationKeys::ggsw_doubles() const {
    return parameters_->ggsw_rows() * (parameters_->glwe_dimension() + 1) * parameters_->n();
}

std::size_t EvaluationKeys::byte_count() const {
    return key_switch_.size() * sizeof(std::int16_t) + ggsw_.size() * sizeof(double);
}

void EvaluationKeys::expand_key_switch(const SeededEvaluationKeys& seeded, const Execution& execution) {
    const std::size_t dimension = parameters_->lwe_dimension();
    const std::size_t rows = parameters_->key_switch_rows();
    const std::size_t blocks = key_switch_blocks();
    execution.parallel_for(rows / 2, [&](std::size_t pair) {
        std::vector<u32> words(blocks * kLweColumns, 0);
        for (std::size_t row = 2 * pair; row < 2 * pair + 2; ++row) {
            if (row < seeded.key_switch_bodies.size()) {
                expand_uniform_32(words.data(), dimension, seeded.key_switch_seed, row);
                words[dimension] = seeded.key_switch_bodies[row];
            } else {
                std::ranges::fill(words, u32{0});  // the row that makes the pairs even
            }
            for (std::size_t c = 0; c < words.size(); ++c)
                place(key_switch_.data() + c / kLweColumns * rows * 2 * kLweColumns, row, c % kLweColumns, words[c]);
        }
    });
}

void EvaluationKeys::expand_ggsw(const SeededEvaluationKeys& seeded, std::size_t i) {
    const Fft& fft = parameters_->fft();
    const std::size_t n = fft.n();
    const std::size_t rows = parameters_->ggsw_rows();
    const std::size_t columns = parameters_->glwe_dimension() + 1;
    double* to = ggsw_.data() + i * ggsw_doubles();
    AlignedBuffer mask(n);
    AlignedArray<double> points(n);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column) {
            const u64* words = seeded.bootstrap_bodies.data() + (i * rows + row) * n;
            if (column + 1 < columns) {
                Stream(seeded.bootstrap_seed, i * rows + row, static_cast<u32>(column)).fill_u64(mask.span());
                words = mask.data();
            }
            fft.forward_torus(points.data(), words);
            for (std::size_t at = 0; at < n / 2; at += kFftChunk) {
                double* chunk = to + ((at / kFftChunk * rows + row) * columns + column) * 2 * kFftChunk;
                std::copy_n(points.data() + at, kFftChunk, chunk);
                std::copy_n(points.data() + n / 2 + at, kFftChunk, chunk + kFftChunk);
            }
        }
    }
}

}  // namespace ciphernet::tfhe
