#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "bench.hpp"
#include "ckks/encryption.hpp"
#include "ckks/evaluator.hpp"
#include "ckks/linear_transform.hpp"
#include "ckks/slot_polynomial.hpp"
#include "ckks_common.hpp"
#include "rlwe/key_generator.hpp"

namespace ciphernet::bench {
namespace {

/// Images of 28 × 28 pixels, a ciphertext a pixel, and a dense layer or five filters of 5 × 5 at every second place.
constexpr int kSide = 28;
constexpr int kInputs = kSide * kSide;
constexpr int kDenseRows = 100;
constexpr int kKernel = 5;
constexpr int kFilters = 5;
constexpr int kPlaces = 12;

struct Matrix {
    std::vector<int> offsets{0};
    std::vector<int> columns;
    std::vector<double> values;

    void add(int column) {
        columns.push_back(column);
        values.push_back(std::sin(static_cast<double>(values.size())) / kInputs);
    }
    void end_row() { offsets.push_back(static_cast<int>(values.size())); }
};

Matrix dense_layer() {
    Matrix m;
    for (int r = 0; r < kDenseRows; ++r) {
        for (int c = 0; c < kInputs; ++c) m.add(c);
        m.end_row();
    }
    return m;
}

Matrix convolution_layer() {
    Matrix m;
    for (int f = 0; f < kFilters; ++f)
        for (int place = 0; place < kPlaces * kPlaces; ++place) {
            const int corner = 2 * (place / kPlaces) * kSide + 2 * (place % kPlaces);
            for (int k = 0; k < kKernel * kKernel; ++k) m.add(corner + k / kKernel * kSide + k % kKernel);
            m.end_row();
        }
    return m;
}

/// `count` diagonals, `apart` from one to the next.
std::vector<ckks::Diagonal> diagonals(std::size_t slots, int count, int apart) {
    std::vector<ckks::Diagonal> r;
    for (int k = 0; k < count; ++k) {
        ckks::Diagonal& d = r.emplace_back(ckks::Diagonal{k * apart, {}});
        for (std::size_t i = 0; i < slots; ++i)
            d.values.re.push_back(std::cos(k + 0.1 * static_cast<double>(i)) / count);
    }
    return r;
}

/// A ciphertext, its keys, and every operation that is timed.
class Subject {
public:
    Subject(const Options& options, Execution execution)
        : execution_(std::move(execution)),
          parameters_(std::make_shared<const ckks::Parameters>(literal(options))),
          secret_(rlwe::SecretKey::generate(parameters_->shared_rlwe(), random_, execution_)),
          values_(parameters_->slots()) {
        for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = std::cos(0.37 * static_cast<double>(i));
        x_ = ckks::encrypt(parameters_, secret_, {.re = values_}, parameters_->max_level(), 1, random_, execution_);
        add_transform("linear_transform_dense_128", 128, 1);
        add_transform("linear_transform_sparse_16", 16, 37);
        std::vector<int> rotations;
        for (const auto& [name, prepared] : transforms_)
            for (const int steps : prepared.transform->rotations()) rotations.push_back(steps);
        keys_ = evaluation_keys(*parameters_, secret_, random_, rotations, execution_);
    }

    const ckks::Parameters& parameters() const { return *parameters_; }

    void run(const std::string& operation) {
        const ckks::Evaluator evaluator(parameters_, keys_, execution_);
        if (operation.starts_with("linear_map")) {
            const Matrix& m = layer(operation);
            const ckks::SparseRows rows{m.offsets, m.columns, m.values};
            result_ = std::move(evaluator.linear_map(inputs(), rows, std::vector<double>(m.offsets.size() - 1)).back());
        } else if (operation == "linear_transform_encode_128") {
            encoded_ = encode(transforms_.at("linear_transform_dense_128").diagonals);
        } else if (transforms_.contains(operation)) {
            result_ = evaluator.transform(*x_, *transforms_.at(operation).transform);
        } else if (operation.starts_with("polynomial_")) {
            result_ = evaluator.evaluate_polynomial(*x_, series(operation));
        } else {
            throw std::invalid_argument("no operation named " + operation);
        }
    }

