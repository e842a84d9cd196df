#include "rlwe/sampling.hpp"

#include <algorithm>

#include "base/wipe.hpp"
#include "random/samplers.hpp"

namespace ciphernet::rlwe {
namespace {

/// Errors that one thread draws at a time: a word of the stream each, so that a stretch starts at a block of the stream.
constexpr std::size_t kStretch = 4096;
constexpr std::size_t kSamplesPerBlock = ChaCha20::kBlockBytes / sizeof(u64);
static_assert(kStretch % kSamplesPerBlock == 0);
static_assert(kGaussianTableSize <= 127);

}  // namespace

void sample_error(SecretArray<std::int8_t>& r, const SecretSeed& seed, u64 object, const Execution& execution) {
    const std::size_t n = r.size();
    execution.parallel_for((n + kStretch - 1) / kStretch, [&](std::size_t stretch) {
        constexpr std::size_t kBlock = 256;
        const std::size_t first = stretch * kStretch;
        const std::size_t end = std::min(n, first + kStretch);
        Stream stream(seed, Domain::error, object, 0, static_cast<u32>(first / kSamplesPerBlock));
        std::int32_t samples[kBlock];
        for (std::size_t begin = first; begin < end; begin += kBlock) {
            const std::size_t count = std::min(kBlock, end - begin);
            sample_gaussian(samples, count, stream);
            for (std::size_t k = 0; k < count; ++k) r.data()[begin + k] = static_cast<std::int8_t>(samples[k]);
        }
        secure_wipe(samples, sizeof(samples));
    });
}

void sample_ephemeral(SecretArray<std::int8_t>& r, const SecretSeed& seed, u64 object) {
    Stream stream(seed, Domain::ephemeral, object, 0);
    sample_ternary(r.data(), r.size(), stream);
}

}  // namespace ciphernet::rlwe
