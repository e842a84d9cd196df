#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <vector>

#include "ckks/evaluator.hpp"

namespace ciphernet::ckks {

/// What PolynomialEvaluation computes with, over ciphertexts.
class CiphertextArithmetic {
public:
    using Value = Ciphertext;

    explicit CiphertextArithmetic(const Evaluator& evaluator) : evaluator_(evaluator) {}

    int level(const Ciphertext& a) const { return a.level(); }
    Ciphertext copy(const Ciphertext& a) const { return a.copy(); }
    Ciphertext add(const Ciphertext& a, const Ciphertext& b) const { return evaluator_.add(a, b); }
    Ciphertext subtract(const Ciphertext& a, const Ciphertext& b) const { return evaluator_.subtract(a, b); }
    Ciphertext add_scalar(Ciphertext a, std::complex<double> b) const {
        evaluator_.add_scalar_to(a, b);
        return a;
    }
    Ciphertext multiply(const Ciphertext& a, const Ciphertext& b) const { return evaluator_.multiply(a, b); }
    Ciphertext multiply_scalar(const Ciphertext& a, std::complex<double> b) const {
        return evaluator_.multiply_scalar(a, b);
    }
    Ciphertext sum_of_products(std::span<const Ciphertext* const> a, std::span<const Ciphertext* const> b) const {
        return evaluator_.sum_of_products(a, b);
    }
    double product_gain(const Ciphertext& a) const { return a.parameters->product_gain(a.level()); }
    Ciphertext drop(const Ciphertext& a, int level) const { return evaluator_.drop_to_level(a, level); }

    std::vector<Ciphertext> combine(std::span<const Ciphertext* const> values,
                                    std::span<const std::vector<std::complex<double>>> rows) const {
        const auto is_real = [](std::complex<double> w) { return w.imag() == 0; };
        if (std::ranges::all_of(rows, [&](const auto& row) { return std::ranges::all_of(row, is_real); })) {
            std::vector<double> real;
            for (const auto& row : rows)
                for (const std::complex<double> w : row) real.push_back(w.real());
            return evaluator_.linear_map(values, real, std::vector<double>(rows.size()));
        }
        std::vector<Ciphertext> results;
        for (const auto& row : rows) {
            std::optional<Ciphertext> sum;
            for (std::size_t k = 0; k < values.size(); ++k) {
                if (row[k] == std::complex<double>(0)) continue;
                Ciphertext product = evaluator_.multiply_scalar(*values[k], row[k], false);
                sum = sum ? evaluator_.add(*sum, product) : std::move(product);
            }
            results.push_back(evaluator_.rescale(*sum));
        }
        return results;
    }

    /// On [-1, 1] no T_n is above 1, which the prediction of a product does not know.
    void bound_chebyshev(Ciphertext& r, const Ciphertext& upper, const Ciphertext& lower) const {
        if (upper.noise.magnitude <= 1 && lower.noise.magnitude <= 1) r.noise.magnitude = 1;
    }

private:
    const Evaluator& evaluator_;
};

}  // namespace ciphernet::ckks
