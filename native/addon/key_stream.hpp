#pragma once

#include <functional>
#include <mutex>
#include <utility>

#include "io/format.hpp"

namespace ciphernet::addon {

/// A bundle of evaluation keys that is written piece after piece, a key at a time; the keys may be made as they are written.
class KeyWriter {
public:
    /// The bytes of the key whose turn it is.
    using Next = std::function<io::Bytes(io::EvaluationKeysWriter&, std::size_t key, const Execution&)>;

    KeyWriter(io::EvaluationKeysWriter writer, Next next) : writer_(std::move(writer)), next_(std::move(next)) {}

    std::size_t key_count() const { return writer_.names().size(); }
    std::size_t total_bytes() const { return writer_.total_bytes(); }

    /// The table of contents, every key, the checksum; then nothing. A key that failed takes its turn again.
    io::Bytes piece(const Execution& execution) {
        const std::lock_guard lock(mutex_);
        const std::size_t keys = key_count();
        if (pieces_ > keys + 1) return {};
        io::Bytes bytes = pieces_ == 0     ? writer_.begin()
                          : pieces_ > keys ? writer_.finish()
                                           : next_(writer_, pieces_ - 1, execution);
        ++pieces_;
        return bytes;
    }

private:
    std::mutex mutex_;
    io::EvaluationKeysWriter writer_;
    Next next_;
    std::size_t pieces_ = 0;
};

/// A bundle that is read piece after piece.
struct KeyReader {
    std::mutex mutex;
    io::EvaluationKeysReader reader;

    explicit KeyReader(const ckks::Parameters& parameters) : reader(parameters) {}
};

}  // namespace ciphernet::addon
