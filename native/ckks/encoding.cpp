#include "ckks/encoding.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <string>
#include <type_traits>
#include <utility>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/secret_array.hpp"

namespace ciphernet::ckks {
namespace {

/// Double-double products split their factors, which overflows above 2^996; far beyond every modulus that is used.
constexpr double kLargestMagnitude = 0x1p900;

double high(double x) { return x; }
double high(DoubleDouble x) { return x.hi; }

void assign(double& r, double x) { r = x; }
void assign(DoubleDouble& r, double x) { r = DoubleDouble{x, 0}; }

double as(DoubleDouble x, double) { return x.hi; }
DoubleDouble as(DoubleDouble x, DoubleDouble) { return x; }

template <class Real>
const Embedding<Real>& embedding(const Embeddings& tables) {
    if constexpr (std::is_same_v<Real, double>) {
        return tables.in_double();
    } else {
        return tables.in_double_double();
    }
}

std::string text(double x) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.6g", x);
    return buffer;
}

/// A little below Q/2: an integer that rounds from no more than this is its own centred residue. Capped.
double coefficient_limit(const Ring& ring, Basis basis) {
    double half = 0.5;
    for (int i = 0; i < basis.size() && half < kLargestMagnitude; ++i)
        half *= static_cast<double>(ring.modulus(basis, i).value());
    return std::min(half * (1 - 0x1p-45) - 0.5, kLargestMagnitude);
}

[[noreturn]] void throw_out_of_range(const char* what, double value, double coefficient, double limit,
                                     DoubleDouble scale) {
    const double largest = limit / scale.hi;
    throw Error(ErrorCode::value_out_of_range,
                std::string("The ") + what + " " + text(value) + " at scale 2^" + text(std::log2(scale.hi)) +
                    " needs coefficients of up to " + text(coefficient) +
                    ", but they must stay below half the modulus, " + text(limit) + ". Magnitudes up to " +
                    text(largest) +
                    " always fit at this level: divide the values, encode at a smaller scale or at a higher level.",
                {{"value", text(value)}, {"largest_encodable", text(largest)}, {"coefficient", text(coefficient)}});
}

void check_slots(const Ring& ring, int log_slots, std::size_t re, std::size_t im, DoubleDouble scale) {
    if (log_slots < 0 || log_slots >= ring.log_n())
        throw Error(ErrorCode::invalid_argument, "2^" + std::to_string(log_slots) + " slots were asked for; N = 2^" +
                                                     std::to_string(ring.log_n()) + " has between 1 and 2^" +
                                                     std::to_string(ring.log_n() - 1) + ".");
    const std::size_t slots = std::size_t{1} << log_slots;
    if (re > slots || im > slots)
        throw Error(ErrorCode::invalid_argument, "Received " + std::to_string(std::max(re, im)) + " values for " +
                                                     std::to_string(slots) +
                                                     " slots. Split them over several plaintexts.");
    if (!(scale.hi > 0) || !std::isfinite(scale.hi))
        throw Error(ErrorCode::invalid_argument, "Expected a positive scale but received " + text(scale.hi) + ".");
}

/// The largest magnitude among the values. Throws Error{not_finite}.
double largest_magnitude(std::span<const double> values, const char* part) {
    // One pass without branches on the values: magnitudes are in the order of their words, infinity and what is not a
    // number behind them.
    u64 largest = 0;
    for (const double x : values) largest = std::max(largest, std::bit_cast<u64>(std::abs(x)));
    if (std::isfinite(std::bit_cast<double>(largest))) return std::bit_cast<double>(largest);
    for (std::size_t i = 0; i < values.size(); ++i)
        if (!std::isfinite(values[i]))
            throw Error(ErrorCode::not_finite,
                        std::string("The ") + part + " part of value " + std::to_string(i) + " is " + text(values[i]) +
                            "; only finite numbers can be encoded.",
                        {{"index", std::to_string(i)}});
    CIPHERNET_ASSERT(false);
    return 0;
}

/// Numbers that a thread scales at a time.
constexpr std::size_t kStretch = 2048;

/// x[k] = x[k] * factor; returns the largest magnitude.
template <class Real>
double scale_all(std::span<Real> x, Real factor, const Execution& execution) {
    std::vector<double> bounds((x.size() + kStretch - 1) / kStretch);
    execution.parallel_for(bounds.size(), [&](std::size_t stretch) {
        const auto part = x.subspan(stretch * kStretch, std::min(kStretch, x.size() - stretch * kStretch));
        for (Real& c : part) c = c * factor;
        double largest[4] = {};  // lane by lane, so that the loop is no chain
        for (std::size_t k = 0; k < part.size(); ++k)
            largest[k % 4] = std::max(largest[k % 4], std::abs(high(part[k])));
        bounds[stretch] = *std::max_element(std::begin(largest), std::end(largest));
    });
    return *std::max_element(bounds.begin(), bounds.end());
}

template <class Real>
WideIntegers encode_with(const Ring& ring, Basis basis, const Embeddings& tables, std::span<const double> re,
                         std::span<const double> im, int log_slots, DoubleDouble scale, const Execution& execution) {
    const std::size_t slots = std::size_t{1} << log_slots;
    const double limit = coefficient_limit(ring, basis);
    const double largest = std::max(largest_magnitude(re, "real"), largest_magnitude(im, "imaginary"));
    if (largest > std::min(kLargestMagnitude, kLargestMagnitude / scale.hi))
        throw_out_of_range("value", largest, largest * scale.hi, limit, scale);

    // Coefficients k and k + slots of the subring are the parts of the complex number k: the halves of one array.
    AlignedArray<Real> x(2 * slots);
    const auto copy = [slots](Real* part, std::span<const double> values) {
        for (std::size_t k = 0; k < values.size(); ++k) assign(part[k], values[k]);
        std::fill(part + values.size(), part + slots, Real{});
    };
    copy(x.data(), re);
    copy(x.data() + slots, im);
    embedding<Real>(tables).from_slots(x.data(), x.data() + slots, log_slots);

    const double bound = scale_all(x.span(), as(scale, Real{}), execution);
    if (!(bound <= limit)) throw_out_of_range("value", largest, bound, limit, scale);
    return WideIntegers(std::as_const(x).span(), bound, ring.n() / (2 * slots), execution);
}

template <class Real>
void decode_with(const CoefficientPolynomial& a, const Embeddings& tables, int log_slots, DoubleDouble scale,
                 std::span<double> re, std::span<double> im, const Execution& execution) {
    const std::size_t slots = std::size_t{1} << log_slots;
    SecretArray<Real> x(2 * slots);
    tables.mixed_radix().compose(x.data(), a, 2 * slots, a.n() / (2 * slots), execution);
    scale_all(x.span(), as(1.0 / scale, Real{}), execution);
    embedding<Real>(tables).to_slots(x.data(), x.data() + slots, log_slots);
    for (std::size_t j = 0; j < re.size(); ++j) re[j] = high(x.data()[j]);
    for (std::size_t j = 0; j < im.size(); ++j) im[j] = high(x.data()[slots + j]);
}

}  // namespace

