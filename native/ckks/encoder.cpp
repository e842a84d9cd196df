#include "ckks/encoder.hpp"

#include <cmath>
#include <cstdio>
#include <string>

#include "base/error.hpp"
#include "ckks/encoding.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

std::string text(double x) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.6g", x);
    return buffer;
}

void check_values(const Parameters& parameters, SlotView values, int level, double magnitude) {
    if (level < 0 || level > parameters.max_level())
        throw Error(ErrorCode::invalid_argument, "Expected a level from 0 to " +
                                                     std::to_string(parameters.max_level()) + " but received " +
                                                     std::to_string(level) + ".");
    if (!(magnitude > 0) || !std::isfinite(magnitude))
        throw Error(ErrorCode::invalid_argument,
                    "Expected magnitude to be a positive number but received " + text(magnitude) + ".");
    if (!values.im.empty() && values.im.size() != values.re.size())
        throw Error(ErrorCode::invalid_argument, "Expected as many imaginary parts as real parts but received " +
                                                     std::to_string(values.im.size()) + " for " +
                                                     std::to_string(values.re.size()) + ".");
    // One fast pass for values that are in order; the bound on squares leaves room for their roundings.
    const double most_squared = magnitude < 0x1p-400 ? -1 : magnitude * magnitude * (1 - 0x1p-50);
    std::size_t doubtful = 0;
    if (values.im.empty())
        for (const double x : values.re) doubtful += std::fabs(x) <= magnitude ? 0 : 1;
    else
        for (std::size_t i = 0; i < values.size(); ++i)
            doubtful += values.re[i] * values.re[i] + values.im[i] * values.im[i] <= most_squared ? 0 : 1;
    if (doubtful == 0) return;
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double size = values.im.empty() ? std::fabs(values.re[i]) : std::hypot(values.re[i], values.im[i]);
        if (!std::isfinite(size))
            throw Error(ErrorCode::not_finite,
                        "Expected finite values but slot " + std::to_string(i) + " holds " +
                            text(std::isfinite(values.re[i]) ? values.im[i] : values.re[i]) + ".",
                        {{"slot", std::to_string(i)}});
        if (size > magnitude)
            throw Error(
                ErrorCode::value_out_of_range,
                "Slot " + std::to_string(i) + " holds " + text(size) + ", above the declared magnitude " +
                    text(magnitude) +
                    ". Pass { magnitude } with a bound on your values (it is public), here or in the parameters.",
                {{"slot", std::to_string(i)}, {"value", text(size)}, {"magnitude", text(magnitude)}});
    }
}

}  // namespace

WideIntegers encode_coefficients(const Parameters& parameters, SlotView values, int level, double magnitude,
                                 const Execution& execution) {
    check_values(parameters, values, level, magnitude);
    return encode(parameters.ring(), parameters.rlwe().basis(level), parameters.embeddings(), values.re, values.im,
                  parameters.log_slots(), parameters.scale(level), execution);
}

Plaintext encode(const std::shared_ptr<const Parameters>& parameters, SlotView values, int level, double magnitude,
                 const Execution& execution) {
    const WideIntegers coefficients = encode_coefficients(*parameters, values, level, magnitude, execution);
    return {parameters,
            level,
            to_evaluation(coefficients, parameters->ring(), parameters->rlwe().basis(level), execution),
            {.deviation = encoding_deviation(*parameters, level, magnitude), .magnitude = magnitude}};
}

SlotVector decode(const Parameters& parameters, const Plaintext& plaintext, const Execution& execution) {
    return decode_coefficients(parameters, to_coefficient(plaintext.value.copy(), execution), plaintext.level, 1,
                               execution);
}

SlotVector decode_coefficients(const Parameters& parameters, const CoefficientPolynomial& value, int level,
                               int scale_degree, const Execution& execution) {
    SlotVector slots{std::vector<double>(parameters.slots()), std::vector<double>(parameters.slots())};
    DoubleDouble scale = parameters.scale(level);
    if (scale_degree == 2) scale = scale * scale;
    decode(value, parameters.embeddings(), parameters.log_slots(), scale, slots.re, slots.im, execution);
    return slots;
}

}  // namespace ciphernet::ckks
