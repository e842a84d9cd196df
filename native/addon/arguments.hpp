#pragma once

#include <napi.h>

#include <complex>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "addon/kinds.hpp"
#include "ckks/encoder.hpp"

// Reading what JavaScript hands over. lib/ has checked it for the user; what is checked here keeps memory safe.
namespace ciphernet::addon {

int integer(const Napi::Value& value);
double number(const Napi::Value& value);
bool boolean(const Napi::Value& value);
std::string text(const Napi::Value& value);
Napi::Array array(const Napi::Value& value);
Napi::Object object(const Napi::Value& value);

/// Copies: JavaScript may change or detach a typed array while a job reads it.
std::vector<double> doubles(const Napi::Value& value);
std::vector<int> integers(const Napi::Value& value);
std::vector<std::uint32_t> words(const Napi::Value& value);
std::vector<std::uint8_t> bytes(const Napi::Value& value);
/// Not a copy: for this call only.
std::span<const std::uint8_t> byte_view(const Napi::Value& value);

template <class T>
std::vector<std::shared_ptr<T>> unwrap_all(const Napi::Value& value) {
    const Napi::Array list = array(value);
    std::vector<std::shared_ptr<T>> objects;
    objects.reserve(list.Length());
    for (std::uint32_t i = 0; i < list.Length(); ++i) objects.push_back(unwrap<T>(list.Get(i)));
    return objects;
}

/// Slots as JavaScript gives them: a list of re, im, re, im, …; an empty `im` for real ones.
std::vector<ckks::SlotVector> slot_vectors(const Napi::Value& value);
inline ckks::SlotView view(const ckks::SlotVector& slots) { return {.re = slots.re, .im = slots.im}; }

// Results.
Napi::Value float64_array(Napi::Env env, std::span<const double> values);
Napi::Value uint32_array(Napi::Env env, std::span<const std::uint32_t> values);
/// Lower-case hexadecimal, as fingerprints are shown.
std::string hexadecimal(std::span<const std::uint8_t> content);
/// A Uint8Array over the vector's own memory.
Napi::Value uint8_array(Napi::Env env, std::vector<std::uint8_t> content);

template <class T>
Napi::Array wrap_all(Napi::Env env, const std::vector<std::shared_ptr<const T>>& objects) {
    Napi::Array list = Napi::Array::New(env, objects.size());
    for (std::size_t i = 0; i < objects.size(); ++i) list.Set(static_cast<std::uint32_t>(i), wrap<T>(env, objects[i]));
    return list;
}

}  // namespace ciphernet::addon
