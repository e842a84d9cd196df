#pragma once

#include <cmath>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "arith/primes.hpp"
#include "ring/operations.hpp"
#include "rlwe/encryption.hpp"
#include "rlwe/key_generator.hpp"
#include "rlwe/parameters.hpp"
#include "support/test.hpp"

namespace ciphernet::rlwe::test {

/// A literal with the largest primes of these sizes, without security unless said otherwise.
inline ParametersLiteral literal(int log_n, const std::vector<std::vector<int>>& levels,
                                 const std::vector<int>& special, Security security = Security::none) {
    std::vector<u64> taken;
    const auto prime = [&](int bits) {
        taken.push_back(largest_prime(bits, u64{2} << log_n, taken));
        return taken.back();
    };
    ParametersLiteral r{.log_n = log_n, .levels = {}, .special_primes = {}, .security = security, .scheme = {}};
    for (const auto& level : levels) {
        r.levels.emplace_back();
        for (const int bits : level) r.levels.back().push_back(prime(bits));
    }
    for (const int bits : special) r.special_primes.push_back(prime(bits));
    return r;
}

/// A set with a secret key and what makes its keys, from a fixed seed.
struct Context {
    explicit Context(const ParametersLiteral& set, Execution e = Execution(), u64 stream = 0)
        : parameters(std::make_shared<const Parameters>(set)),
          execution(std::move(e)),
          random(RandomSource::insecure_deterministic(test_seed() + stream)),
          secret(SecretKey::generate(parameters, random, execution)),
          generator(secret, random, execution) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    const Ring& ring() const { return parameters->ring(); }

    std::shared_ptr<const Parameters> parameters;
    Execution execution;
    RandomSource random;
    SecretKey secret;
    KeyGenerator generator;
};

/// The coefficients of a small polynomial; checks that all limbs hold the same small number.
inline std::vector<double> small_coefficients(const CoefficientPolynomial& a) {
    std::vector<double> r(a.n());
    bool same = true;
    for (std::size_t k = 0; k < a.n(); ++k) {
        const i64 x = a.modulus(0).centred(a.limb(0)[k]);
        for (int i = 1; i < a.limb_count(); ++i) same = same && a.modulus(i).centred(a.limb(i)[k]) == x;
        r[k] = static_cast<double>(x);
    }
    CHECK(same);
    return r;
}

/// Mean of squares, over everything that was added.
class Variance {
public:
    void add(std::span<const double> values) {
        for (const double x : values) sum_ += x, squares_ += x * x;
        count_ += static_cast<double>(values.size());
    }
    double value() const { return squares_ / count_; }
    double mean() const { return sum_ / count_; }
    double count() const { return count_; }

private:
    double sum_ = 0;
    double squares_ = 0;
    double count_ = 0;
};

}  // namespace ciphernet::rlwe::test
