#pragma once

#include <string>
#include <utility>

#include "io/envelope.hpp"

// What one evaluation key and a bundle of them share: the names of keys.
namespace ciphernet::io {

std::string text_of(const KeyName& name);
/// By kind and Galois element: no key stands in a bundle twice, at whatever level.
inline bool is_before(const KeyName& a, const KeyName& b) {
    return std::pair(a.kind, a.element) < std::pair(b.kind, b.element);
}
/// The first fields of a key's payload, and of its line in a table of contents.
void write_name(Builder& b, const KeyName& name, const rlwe::Parameters& parameters);
/// One that the sets can have.
KeyName read_name(Cursor& cursor, const KeySets& sets);

}  // namespace ciphernet::io
