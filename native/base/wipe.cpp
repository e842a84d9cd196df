#include "base/wipe.hpp"

#include <cstring>

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#endif

namespace ciphernet {

void secure_wipe(void* data, std::size_t size) noexcept {
    if (size == 0) return;
#if defined(_WIN32)
    SecureZeroMemory(data, size);
#elif defined(__GNUC__)
    std::memset(data, 0, size);
    // The barrier claims to read the memory behind `data`, so the stores above are not dead (also under LTO).
    __asm__ __volatile__("" : : "r"(data) : "memory");
#else
    volatile unsigned char* bytes = static_cast<volatile unsigned char*>(data);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
#endif
}

}  // namespace ciphernet
