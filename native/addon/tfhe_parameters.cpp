#include <memory>

#include "addon/arguments.hpp"
#include "addon/environment.hpp"
#include "addon/literal.hpp"
#include "addon/tfhe.hpp"
#include "tfhe/noise.hpp"

namespace ciphernet::addon {
namespace {

/// The fields of ParametersLiteral that are integers and their names in JavaScript.
struct LiteralField {
    const char* name;
    int tfhe::ParametersLiteral::* field;
};
constexpr LiteralField kLiteralFields[] = {
    {"messageBits", &tfhe::ParametersLiteral::message_bits},
    {"lweDimension", &tfhe::ParametersLiteral::lwe_dimension},
    {"lweNoise", &tfhe::ParametersLiteral::lwe_noise},
    {"glweDimension", &tfhe::ParametersLiteral::glwe_dimension},
    {"logN", &tfhe::ParametersLiteral::log_n},
    {"glweNoise", &tfhe::ParametersLiteral::glwe_noise},
};

tfhe::GadgetLiteral gadget(const Napi::Value& value) {
    const Napi::Object from = object(value);
    return {.base_log = integer(from.Get("baseLog")), .levels = integer(from.Get("levels"))};
}

Napi::Object to_object(Napi::Env env, const tfhe::GadgetLiteral& gadget) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("baseLog", Napi::Number::New(env, gadget.base_log));
    result.Set("levels", Napi::Number::New(env, gadget.levels));
    return result;
}

/// (literal, watch) -> Promise<handle>
Napi::Value create_parameters(const Napi::CallbackInfo& info) {
    const Napi::Object from = object(info[0]);
    tfhe::ParametersLiteral literal{};
    for (const auto& [name, field] : kLiteralFields) literal.*field = integer(from.Get(name));
    literal.bootstrap = gadget(from.Get("bootstrap"));
    literal.key_switch = gadget(from.Get("keySwitch"));
    literal.security = security(from.Get("security"));
    return Environment::of(info.Env()).run(info[1], [literal](const Execution&) -> Result {
        auto parameters = std::make_shared<const tfhe::Parameters>(literal);
        return [parameters](Napi::Env env) -> Napi::Value { return wrap<tfhe::Parameters>(env, parameters); };
    });
}

/// (parameters) -> { literal, fingerprint, ciphertextBytes, freshVariance, bootstrapVariance }
Napi::Value describe_parameters(const Napi::CallbackInfo& info) {
    const Napi::Env env = info.Env();
    const auto parameters = unwrap<const tfhe::Parameters>(info[0]);
    Napi::Object literal = Napi::Object::New(env);
    for (const auto& [name, field] : kLiteralFields)
        literal.Set(name, Napi::Number::New(env, parameters->literal().*field));
    literal.Set("bootstrap", to_object(env, parameters->literal().bootstrap));
    literal.Set("keySwitch", to_object(env, parameters->literal().key_switch));
    literal.Set("security", Napi::String::New(env, std::string(to_string(parameters->security()))));
    Napi::Object result = Napi::Object::New(env);
    result.Set("literal", literal);
    result.Set("fingerprint", Napi::String::New(env, hexadecimal(parameters->fingerprint())));
    const auto bytes = static_cast<double>(parameters->ciphertext_words() * sizeof(u64));
    result.Set("ciphertextBytes", Napi::Number::New(env, bytes));
    result.Set("freshVariance", Napi::Number::New(env, tfhe::fresh_variance(*parameters)));
    result.Set("bootstrapVariance", Napi::Number::New(env, tfhe::bootstrap_variance(*parameters)));
    return result;
}

/// (parameters, squared norm) -> log2 of a probability
Napi::Value log_failure(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const tfhe::Parameters>(info[0]);
    return Napi::Number::New(info.Env(), tfhe::log2_failure_probability(*parameters, number(info[1])));
}

}  // namespace

void expose_tfhe_parameters(Napi::Object& exports) {
    expose<create_parameters>(exports, "tfheCreateParameters");
    expose<describe_parameters>(exports, "tfheDescribeParameters");
    expose<log_failure>(exports, "tfheLogFailure");
}

}  // namespace ciphernet::addon
