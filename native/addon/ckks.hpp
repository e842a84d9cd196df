#pragma once

#include <napi.h>

// What each file of this folder adds to the addon's exports.
namespace ciphernet::addon {

void expose_parameters(Napi::Object& exports);     // ckks_parameters.cpp
void expose_keys(Napi::Object& exports);           // ckks_keys.cpp
void expose_bootstrapping(Napi::Object& exports);  // ckks_bootstrapping.cpp
void expose_key_stream(Napi::Object& exports);     // ckks_key_stream.cpp
void expose_encryption(Napi::Object& exports);     // ckks_encryption.cpp
void expose_evaluator(Napi::Object& exports);      // ckks_evaluator.cpp
void expose_format(Napi::Object& exports);         // ckks_format.cpp
void expose_noise(Napi::Object& exports);          // ckks_noise.cpp

}  // namespace ciphernet::addon
