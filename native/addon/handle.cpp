#include "addon/handle.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

namespace ciphernet::addon {
namespace {

constexpr std::size_t kKindCount = static_cast<std::size_t>(Kind::count);

constexpr std::array<const char*, kKindCount> kNames{
    "CkksParameters", "random source",  "SecretKey",       "PublicKey",      "EvaluationKeys",
    "Plaintext",      "Ciphertext",     "LinearTransform", "Bootstrapper",   "key writer",
    "key reader",     "TfheParameters", "SecretKey",       "EvaluationKeys", "CiphertextBatch"};

/// Random numbers, drawn once: what makes a tag ours is that nobody else has it. The last byte is the kind.
constexpr napi_type_tag tag_of(Kind kind) {
    return {0x8b1f6e0d94c25a37ULL, 0x47d3c1e85fa6b900ULL + static_cast<std::uint64_t>(kind)};
}

struct Handle {
    std::shared_ptr<void> object;  ///< null once disposed
    std::int64_t bytes;
};

/// Bytes that V8 need not hear of, and the part of what it was told that is as much: its collector sets out whenever it hears
/// of 64 MiB more than at the least so far, and an evaluation whose ciphertexts come and go by hundreds of MiB would
/// keep it running (a tenth of the processor time of a training).
constexpr std::int64_t kUntoldBytes = std::int64_t{32} << 20;
constexpr std::int64_t kUntoldPart = 4;

/// What the handles of one JavaScript thread hold, and how much of that V8 was told.
struct Weight {
    std::int64_t held = 0;
    std::int64_t told = 0;
};

Weight& weight() {
    thread_local Weight of_thread;
    return of_thread;
}

void tell(napi_env env, std::int64_t change) {
    Weight& all = weight();
    all.held += change;
    const std::int64_t off = all.held - all.told;
    if (std::abs(off) <= std::max(kUntoldBytes, all.told / kUntoldPart)) return;
    std::int64_t total = 0;
    napi_adjust_external_memory(env, off, &total);
    all.told = all.held;
}

void release(napi_env env, Handle& handle) {
    if (!handle.object) return;
    handle.object.reset();
    tell(env, -handle.bytes);
}

Handle* find(const Napi::Value& value, Kind kind) {
    if (!value.IsObject()) return nullptr;
    const napi_type_tag tag = tag_of(kind);
    bool ours = false;
    if (napi_check_object_type_tag(value.Env(), value, &tag, &ours) != napi_ok || !ours) return nullptr;
    void* data = nullptr;
    return napi_unwrap(value.Env(), value, &data) == napi_ok ? static_cast<Handle*>(data) : nullptr;
}

void require(napi_status status) {
    if (status != napi_ok)
        throw Error(ErrorCode::internal, "Node-API refused to make a handle (status " + std::to_string(status) + ").");
}

}  // namespace

std::int64_t untold_bytes() { return weight().held - weight().told; }

const char* name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Napi::Object wrap_untyped(Napi::Env env, Kind kind, std::shared_ptr<void> object, std::size_t bytes) {
    Napi::Object result = Napi::Object::New(env);
    auto handle = std::make_unique<Handle>(Handle{std::move(object), static_cast<std::int64_t>(bytes)});
    const auto finalize = [](napi_env finalizer_env, void* data, void*) {
        const std::unique_ptr<Handle> owned(static_cast<Handle*>(data));
        release(finalizer_env, *owned);
    };
    require(napi_wrap(env, result, handle.get(), finalize, nullptr, nullptr));
    const Handle* owned_by_object = handle.release();
    tell(env, owned_by_object->bytes);
    const napi_type_tag tag = tag_of(kind);
    require(napi_type_tag_object(env, result, &tag));
    return result;
}

const std::shared_ptr<void>& unwrap_untyped(const Napi::Value& value, Kind kind) {
    const Handle* handle = find(value, kind);
    if (!handle)
        throw Error(ErrorCode::invalid_argument,
                    std::string("Expected a handle of a ") + name_of(kind) + " but received something else.");
    if (!handle->object)
        throw Error(ErrorCode::disposed,
                    std::string("This ") + name_of(kind) + " was disposed. Keep it until its last use.",
                    {{"object", name_of(kind)}});
    return handle->object;
}

bool is_handle(const Napi::Value& value, Kind kind) { return find(value, kind) != nullptr; }

void dispose(const Napi::Value& value) {
    for (std::size_t kind = 0; kind < kKindCount; ++kind)
        if (Handle* handle = find(value, static_cast<Kind>(kind))) return release(value.Env(), *handle);
    throw Error(ErrorCode::invalid_argument, "Expected a handle but received something else.");
}

}  // namespace ciphernet::addon
