#include <utility>

#include "addon/arguments.hpp"
#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/literal.hpp"
#include "ckks/intent.hpp"
#include "io/format.hpp"

namespace ciphernet::addon {
namespace {

Result parameters_result(std::shared_ptr<const ckks::Parameters> parameters) {
    return [parameters = std::move(parameters)](Napi::Env env) -> Napi::Value {
        return wrap<ckks::Parameters>(env, parameters);
    };
}

/// (literal, watch) -> Promise<handle>
Napi::Value create_parameters(const Napi::CallbackInfo& info) {
    ckks::ParametersLiteral literal = parameters_literal(info[0]);
    return Environment::of(info.Env()).run(info[1], [literal = std::move(literal)](const Execution&) {
        return parameters_result(std::make_shared<const ckks::Parameters>(literal));
    });
}

/// (intent) -> { literal, reasons, precisionBits }
Napi::Value choose_parameters(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const Napi::Object from = object(info[0]);
    const ckks::Choice choice = ckks::choose_parameters({.slots = static_cast<std::size_t>(number(from.Get("slots"))),
                                                         .levels = integer(from.Get("levels")),
                                                         .precision_bits = integer(from.Get("precisionBits")),
                                                         .magnitude = number(from.Get("magnitude")),
                                                         .security = security(from.Get("security")),
                                                         .key_switching = boolean(from.Get("keySwitching"))});
    Napi::Object result = Napi::Object::New(env);
    result.Set("literal", to_object(env, choice.literal));
    result.Set("reasons", to_array(env, choice.reasons));
    result.Set("precisionBits", Napi::Number::New(env, choice.precision_bits));
    return result;
}

Napi::Array primes(Napi::Env env, const std::vector<u64>& values) {
    Napi::Array result = Napi::Array::New(env, values.size());
    for (std::uint32_t i = 0; i < values.size(); ++i)
        result.Set(i, Napi::BigInt::New(env, static_cast<std::uint64_t>(values[i])));
    return result;
}

/// (parameters) -> everything that a user may ask of a set
Napi::Value describe_parameters(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    const rlwe::Parameters& rlwe = parameters->rlwe();
    const auto levels = static_cast<std::uint32_t>(parameters->max_level() + 1);
    Napi::Array level_primes = Napi::Array::New(env, levels);
    Napi::Array scales = Napi::Array::New(env, levels);
    Napi::Array limbs = Napi::Array::New(env, levels);
    Napi::Array digits = Napi::Array::New(env, levels);
    for (std::uint32_t l = 0; l < levels; ++l) {
        const int level = static_cast<int>(l);
        level_primes.Set(l, primes(env, rlwe.literal().levels[l]));
        scales.Set(l, Napi::Number::New(env, parameters->scale(level).hi));
        limbs.Set(l, Napi::Number::New(env, rlwe.limb_count(level)));
        digits.Set(l, Napi::Number::New(env, rlwe.has_special_primes() ? rlwe.digit_count(level) : 0));
    }
    Napi::Object result = Napi::Object::New(env);
    result.Set("literal", to_object(env, parameters->literal()));
    result.Set("primes", level_primes);
    result.Set("specialPrimes", primes(env, rlwe.literal().special_primes));
    result.Set("scales", scales);
    result.Set("limbCounts", limbs);
    result.Set("digitCounts", digits);
    result.Set("userLevel", Napi::Number::New(env, parameters->user_level()));
    result.Set("logQP", Napi::Number::New(env, rlwe.log2_qp()));
    result.Set("maxLogQP", Napi::Number::New(env, rlwe::max_log_qp(rlwe.log_n())));
    result.Set("fingerprint", Napi::String::New(env, hexadecimal(rlwe.fingerprint())));
    return result;
}

/// (parameters) -> Promise<Uint8Array>
Napi::Value parameters_to_bytes(const Napi::CallbackInfo& info) {
    return uint8_array(info.Env(), io::write(*unwrap<const ckks::Parameters>(info[0])));
}

/// (bytes, watch) -> Promise<handle>
Napi::Value parameters_from_bytes(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env()).run(info[1], [content = bytes(info[0])](const Execution&) {
        return parameters_result(io::read_parameters(content));
    });
}

int checked_level(const ckks::Parameters& parameters, int level) {
    if (level < 0 || level > parameters.max_level())
        throw Error(ErrorCode::invalid_argument, "Expected a level from 0 to " +
                                                     std::to_string(parameters.max_level()) + " but received " +
                                                     std::to_string(level) + ".");
    return level;
}

/// (parameters, level, degree, seeded) -> bytes of one ciphertext in a file
Napi::Value ciphertext_size(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    const io::CiphertextShape shape{
        .level = checked_level(*parameters, integer(info[1])), .degree = integer(info[2]), .seeded = boolean(info[3])};
    return Napi::Number::New(info.Env(), static_cast<double>(io::ciphertext_bytes(parameters->rlwe(), shape)));
}

}  // namespace

void expose_parameters(Napi::Object& exports) {
    expose<create_parameters>(exports, "createParameters");
    expose<choose_parameters>(exports, "chooseParameters");
    expose<describe_parameters>(exports, "describeParameters");
    expose<parameters_to_bytes>(exports, "parametersToBytes");
    expose<parameters_from_bytes>(exports, "parametersFromBytes");
    expose<ciphertext_size>(exports, "ciphertextSize");
}

}  // namespace ciphernet::addon
