#include "addon/literal.hpp"

#include <optional>

namespace ciphernet::addon {
namespace {

std::vector<int> integer_list(const Napi::Value& value) {
    const Napi::Array list = array(value);
    std::vector<int> result;
    for (std::uint32_t i = 0; i < list.Length(); ++i) result.push_back(integer(list.Get(i)));
    return result;
}

Napi::Array to_array(Napi::Env env, const std::vector<int>& values) {
    Napi::Array result = Napi::Array::New(env, values.size());
    for (std::uint32_t i = 0; i < values.size(); ++i) result.Set(i, Napi::Number::New(env, values[i]));
    return result;
}

/// The fields of BootstrappingLiteral and their names in JavaScript.
struct BootstrappingField {
    const char* name;
    int ckks::BootstrappingLiteral::* field;
};
constexpr BootstrappingField kBootstrappingFields[] = {
    {"coefficientsToSlots", &ckks::BootstrappingLiteral::coefficients_to_slots},
    {"slotsToCoefficients", &ckks::BootstrappingLiteral::slots_to_coefficients},
    {"logScale", &ckks::BootstrappingLiteral::log_scale},
    {"degree", &ckks::BootstrappingLiteral::degree},
    {"doubleAngles", &ckks::BootstrappingLiteral::double_angles},
    {"arcsineDegree", &ckks::BootstrappingLiteral::arcsine_degree},
    {"logMessageRatio", &ckks::BootstrappingLiteral::log_message_ratio},
    {"secretWeight", &ckks::BootstrappingLiteral::secret_weight},
};

/// Of BootstrappingOrder.
constexpr const char* kOrders[] = {"coefficients-to-slots-first", "slots-to-coefficients-first"};

/// Absent fields keep their defaults.
std::optional<ckks::BootstrappingLiteral> bootstrapping(const Napi::Value& value) {
    if (value.IsUndefined()) return std::nullopt;
    const Napi::Object from = object(value);
    ckks::BootstrappingLiteral literal;
    for (const auto& [name, field] : kBootstrappingFields)
        if (const Napi::Value given = from.Get(name); !given.IsUndefined()) literal.*field = integer(given);
    if (const Napi::Value order = from.Get("order"); !order.IsUndefined())
        literal.order = text(order) == kOrders[1] ? ckks::BootstrappingOrder::slots_to_coefficients_first
                                                  : ckks::BootstrappingOrder::coefficients_to_slots_first;
    return literal;
}

}  // namespace

ckks::Security security(const Napi::Value& value) {
    return text(value) == to_string(ckks::Security::none) ? ckks::Security::none : ckks::Security::classical_128;
}

ckks::ParametersLiteral parameters_literal(const Napi::Value& value) {
    const Napi::Object from = object(value);
    return {.log_n = integer(from.Get("logN")),
            .log_q = integer_list(from.Get("logQ")),
            .log_p = integer_list(from.Get("logP")),
            .log_scale = integer(from.Get("logScale")),
            .log_slots = integer(from.Get("logSlots")),
            .magnitude = number(from.Get("magnitude")),
            .security = security(from.Get("security")),
            .bootstrapping = bootstrapping(from.Get("bootstrapping"))};
}

Napi::Array to_array(Napi::Env env, const std::vector<std::string>& texts) {
    Napi::Array result = Napi::Array::New(env, texts.size());
    for (std::uint32_t i = 0; i < texts.size(); ++i) result.Set(i, Napi::String::New(env, texts[i]));
    return result;
}

Napi::Object to_object(Napi::Env env, const ckks::ParametersLiteral& literal) {
    Napi::Object result = Napi::Object::New(env);
    result.Set("logN", Napi::Number::New(env, literal.log_n));
    result.Set("logQ", to_array(env, literal.log_q));
    result.Set("logP", to_array(env, literal.log_p));
    result.Set("logScale", Napi::Number::New(env, literal.log_scale));
    // -1 says all slots; a written literal names them.
    result.Set("logSlots", Napi::Number::New(env, literal.log_slots < 0 ? literal.log_n - 1 : literal.log_slots));
    result.Set("magnitude", Napi::Number::New(env, literal.magnitude));
    result.Set("security", Napi::String::New(env, std::string(to_string(literal.security))));
    if (literal.bootstrapping) {
        Napi::Object fields = Napi::Object::New(env);
        for (const auto& [name, field] : kBootstrappingFields)
            fields.Set(name, Napi::Number::New(env, *literal.bootstrapping.*field));
        fields.Set("order", Napi::String::New(env, kOrders[static_cast<std::size_t>(literal.bootstrapping->order)]));
        result.Set("bootstrapping", fields);
    }
    return result;
}

}  // namespace ciphernet::addon
