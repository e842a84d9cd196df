#include "arith/modulus.hpp"

#include <bit>
#include <string>

#include "base/assert.hpp"
#include "base/error.hpp"

namespace ciphernet {
namespace {

ModulusConstants constants_of(u64 q) {
    if (q < 3 || q % 2 == 0 || q >> kMaxModulusBits != 0)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected an odd modulus from 3 to 2^" + std::to_string(kMaxModulusBits) + " - 1 but found " +
                        std::to_string(q) + ".",
                    {{"modulus", std::to_string(q)}});
    ModulusConstants c{};
    c.q = q;
    c.bits = static_cast<u64>(std::bit_width(q));
    c.barrett = static_cast<u64>((u128{1} << (51 + c.bits)) / q);
    c.two_52 = (u64{1} << 52) % q;
    c.two_52_quotient = static_cast<u64>((static_cast<u128>(c.two_52) << 52) / q);
    c.inverse = 1.0 / static_cast<double>(q);
    return c;
}

}  // namespace

Modulus::Modulus(u64 q) : constants_(constants_of(q)) {}

u64 Modulus::reduce_signed(i64 x) const { return reduce_signed(static_cast<i128>(x)); }

u64 Modulus::reduce_signed(i128 x) const {
    const i128 r = x % static_cast<i128>(constants_.q);
    return static_cast<u64>(r < 0 ? r + static_cast<i128>(constants_.q) : r);
}

u64 Modulus::power(u64 x, u64 exponent) const {
    u64 result = 1;
    for (u64 square = x; exponent != 0; exponent >>= 1, square = multiply(square, square))
        if (exponent & 1) result = multiply(result, square);
    return result;
}

u64 Modulus::inverse(u64 x) const {
    CIPHERNET_ASSERT(x != 0 && x < constants_.q);
    return power(x, constants_.q - 2);  // Fermat
}

}  // namespace ciphernet
