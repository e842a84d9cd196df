#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "base/aligned_buffer.hpp"
#include "random/seed.hpp"
#include "tfhe/parameters.hpp"

namespace ciphernet::tfhe {

/// LWE ciphertexts under the big key, one after another: k N words of mask a, then the body b = <a, s> + message + noise,
/// modulo 2^64. Contents are uninitialised.
class LweBatch {
public:
    LweBatch(std::shared_ptr<const Parameters> parameters, std::size_t count, bool insecure)
        : parameters_(std::move(parameters)),
          count_(count),
          words_(count * parameters_->ciphertext_words()),
          insecure_(insecure) {}

    const std::shared_ptr<const Parameters>& parameters() const { return parameters_; }
    std::size_t size() const { return count_; }
    u64* at(std::size_t i) { return words_.data() + i * parameters_->ciphertext_words(); }
    const u64* at(std::size_t i) const { return words_.data() + i * parameters_->ciphertext_words(); }
    std::size_t byte_count() const { return words_.size() * sizeof(u64); }
    bool insecure() const { return insecure_; }

private:
    std::shared_ptr<const Parameters> parameters_;
    std::size_t count_;
    AlignedBuffer words_;
    bool insecure_;
};

/// Fresh ciphertexts with a seed in the place of their masks: ciphertext i has stream i of it.
struct SeededLweBatch {
    std::shared_ptr<const Parameters> parameters;
    PublicSeed seed;
    std::vector<u64> bodies;
    bool insecure = false;
};

}  // namespace ciphernet::tfhe