    Checked check(const std::string& operation) {
        run(operation);
        const bool encodes = operation == "linear_transform_encode_128";
        if (encodes) result_ = ckks::Evaluator(parameters_, keys_, execution_).transform(*x_, *encoded_);
        const std::vector<double> expected = expect(encodes ? "linear_transform_dense_128" : operation);
        return {.error = largest_error(expected, ckks::decrypt(*result_, secret_, execution_)),
                .levels_left = result_->level()};
    }

private:
    struct Prepared {
        std::vector<ckks::Diagonal> diagonals;
        std::optional<ckks::LinearTransform> transform;
    };

    ckks::LinearTransform encode(const std::vector<ckks::Diagonal>& d) const {
        return ckks::LinearTransform::encode(parameters_, d, parameters_->max_level(), {}, execution_);
    }

    void add_transform(const std::string& name, int count, int apart) {
        std::vector<ckks::Diagonal> d = diagonals(parameters_->slots(), count, apart);
        std::optional<ckks::LinearTransform> transform = encode(d);
        transforms_.emplace(name, Prepared{std::move(d), std::move(transform)});
    }

    static const Matrix& layer(const std::string& operation) {
        static const Matrix dense = dense_layer();
        static const Matrix convolution = convolution_layer();
        return operation == "linear_map_sparse" ? convolution : dense;
    }

    /// Ciphertexts of their own, as a client's are: more than any cache holds.
    std::vector<const ckks::Ciphertext*> inputs() {
        while (inputs_.size() < kInputs) inputs_.push_back(x_->copy());
        std::vector<const ckks::Ciphertext*> r;
        for (const ckks::Ciphertext& input : inputs_) r.push_back(&input);
        return r;
    }

    static ckks::SlotPolynomial series(const std::string& operation) {
        ckks::SlotPolynomial p{.basis = ckks::PolynomialBasis::chebyshev, .coefficients = {}};
        const int degree = std::stoi(operation.substr(operation.rfind('_') + 1));
        for (int k = 0; k <= degree; ++k) p.coefficients.emplace_back(1.0 / (degree + k));
        return p;
    }

    std::vector<double> expect(const std::string& operation) const {
        std::vector<double> r(values_.size());
        if (operation.starts_with("linear_map")) {
            const Matrix& m = layer(operation);
            double weight = 0;
            for (auto k = static_cast<std::size_t>(*(m.offsets.end() - 2)); k < m.values.size(); ++k)
                weight += m.values[k];
            for (std::size_t i = 0; i < r.size(); ++i) r[i] = weight * values_[i];
        } else if (operation.starts_with("polynomial_")) {
            const ckks::SlotPolynomial p = series(operation);
            for (std::size_t i = 0; i < r.size(); ++i)
                for (std::size_t k = 0; k < p.coefficients.size(); ++k)
                    r[i] += p.coefficients[k].real() * std::cos(static_cast<double>(k) * std::acos(values_[i]));
        } else {
            for (const ckks::Diagonal& d : transforms_.at(operation).diagonals)
                for (std::size_t i = 0; i < r.size(); ++i)
                    r[i] += d.values.re[i] * values_[(i + static_cast<std::size_t>(d.index)) % r.size()];
        }
        return r;
    }

    Execution execution_;
    RandomSource random_ = RandomSource::system();
    std::shared_ptr<const ckks::Parameters> parameters_;
    rlwe::SecretKey secret_;
    std::vector<double> values_;
    std::optional<ckks::Ciphertext> x_;
    std::map<std::string, Prepared> transforms_;
    std::shared_ptr<const rlwe::EvaluationKeys> keys_;
    std::vector<ckks::Ciphertext> inputs_;
    std::optional<ckks::LinearTransform> encoded_;
    std::optional<ckks::Ciphertext> result_;
};

}  // namespace

int linear_bench(const Options& options) { return serve_subject<Subject>(options); }

}  // namespace ciphernet::bench
