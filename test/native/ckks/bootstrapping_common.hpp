#pragma once

#include <algorithm>
#include <cmath>
#include <complex>
#include <vector>

#include "ckks/encoding.hpp"
#include "ckks/parameters.hpp"
#include "context.hpp"

// What the tests of bootstrapping share: a small set, and how far off slots are.

namespace ciphernet::ckks::test {

/// The default circuit in a small ring.
inline ParametersLiteral small(int log_n, int log_slots = -1, const BootstrappingLiteral& b = {}) {
    std::vector<int> log_q{58, 40, 40};
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.slots_to_coefficients), 40);
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.modular_reduction()), b.log_scale);
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.coefficients_to_slots), 58);
    return {.log_n = log_n,
            .log_q = std::move(log_q),
            .log_p = std::vector<int>(4, 50),
            .log_scale = 40,
            .log_slots = log_slots == -1 ? log_n - 1 : log_slots,
            .security = Security::none,
            .bootstrapping = b};
}

/// The same with slots to coefficients first.
inline ParametersLiteral small_back_first(int log_n) {
    BootstrappingLiteral b;
    b.order = BootstrappingOrder::slots_to_coefficients_first;
    b.slots_to_coefficients = 2;
    b.log_scale = 60;
    b.log_message_ratio = 14;
    std::vector<int> log_q{54, 40, 40, 40, 40, 69};
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.modular_reduction()) - 1, b.log_scale);
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.coefficients_to_slots), 58);
    return {.log_n = log_n,
            .log_q = std::move(log_q),
            .log_p = std::vector<int>(4, 50),
            .log_scale = 40,
            .log_slots = log_n - 1,
            .security = Security::none,
            .bootstrapping = b};
}

/// Mean of -log2 of the errors of real and imaginary parts.
inline double mean_bits(const SlotVector& got, const Slots& expected) {
    double bits = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        bits -= std::log2(std::max(0x1p-60, std::abs(got.re[i] - expected[i].real()))) +
                std::log2(std::max(0x1p-60, std::abs(got.im[i] - expected[i].imag())));
    return bits / (2.0 * static_cast<double>(expected.size()));
}

/// Root mean square of |got - expected|.
inline double deviation(const SlotVector& got, const Slots& expected) {
    double sum = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        sum += std::norm(std::complex(got.re[i], got.im[i]) - expected[i]);
    return std::sqrt(sum / static_cast<double>(expected.size()));
}

inline Slots random_slots(std::size_t count, Rng& rng) {
    Slots r(count);
    for (auto& x : r) x = {rng.uniform(-1, 1), rng.uniform(-1, 1)};
    return r;
}

}  // namespace ciphernet::ckks::test
