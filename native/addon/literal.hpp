#pragma once

#include <string>
#include <vector>

#include "addon/arguments.hpp"
#include "ckks/parameters.hpp"

// Parameter sets as JavaScript writes them down.
namespace ciphernet::addon {

ckks::Security security(const Napi::Value& value);
/// Every field but `bootstrapping`, and those of that, must be there.
ckks::ParametersLiteral parameters_literal(const Napi::Value& value);
Napi::Object to_object(Napi::Env env, const ckks::ParametersLiteral& literal);
Napi::Array to_array(Napi::Env env, const std::vector<std::string>& texts);

}  // namespace ciphernet::addon