const Embedding<double>& Embeddings::in_double() const {
    std::call_once(in_double_.once,
                   [&] { in_double_.table = std::make_unique<Embedding<double>>(ring_->log_n() - 1); });
    return *in_double_.table;
}

const Embedding<DoubleDouble>& Embeddings::in_double_double() const {
    std::call_once(in_double_double_.once,
                   [&] { in_double_double_.table = std::make_unique<Embedding<DoubleDouble>>(ring_->log_n() - 1); });
    return *in_double_double_.table;
}

const MixedRadix& Embeddings::mixed_radix() const {
    std::call_once(mixed_radix_.once, [&] { mixed_radix_.table = std::make_unique<MixedRadix>(*ring_); });
    return *mixed_radix_.table;
}

WideIntegers encode(const Ring& ring, Basis basis, const Embeddings& tables, std::span<const double> re,
                    std::span<const double> im, int log_slots, DoubleDouble scale, const Execution& execution) {
    CIPHERNET_ASSERT(&tables.ring() == &ring);
    check_slots(ring, log_slots, re.size(), im.size(), scale);
    const auto with = scale.hi <= kLargestDoubleScale ? &encode_with<double> : &encode_with<DoubleDouble>;
    return with(ring, basis, tables, re, im, log_slots, scale, execution);
}

void decode(const CoefficientPolynomial& a, const Embeddings& tables, int log_slots, DoubleDouble scale,
            std::span<double> re, std::span<double> im, const Execution& execution) {
    CIPHERNET_ASSERT(&tables.ring() == &a.ring());
    check_slots(a.ring(), log_slots, re.size(), im.size(), scale);
    const auto with = scale.hi <= kLargestDoubleScale ? &decode_with<double> : &decode_with<DoubleDouble>;
    with(a, tables, log_slots, scale, re, im, execution);
}

EncodedConstants encode_constants(const Ring& ring, Basis basis, std::span<const DoubleDouble> values,
                                  DoubleDouble scale, const Execution& execution) {
    check_slots(ring, 0, 1, 0, scale);
    const double limit = coefficient_limit(ring, basis);
    std::vector<DoubleDouble> products(values.size());
    double bound = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
        const double value = values[k].hi;
        if (!std::isfinite(value))
            throw Error(ErrorCode::not_finite,
                        "The constant is " + text(value) + "; only finite numbers can be encoded.");
        if (std::abs(value) > kLargestMagnitude / scale.hi)
            throw_out_of_range("constant", value, std::abs(value) * scale.hi, limit, scale);
        products[k] = values[k] * scale;
        const double size = std::abs(products[k].hi);
        if (!(size <= limit)) throw_out_of_range("constant", value, size, limit, scale);
        bound = std::max(bound, size);
    }
    const WideIntegers integers{std::span<const DoubleDouble>(products), bound, 1, execution};
    EncodedConstants r{integers.padded_count(),
                       AlignedBuffer(static_cast<std::size_t>(basis.size()) * integers.padded_count())};
    execution.parallel_for(static_cast<std::size_t>(basis.size()), [&](std::size_t i) {
        integers.reduce(r.residues.data() + i * r.stride, ring.modulus(basis, static_cast<int>(i)));
    });
    return r;
}

std::vector<u64> encode_constant(const Ring& ring, Basis basis, DoubleDouble value, DoubleDouble scale) {
    const EncodedConstants one = encode_constants(ring, basis, {&value, 1}, scale, Execution());
    std::vector<u64> r;
    for (int i = 0; i < basis.size(); ++i) r.push_back(one.limb(i)[0]);
    return r;
}

}  // namespace ciphernet::ckks
