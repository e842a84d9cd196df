#pragma once

#include <cstddef>

namespace ciphernet {

/// Overwrites `size` bytes with zeros in a way that the compiler may not drop, even right before the memory is freed.
/// Constant time in the contents.
void secure_wipe(void* data, std::size_t size) noexcept;

}  // namespace ciphernet
