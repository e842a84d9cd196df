#include "addon/arguments.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace ciphernet::addon {
namespace {

[[noreturn]] void refuse(const char* wanted) {
    throw Error(ErrorCode::invalid_argument, std::string("Expected ") + wanted + " but received something else.");
}

/// The elements of a typed array of this kind.
template <class T>
std::span<const T> elements(const Napi::Value& value, napi_typedarray_type type, const char* wanted) {
    if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != type) refuse(wanted);
    const auto typed = value.As<Napi::TypedArrayOf<T>>();
    return {typed.Data(), typed.ElementLength()};
}

}  // namespace

int integer(const Napi::Value& value) {
    if (!value.IsNumber()) refuse("an integer");
    return value.As<Napi::Number>().Int32Value();
}

double number(const Napi::Value& value) {
    if (!value.IsNumber()) refuse("a number");
    return value.As<Napi::Number>().DoubleValue();
}

bool boolean(const Napi::Value& value) {
    if (!value.IsBoolean()) refuse("a boolean");
    return value.As<Napi::Boolean>().Value();
}

std::string text(const Napi::Value& value) {
    if (!value.IsString()) refuse("a string");
    return value.As<Napi::String>().Utf8Value();
}

Napi::Array array(const Napi::Value& value) {
    if (!value.IsArray()) refuse("an array");
    return value.As<Napi::Array>();
}

Napi::Object object(const Napi::Value& value) {
    if (!value.IsObject()) refuse("an object");
    return value.As<Napi::Object>();
}

std::vector<double> doubles(const Napi::Value& value) {
    const auto source = elements<double>(value, napi_float64_array, "a Float64Array");
    return {source.begin(), source.end()};
}

std::vector<std::uint32_t> words(const Napi::Value& value) {
    const auto source = elements<std::uint32_t>(value, napi_uint32_array, "a Uint32Array");
    return {source.begin(), source.end()};
}

std::vector<int> integers(const Napi::Value& value) {
    const auto source = elements<std::int32_t>(value, napi_int32_array, "an Int32Array");
    return {source.begin(), source.end()};
}

std::vector<std::uint8_t> bytes(const Napi::Value& value) {
    const auto source = byte_view(value);
    return {source.begin(), source.end()};
}

std::span<const std::uint8_t> byte_view(const Napi::Value& value) {
    return elements<std::uint8_t>(value, napi_uint8_array, "a Uint8Array");
}

std::vector<ckks::SlotVector> slot_vectors(const Napi::Value& value) {
    const Napi::Array list = array(value);
    std::vector<ckks::SlotVector> vectors(list.Length() / 2);
    for (std::uint32_t i = 0; i < vectors.size(); ++i) {
        vectors[i].re = doubles(list.Get(2 * i));
        vectors[i].im = doubles(list.Get(2 * i + 1));
        if (!vectors[i].im.empty() && vectors[i].im.size() != vectors[i].re.size())
            refuse("as many imaginary parts as real ones");
    }
    return vectors;
}

Napi::Value float64_array(Napi::Env env, std::span<const double> values) {
    Napi::Float64Array result = Napi::Float64Array::New(env, values.size());
    std::ranges::copy(values, result.Data());
    return result;
}

Napi::Value uint32_array(Napi::Env env, std::span<const std::uint32_t> values) {
    Napi::Uint32Array result = Napi::Uint32Array::New(env, values.size());
    std::ranges::copy(values, result.Data());
    return result;
}

std::string hexadecimal(std::span<const std::uint8_t> content) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string digits;
    digits.reserve(2 * content.size());
    for (const std::uint8_t byte : content) digits += {kDigits[byte >> 4], kDigits[byte & 15]};
    return digits;
}

Napi::Value uint8_array(Napi::Env env, std::vector<std::uint8_t> content) {
    const std::size_t size = content.size();
    if (size == 0) return Napi::Uint8Array::New(env, 0);
    auto owned = std::make_unique<std::vector<std::uint8_t>>(std::move(content));
    napi_value buffer = nullptr;
    const auto finalize = [](napi_env, void*, void* hint) { delete static_cast<std::vector<std::uint8_t>*>(hint); };
    const napi_status status =
        napi_create_external_arraybuffer(env, owned->data(), size, finalize, owned.get(), &buffer);
    if (status == napi_ok) {
        owned.release();
        return Napi::Uint8Array::New(env, size, Napi::ArrayBuffer(env, buffer), 0);
    }
    // Some runtimes forbid memory that is not V8's.
    Napi::Uint8Array copy = Napi::Uint8Array::New(env, size);
    std::memcpy(copy.Data(), owned->data(), size);
    return copy;
}

}  // namespace ciphernet::addon
