#include "ring/ring.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace ciphernet {

Ring::Ring(int log_n, const std::vector<u64>& q, const std::vector<u64>& p)
    : log_n_(log_n), q_count_(static_cast<int>(q.size())) {
    if (log_n < 3 || log_n > 17)
        throw Error(ErrorCode::parameters_invalid,
                    "The ring degree N = 2^" + std::to_string(log_n) + " is not between 2^3 and 2^17.");
    std::vector<u64> primes = q;
    primes.insert(primes.end(), p.begin(), p.end());
    std::vector<u64> sorted = primes;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end())
        throw Error(ErrorCode::parameters_invalid, "The prime " + std::to_string(*twice) + " is listed twice.");
    moduli_.reserve(primes.size());
    transforms_.reserve(primes.size());
    for (const u64 prime : primes) {
        moduli_.emplace_back(prime);
        transforms_.emplace_back(log_n, moduli_.back());
    }
}

}  // namespace ciphernet
