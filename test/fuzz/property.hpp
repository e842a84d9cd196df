#pragma once

#include <cstdio>
#include <cstdlib>

#include "base/error.hpp"

namespace ciphernet::io::fuzz {

/// Ends the fuzzer, which keeps the input, when a property does not hold.
inline void require(bool holds, const char* property) {
    if (holds) return;
    std::fprintf(stderr, "This does not hold: %s\n", property);
    std::abort();
}

/// An answer to bad bytes. The other codes would be a defect of ours, or come from writing what should not have been read.
inline bool is_refusal(const Error& e) {
    return e.code() != ErrorCode::invalid_argument && e.code() != ErrorCode::internal &&
           e.code() != ErrorCode::system && e.code() != ErrorCode::out_of_memory;
}

}  // namespace ciphernet::io::fuzz
