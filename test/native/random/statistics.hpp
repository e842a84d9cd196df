#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace ciphernet::test {

/// How far Pearson's chi-squared lies above what it should be, as a standard normal variable (Wilson and Hilferty, 1931).
/// The tests ask for |z| < 6: a right sampler fails once in 5 * 10^8 seeds; too even a sample fails too.
inline double chi_squared_z(const std::vector<double>& observed, const std::vector<double>& expected) {
    double statistic = 0;
    for (std::size_t i = 0; i < observed.size(); ++i) {
        const double d = observed[i] - expected[i];
        statistic += d * d / expected[i];
    }
    const double freedom = static_cast<double>(observed.size() - 1);
    const double spread = 2 / (9 * freedom);
    return (std::cbrt(statistic / freedom) - (1 - spread)) / std::sqrt(spread);
}

struct Moments {
    double mean, variance, kurtosis;
    double neighbours;  ///< correlation of each value with the next
};

template <class T>
Moments moments(const std::vector<T>& x) {
    const double n = static_cast<double>(x.size());
    double mean = 0;
    for (const T v : x) mean += static_cast<double>(v) / n;
    double second = 0;
    double fourth = 0;
    double product = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double d = static_cast<double>(x[i]) - mean;
        second += d * d / n;
        fourth += d * d * d * d / n;
        if (i + 1 < x.size()) product += d * (static_cast<double>(x[i + 1]) - mean) / n;
    }
    return {mean, second, fourth / (second * second), product / second};
}

}  // namespace ciphernet::test
