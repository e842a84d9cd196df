#pragma once

#include <napi.h>

// What TFHE adds to the addon's exports, all under names that begin with "tfhe".
namespace ciphernet::addon {

void expose_tfhe(Napi::Object& exports);             // tfhe.cpp
void expose_tfhe_parameters(Napi::Object& exports);  // tfhe_parameters.cpp

}  // namespace ciphernet::addon
