#include <string>

#include "addon/arguments.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "ckks/noise.hpp"
#include "ckks/sharing.hpp"

namespace ciphernet::addon {
namespace {

/// A ring degree or a number of slots.
std::size_t size(const Napi::Value& value) {
    const double given = number(value);
    if (!(given >= 1 && given <= 0x1p30))
        throw Error(ErrorCode::invalid_argument,
                    "Expected a size from 1 to 2^30 but received " + std::to_string(given) + ".");
    return static_cast<std::size_t>(given);
}

/// (ring degree, scale) -> deviation
Napi::Value fresh_deviation(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::fresh_secret_key_deviation(size(info[0]), number(info[1])));
}

/// (ring degree, scale) -> deviation
Napi::Value rounding_deviation(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::rounding_deviation(size(info[0]), number(info[1])));
}

/// (ring degree, scale) -> deviation
Napi::Value encoding_deviation(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::encoding_deviation(size(info[0]), number(info[1])));
}

/// (ring degree, scale, sum of (D_j / P)^2 over the digits) -> deviation
Napi::Value key_switch_deviation(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::key_switch_deviation(size(info[0]), number(info[1]), number(info[2])));
}

/// (scale) -> deviation
Napi::Value scalar_deviation(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::scalar_deviation(number(info[0])));
}

/// (slots) -> factor
Napi::Value tail_factor(const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), ckks::tail_factor(size(info[0])));
}

/// (slots, queries, statistical security) -> bits
Napi::Value sharing_bits(const Napi::CallbackInfo& info) {
    const ckks::Sharing sharing{.queries = number(info[1]), .statistical_security = number(info[2])};
    return Napi::Number::New(info.Env(), ckks::sharing_bits(sharing, size(info[0])));
}

}  // namespace

void expose_noise(Napi::Object& exports) {
    expose<fresh_deviation>(exports, "freshDeviation");
    expose<rounding_deviation>(exports, "roundingDeviation");
    expose<encoding_deviation>(exports, "encodingDeviation");
    expose<key_switch_deviation>(exports, "keySwitchDeviation");
    expose<scalar_deviation>(exports, "scalarDeviation");
    expose<tail_factor>(exports, "tailFactor");
    expose<sharing_bits>(exports, "sharingBits");
}

}  // namespace ciphernet::addon
