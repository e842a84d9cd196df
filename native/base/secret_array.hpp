#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.hpp"
#include "base/wipe.hpp"

namespace ciphernet {

/// An AlignedArray of numbers that a secret can be computed from: wiped when its scope is left, also by an exception.
template <class Number>
class SecretArray {
public:
    /// Throws std::bad_alloc.
    explicit SecretArray(std::size_t size) : numbers_(size) {}
    ~SecretArray() { secure_wipe(numbers_.data(), numbers_.size() * sizeof(Number)); }
    SecretArray(SecretArray&&) noexcept = default;
    SecretArray& operator=(SecretArray&&) = delete;
    SecretArray(const SecretArray&) = delete;
    SecretArray& operator=(const SecretArray&) = delete;

    Number* data() { return numbers_.data(); }
    const Number* data() const { return numbers_.data(); }
    std::size_t size() const { return numbers_.size(); }
    std::span<Number> span() { return numbers_.span(); }
    std::span<const Number> span() const { return numbers_.span(); }

private:
    AlignedArray<Number> numbers_;
};

}  // namespace ciphernet
