#include "ckks/bootstrapping/dft.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <set>

#include "base/assert.hpp"

namespace ciphernet::ckks {
namespace {

using Complex = std::complex<double>;
/// Index, 0 to size - 1, -> entries.
using Sparse = std::map<std::size_t, std::vector<Complex>>;

struct Stage {
    std::size_t half;  ///< the distance of the two entries of a butterfly
};

/// Stages in groups of nearly one size, in the order in which they are applied; the first groups are the larger ones.
std::vector<std::vector<Stage>> groups_of(std::vector<Stage> stages, int factors) {
    std::vector<std::vector<Stage>> groups;
    auto next = stages.begin();
    for (int left = factors; left > 0; --left) {
        const auto rest = stages.end() - next;
        const auto count = (rest + left - 1) / left;
        groups.emplace_back(next, next + count);
        next += count;
    }
    return groups;
}

std::vector<Stage> stages_of(int log_slots, bool descending) {
    std::vector<Stage> stages;
    for (int s = 0; s < log_slots; ++s) stages.push_back({std::size_t{1} << s});
    if (descending) std::reverse(stages.begin(), stages.end());
    return stages;
}

/// exp(2 pi i (5^j mod 8h) / 8h) for j < h
std::vector<Complex> twiddles(std::size_t half) {
    std::vector<Complex> roots;
    std::size_t power = 1;
    for (std::size_t j = 0; j < half; ++j) {
        roots.push_back(
            std::polar(1.0, 2 * std::numbers::pi * static_cast<double>(power) / static_cast<double>(8 * half)));
        power = power * 5 % (8 * half);
    }
    return roots;
}

std::vector<Complex>& diagonal(Sparse& m, std::size_t index, std::size_t size) {
    return m.try_emplace(index % size, size).first->second;
}

/// (u, v) -> (u + w v, u - w v); or its inverse (u, v) -> ((u + v) / 2, (u - v) conj(w) / 2).
Sparse butterflies(Stage stage, std::size_t size, bool inverse) {
    const std::size_t half = stage.half;
    const std::vector<Complex> roots = twiddles(half);
    Sparse m;
    std::vector<Complex>& own = diagonal(m, 0, size);
    std::vector<Complex> up(size), down(size);
    for (std::size_t p = 0; p < size; ++p) {
        const std::size_t j = p % half;
        const bool first = p % (2 * half) < half;
        if (inverse) {
            own[p] = first ? 0.5 : -0.5 * std::conj(roots[j]);
            (first ? up : down)[p] = first ? 0.5 : 0.5 * std::conj(roots[j]);
        } else {
            own[p] = first ? 1 : -roots[j];
            (first ? up : down)[p] = first ? roots[j] : 1;
        }
    }
    // Both are one diagonal where half the vector is the distance.
    for (const auto& [index, values] : {std::pair{half, &up}, std::pair{size - half, &down}}) {
        std::vector<Complex>& d = diagonal(m, index, size);
        for (std::size_t p = 0; p < size; ++p) d[p] += (*values)[p];
    }
    return m;
}

/// b after a
Sparse product(const Sparse& b, const Sparse& a, std::size_t size) {
    Sparse m;
    for (const auto& [i, x] : b)
        for (const auto& [j, y] : a) {
            std::vector<Complex>& d = diagonal(m, i + j, size);
            for (std::size_t p = 0; p < size; ++p) d[p] += x[p] * y[(p + i) % size];
        }
    return m;
}

/// diag(1, …, 1, -i, …, -i)
Sparse separate_halves(std::size_t size) {
    Sparse m;
    std::vector<Complex>& d = diagonal(m, 0, size);
    for (std::size_t p = 0; p < size; ++p) d[p] = p < size / 2 ? Complex(1) : Complex(0, -1);
    return m;
}

/// Both halves become first + i second.
Sparse join_halves(std::size_t size) {
    Sparse m;
    std::vector<Complex>& own = diagonal(m, 0, size);
    std::vector<Complex>& other = diagonal(m, size / 2, size);
    for (std::size_t p = 0; p < size; ++p) {
        own[p] = p < size / 2 ? Complex(1) : Complex(0, 1);
        other[p] = p < size / 2 ? Complex(0, 1) : Complex(1);
    }
    return m;
}

DiagonalMatrix to_diagonals(const Sparse& m, double factor) {
    DiagonalMatrix r;
    for (const auto& [index, values] : m) {
        Diagonal& d = r.emplace_back(Diagonal{static_cast<int>(index), {}});
        for (const Complex& x : values) {
            d.values.re.push_back(x.real() * factor);
            d.values.im.push_back(x.imag() * factor);
        }
    }
    return r;
}

std::vector<DiagonalMatrix> factors_of(const DftShape& shape, double scale, bool inverse) {
    CIPHERNET_ASSERT(1 <= shape.factors && shape.factors <= shape.log_slots);
    CIPHERNET_ASSERT(shape.log_vector == shape.log_slots || shape.log_vector == shape.log_slots + 1);
    const std::size_t size = std::size_t{1} << shape.log_vector;
    const bool sparse = shape.log_vector != shape.log_slots;
    const double root = std::pow(scale, 1.0 / shape.factors);
    const auto groups = groups_of(stages_of(shape.log_slots, inverse), shape.factors);
    std::vector<DiagonalMatrix> factors;
    for (std::size_t g = 0; g < groups.size(); ++g) {
        Sparse m = butterflies(groups[g][0], size, inverse);
        if (sparse && !inverse && g == 0) m = product(m, join_halves(size), size);
        for (std::size_t s = 1; s < groups[g].size(); ++s)
            m = product(butterflies(groups[g][s], size, inverse), m, size);
        if (sparse && inverse && g + 1 == groups.size()) m = product(separate_halves(size), m, size);
        factors.push_back(to_diagonals(m, root));
    }
    return factors;
}

std::vector<std::vector<int>> indices_of(const DftShape& shape, bool inverse) {
    const std::size_t size = std::size_t{1} << shape.log_vector;
    const bool joins = shape.log_vector != shape.log_slots && !inverse;
    std::vector<std::vector<int>> all;
    for (const auto& group : groups_of(stages_of(shape.log_slots, inverse), shape.factors)) {
        std::set<std::size_t> indices{0};
        if (joins && all.empty()) indices.insert(size / 2);
        for (const Stage stage : group) {
            std::set<std::size_t> next;
            for (const std::size_t i : indices)
                for (const std::size_t step : {std::size_t{0}, stage.half, size - stage.half})
                    next.insert((i + step) % size);
            indices = std::move(next);
        }
        all.emplace_back(indices.begin(), indices.end());
    }
    return all;
}

std::vector<int> log_periods_of(const DftShape& shape, bool inverse) {
    const bool sparse = shape.log_vector != shape.log_slots;
    std::vector<int> periods;
    for (const auto& group : groups_of(stages_of(shape.log_slots, inverse), shape.factors)) {
        std::size_t period = 1;
        for (const Stage stage : group) period = std::max(period, 2 * stage.half);
        periods.push_back(std::countr_zero(period));
    }
    // What separates the halves of a sparse packing, or joins them, differs between them.
    if (sparse) (inverse ? periods.back() : periods.front()) = shape.log_vector;
    return periods;
}

}  // namespace

std::vector<DiagonalMatrix> coefficients_to_slots(const DftShape& shape, double scale) {
    return factors_of(shape, scale, true);
}

std::vector<DiagonalMatrix> slots_to_coefficients(const DftShape& shape, double scale) {
    return factors_of(shape, scale, false);
}

std::vector<std::vector<int>> coefficients_to_slots_indices(const DftShape& shape) { return indices_of(shape, true); }
std::vector<std::vector<int>> slots_to_coefficients_indices(const DftShape& shape) { return indices_of(shape, false); }

std::vector<int> coefficients_to_slots_log_periods(const DftShape& shape) { return log_periods_of(shape, true); }
std::vector<int> slots_to_coefficients_log_periods(const DftShape& shape) { return log_periods_of(shape, false); }

}  // namespace ciphernet::ckks
