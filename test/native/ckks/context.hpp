#pragma once

#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <span>
#include <utility>
#include <vector>

#include "ckks/encryption.hpp"
#include "ckks/evaluator.hpp"
#include "rlwe/key_generator.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks::test {

using Slots = std::vector<std::complex<double>>;

/// `levels` products of `scale` bits; P of as many primes as a gadget digit is to have.
inline ParametersLiteral literal(int log_n, int levels, int scale, int special = 1, int log_slots = -1) {
    std::vector<int> log_q{scale + (scale > 45 ? 4 : 10)};
    log_q.insert(log_q.end(), static_cast<std::size_t>(levels), scale);
    return {.log_n = log_n,
            .log_q = std::move(log_q),
            .log_p = std::vector<int>(static_cast<std::size_t>(special), 50),
            .log_scale = scale,
            .log_slots = log_slots,
            .security = Security::none};
}

/// Parameters with every key of a small circuit, from a fixed seed.
class Context {
public:
    explicit Context(const ParametersLiteral& set, const std::vector<int>& rotations = {}, Execution e = Execution(),
                     u64 stream = 0)
        : Context(std::make_shared<const Parameters>(set), rotations, std::move(e),
                  RandomSource::insecure_deterministic(test_seed() + stream)) {}

    Context(std::shared_ptr<const Parameters> set, const std::vector<int>& rotations, Execution e, RandomSource source)
        : parameters(std::move(set)),
          execution(std::move(e)),
          random(std::move(source)),
          secret(rlwe::SecretKey::generate(parameters->shared_rlwe(), random, execution)),
          generator(secret, random, execution),
          public_key(generator.public_key()),
          keys(make_keys(rotations)),
          evaluator(parameters, keys, execution) {}
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    std::size_t slots() const { return parameters->slots(); }
    int top() const { return parameters->max_level(); }

    Ciphertext encrypt(const Slots& values, int level, double magnitude = 1) {
        const Parts parts(values);
        return ckks::encrypt(parameters, secret, parts.view(), level, magnitude, random, execution);
    }
    Ciphertext encrypt_public(const Slots& values, int level, double magnitude = 1) {
        const Parts parts(values);
        return ckks::encrypt(parameters, public_key, parts.view(), level, magnitude, random, execution);
    }
    Plaintext encode(const Slots& values, int level, double magnitude = 1) const {
        const Parts parts(values);
        return ckks::encode(parameters, parts.view(), level, magnitude, execution);
    }
    double error(const Ciphertext& a, const Slots& expected) const {
        const Parts parts(expected);
        return measure_error(a, secret, parts.view(), execution);
    }

    /// Checks that the slots are what they should be within the error that was predicted, and that the prediction says
    /// something: it is finer than 2^-`least_bits`, and its magnitude covers the values.
    void check(const Ciphertext& a, const Slots& expected, double least_bits = 10) const {
        const double bound = a.noise.error_bound(slots());
        CHECK_LE(error(a, expected), bound);
        CHECK_LE(bound, std::exp2(-least_bits));
        double largest = 0;
        for (const auto& x : expected) largest = std::max(largest, std::abs(x));
        CHECK_LE(largest, a.noise.magnitude * (1 + 1e-9));
    }

    std::shared_ptr<const Parameters> parameters;
    Execution execution;
    RandomSource random;
    rlwe::SecretKey secret;
    rlwe::KeyGenerator generator;
    rlwe::PublicKey public_key;
    std::shared_ptr<rlwe::EvaluationKeys> keys;
    Evaluator evaluator;

private:
    struct Parts {
        explicit Parts(const Slots& values) {
            for (const auto& x : values) re.push_back(x.real()), im.push_back(x.imag());
        }
        SlotView view() const { return {re, im}; }
        std::vector<double> re, im;
    };

    std::shared_ptr<rlwe::EvaluationKeys> make_keys(const std::vector<int>& rotations) {
        auto made = std::make_shared<rlwe::EvaluationKeys>();
        made->parameters = parameters->shared_rlwe();
        made->insecure = secret.insecure() || random.insecure();
        if (!parameters->rlwe().has_special_primes()) return made;
        made->relinearization = std::make_shared<const rlwe::KeySwitchKey>(generator.relinearization_key(top()));
        const auto add = [&](u32 element) {
            made->galois[element] = std::make_shared<const rlwe::GaloisKey>(generator.galois_key(element, top()));
        };
        const int slots = static_cast<int>(parameters->slots());  // the evaluator turns by less than one whole turn
        for (const int steps : rotations) add(rotation_element(parameters->ring(), ((steps % slots) + slots) % slots));
        add(conjugation_element(parameters->ring()));
        return made;
    }
};

/// Every slot of modulus 1: nothing dilutes the largest error.
inline Slots unit_slots(std::size_t count, Rng& rng) {
    Slots r(count);
    for (auto& x : r) x = std::polar(1.0, rng.uniform(0, 2 * std::numbers::pi)) * (1 - 0x1p-50);
    return r;
}

/// Slot by slot.
template <class F>
Slots map(const Slots& a, const F& f) {
    Slots r;
    for (const auto& x : a) r.push_back(f(x));
    return r;
}
template <class F>
Slots zip(const Slots& a, const Slots& b, const F& f) {
    Slots r;
    for (std::size_t i = 0; i < a.size(); ++i) r.push_back(f(a[i], b[i]));
    return r;
}
inline Slots sum(const Slots& a, const Slots& b) {
    return zip(a, b, [](auto x, auto y) { return x + y; });
}
inline Slots difference(const Slots& a, const Slots& b) {
    return zip(a, b, [](auto x, auto y) { return x - y; });
}
inline Slots product(const Slots& a, const Slots& b) {
    return zip(a, b, [](auto x, auto y) { return x * y; });
}
inline Slots rotated(const Slots& a, int steps) {
    Slots r;
    const auto n = static_cast<int>(a.size());
    for (int i = 0; i < n; ++i) r.push_back(a[static_cast<std::size_t>(((i + steps) % n + n) % n)]);
    return r;
}

/// The sets that every operation is tested under: gadget digits of one and of two primes, levels of two primes at a
/// scale past 53 bits, sparse packing.
inline std::vector<ParametersLiteral> sets() {
    return {literal(10, 4, 40), literal(11, 4, 38, 2), literal(10, 4, 56, 2), literal(10, 4, 40, 1, 4)};
}

}  // namespace ciphernet::ckks::test
