#pragma once

#include <algorithm>
#include <array>
#include <memory>

#include "io/objects.hpp"

namespace ciphernet::io::fuzz {

/// One prime a level; two primes a level and digits of two limbs; 128 bits of security and no key switching; bootstrapping.
inline std::array<ckks::ParametersLiteral, 4> set_literals() {
    return {test::smallest_literal(),
            {.log_n = 10,
             .log_q = {60, 52},
             .log_p = {32, 32},
             .log_scale = 51,
             .log_slots = 5,
             .magnitude = 2,
             .security = rlwe::Security::none},
            {.log_n = 10, .log_q = {26}, .log_p = {}, .log_scale = 20, .log_slots = 0},
            test::bootstrapping_literal()};
}

/// The parameter sets of the corpus. Made once.
inline const std::array<std::shared_ptr<const ckks::Parameters>, 4>& sets() {
    static const auto made = [] {
        std::array<std::shared_ptr<const ckks::Parameters>, 4> r;
        const auto literals = set_literals();
        for (std::size_t i = 0; i < r.size(); ++i) r[i] = std::make_shared<const ckks::Parameters>(literals[i]);
        return r;
    }();
    return made;
}

/// The set that the header names, or the first.
inline const std::shared_ptr<const ckks::Parameters>& set_of(ByteView bytes) {
    if (bytes.size() >= kHeaderBytes)
        for (const auto& set : sets())
            if (std::ranges::equal(set->rlwe().fingerprint(), bytes.subspan(24, 32))) return set;
    return sets()[0];
}

}  // namespace ciphernet::io::fuzz
