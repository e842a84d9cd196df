#include "ring/ntt.hpp"

#include <string>

#include "arith/primes.hpp"
#include "base/error.hpp"

namespace ciphernet {
namespace {

u64 checked_root(int log_n, const Modulus& q) {
    if (log_n < kMinLogN || log_n > kMaxLogN)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected a transform length of 2^" + std::to_string(kMinLogN) + " to 2^" +
                        std::to_string(kMaxLogN) + " but found 2^" + std::to_string(log_n) + ".",
                    {{"logN", std::to_string(log_n)}});
    if (!is_prime(q.value()))
        throw Error(ErrorCode::parameters_invalid,
                    "Expected the modulus of a transform to be prime but found " + std::to_string(q.value()) + ".",
                    {{"modulus", std::to_string(q.value())}});
    return primitive_root_of_unity(q.value(), u64{2} << log_n);
}

}  // namespace

Ntt::Ntt(int log_n, const Modulus& q) : modulus_(q), psi_(checked_root(log_n, q)), words_(std::size_t{4} << log_n) {
    const std::size_t length = std::size_t{1} << log_n;
    u64* const roots = words_.data();
    u64* const root_quotients = roots + length;
    u64* const inverse_roots = root_quotients + length;
    u64* const inverse_root_quotients = inverse_roots + length;

    // psi^e stands at brv(e), and psi^-e = -psi^(N-e), since psi^N = -1. The reversed counter e -> e + 1 carries from
    // the top bit down.
    std::size_t reversed = 0;
    u64 power = 1;
    for (std::size_t e = 0; e < length; ++e) {
        const ShoupFactor w = q.shoup(power);
        roots[reversed] = w.w;
        root_quotients[reversed] = w.quotient;
        std::size_t bit = length >> 1;
        for (; reversed & bit; bit >>= 1) reversed ^= bit;
        reversed |= bit;
        power = q.multiply(power, psi_);
    }
    inverse_roots[0] = roots[0];
    inverse_root_quotients[0] = root_quotients[0];
    // brv(N - e): within each layer [m, 2m) of the tree the order is turned round.
    for (std::size_t m = 1; m < length; m *= 2) {
        for (std::size_t i = 0; i < m; ++i) {
            inverse_roots[m + i] = q.value() - roots[2 * m - 1 - i];
            // floor((q - w) 2^52 / q) = 2^52 - 1 - floor(w 2^52 / q), w 2^52 / q being no integer
            inverse_root_quotients[m + i] = (u64{1} << 52) - 1 - root_quotients[2 * m - 1 - i];
        }
    }

    const u64 n_inverse = q.inverse(q.reduce(u64{length}));
    table_.log_n = static_cast<u64>(log_n);
    table_.modulus = q.constants();
    table_.roots = roots;
    table_.root_quotients = root_quotients;
    table_.inverse_roots = inverse_roots;
    table_.inverse_root_quotients = inverse_root_quotients;
    table_.n_inverse = q.shoup(n_inverse);
    table_.n_inverse_root = q.shoup(q.multiply(n_inverse, inverse_roots[1]));
}

}  // namespace ciphernet
