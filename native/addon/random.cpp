#include "addon/random.hpp"

#include <cstdint>
#include <utility>

namespace ciphernet::addon {

JobRandom::JobRandom(std::shared_ptr<RandomSource> source, std::size_t parts) : source_(std::move(source)) {
    if (!source_->insecure()) return;
    children_.reserve(parts);
    for (std::size_t i = 0; i < parts; ++i) {
        const PublicSeed drawn = source_->next_public_seed();
        std::uint64_t seed = 0;
        for (int byte = 0; byte < 8; ++byte)
            seed |= std::uint64_t{drawn.bytes()[static_cast<std::size_t>(byte)]} << (8 * byte);
        children_.push_back(RandomSource::insecure_deterministic(seed));
    }
}

}  // namespace ciphernet::addon
