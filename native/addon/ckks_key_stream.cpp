#include <memory>
#include <utility>
#include <variant>

#include "addon/ckks.hpp"
#include "addon/environment.hpp"
#include "addon/key_request.hpp"
#include "addon/random.hpp"

namespace ciphernet::addon {
namespace {

/// (evaluation keys) -> handle
Napi::Value key_writer_of(const Napi::CallbackInfo& info) {
    const auto keys = unwrap<const rlwe::EvaluationKeys>(info[0]);
    auto writer =
        std::make_shared<KeyWriter>(io::EvaluationKeysWriter(io::KeySets(*keys), keys->names(), keys->insecure),
                                    [keys](io::EvaluationKeysWriter& bundle, std::size_t, const Execution& execution) {
                                        return bundle.next(*keys, execution);
                                    });
    return wrap<KeyWriter>(info.Env(), std::move(writer), 0);
}

/// (parameters, secret key, random, five arguments of a key request) -> handle: a key is made when it is its turn
Napi::Value key_writer(const Napi::CallbackInfo& info) {
    const auto parameters = unwrap<const ckks::Parameters>(info[0]);
    const auto secret = unwrap<const rlwe::SecretKey>(info[1]);
    const std::vector<rlwe::KeyName> names = key_request(*parameters, info, 3).names();
    auto random = std::make_shared<JobRandom>(unwrap<RandomSource>(info[2]), names.size());
    const bool insecure = secret->insecure() || random->insecure();
    auto writer = std::make_shared<KeyWriter>(
        io::EvaluationKeysWriter(*parameters, names, insecure),
        [parameters, secret, names, random](io::EvaluationKeysWriter& bundle, std::size_t i,
                                            const Execution& execution) {
            const rlwe::EvaluationKey made =
                generate_evaluation_key(*parameters, names[i], *secret, random->of(i), execution);
            return std::visit([&](const auto& key) { return bundle.next(key, execution); }, made);
        });
    return wrap<KeyWriter>(info.Env(), std::move(writer), 0);
}

/// (writer) -> { keys, totalBytes }
Napi::Value describe_key_writer(const Napi::CallbackInfo& info) {
    const auto writer = unwrap<KeyWriter>(info[0]);
    Napi::Object result = Napi::Object::New(info.Env());
    result.Set("keys", Napi::Number::New(info.Env(), static_cast<double>(writer->key_count())));
    result.Set("totalBytes", Napi::Number::New(info.Env(), static_cast<double>(writer->total_bytes())));
    return result;
}

/// (writer, watch) -> Promise<Uint8Array>, empty behind the last piece
Napi::Value next_key_piece(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[1], [writer = unwrap<KeyWriter>(info[0])](const Execution& execution) -> Result {
            // A Result is copyable, the bytes should not be copied.
            auto piece = std::make_shared<io::Bytes>(writer->piece(execution.untold()));
            return [piece](Napi::Env env) -> Napi::Value { return uint8_array(env, std::move(*piece)); };
        });
}

/// (parameters) -> handle
Napi::Value key_reader(const Napi::CallbackInfo& info) {
    return wrap<KeyReader>(info.Env(), std::make_shared<KeyReader>(*unwrap<const ckks::Parameters>(info[0])), 0);
}

/// (reader) -> { wanted: bytes of the next piece, 0 at the end; taken, keys }
Napi::Value describe_key_reader(const Napi::CallbackInfo& info) {
    const auto stream = unwrap<KeyReader>(info[0]);
    const std::lock_guard lock(stream->mutex);
    Napi::Object result = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, std::size_t value) {
        result.Set(name, Napi::Number::New(info.Env(), static_cast<double>(value)));
    };
    set("wanted", stream->reader.wanted());
    set("taken", stream->reader.keys_taken());
    set("keys", stream->reader.key_count());
    return result;
}

/// (reader, piece, watch) -> Promise<undefined>
Napi::Value take_key_piece(const Napi::CallbackInfo& info) {
    return Environment::of(info.Env())
        .run(info[2],
             [stream = unwrap<KeyReader>(info[0]), piece = bytes(info[1])](const Execution& execution) -> Result {
                 const std::lock_guard lock(stream->mutex);
                 stream->reader.take(piece, execution.untold());
                 return [](Napi::Env env) -> Napi::Value { return env.Undefined(); };
             });
}

/// (reader) -> handle of evaluation keys
Napi::Value finish_key_reader(const Napi::CallbackInfo& info) {
    const auto stream = unwrap<KeyReader>(info[0]);
    const std::lock_guard lock(stream->mutex);
    return wrap<rlwe::EvaluationKeys>(info.Env(),
                                      std::make_shared<const rlwe::EvaluationKeys>(stream->reader.finish()));
}

}  // namespace

void expose_key_stream(Napi::Object& exports) {
    expose<key_writer_of>(exports, "keyWriterOf");
    expose<key_writer>(exports, "keyWriter");
    expose<describe_key_writer>(exports, "describeKeyWriter");
    expose<next_key_piece>(exports, "nextKeyPiece");
    expose<key_reader>(exports, "keyReader");
    expose<describe_key_reader>(exports, "describeKeyReader");
    expose<take_key_piece>(exports, "takeKeyPiece");
    expose<finish_key_reader>(exports, "finishKeyReader");
}

}  // namespace ciphernet::addon
