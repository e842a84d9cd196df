// The product of an LWE key switch on any machine.

#include <cstddef>
#include <cstdint>

#define CIPHERNET_INLINE static inline

namespace ciphernet {
namespace {

using std::size_t;

using Ints = std::uint32_t;
struct Pairs {
    std::int16_t even, odd;
};
constexpr size_t kInts = 1;
constexpr size_t kVectors = 4;
constexpr size_t kAtOnce = 1;

CIPHERNET_INLINE Ints no_ints() { return 0; }
CIPHERNET_INLINE Ints load(const std::uint32_t* p) { return *p; }
CIPHERNET_INLINE void store(std::uint32_t* p, Ints x) { *p = x; }
CIPHERNET_INLINE Ints plus_ints(Ints x, Ints y) { return x + y; }
CIPHERNET_INLINE Ints minus_ints(Ints x, Ints y) { return x - y; }
CIPHERNET_INLINE Ints shift_16(Ints x) { return x << 16; }
CIPHERNET_INLINE Pairs pairs_at(const std::int16_t* p) { return {p[0], p[1]}; }
CIPHERNET_INLINE Pairs repeat_pair(const std::int16_t* p) { return {p[0], p[1]}; }
CIPHERNET_INLINE Ints dot_pairs(Pairs x, Pairs y) {
    return static_cast<Ints>(x.even * y.even) + static_cast<Ints>(x.odd * y.odd);
}

}  // namespace
}  // namespace ciphernet

#include "kernels/lwe_loops.hpp"

CIPHERNET_DEFINE_LWE(scalar)
