#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <vector>

#include "ckks/parameters.hpp"
#include "random/random_source.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/secret_key.hpp"

namespace ciphernet::ckks {

/// Evaluation keys that are to be made: each once, at the highest level that anybody wants it for.
class KeyRequest {
public:
    void want_relinearization(int level);
    void want_galois(u32 element, int level);
    /// For sets with bootstrapping.
    void want_encapsulation(const Parameters& parameters);

    /// Ascending.
    std::vector<rlwe::KeyName> names() const;

private:
    int relinearization_level_ = -1;
    std::map<u32, int> galois_levels_;
    int encapsulation_level_ = -1;
};

/// What a key weighs in memory, before it is made.
std::size_t key_bytes(const Parameters& parameters, const rlwe::KeyName& name);

/// Throws Error{parameters_mismatch} for the secret of another set, Error{parameters_invalid} for a key that the set cannot
/// have.
rlwe::EvaluationKey generate_evaluation_key(const Parameters& parameters, const rlwe::KeyName& name,
                                            const rlwe::SecretKey& secret, RandomSource& random,
                                            const Execution& execution);

/// Which random source makes the key of an index.
using KeyRandom = std::function<RandomSource&(std::size_t key)>;

/// All keys of a request, the source's index being that in names(). Reports how many are made.
rlwe::EvaluationKeys generate_evaluation_keys(const Parameters& parameters, const KeyRequest& request,
                                              const rlwe::SecretKey& secret, const KeyRandom& random,
                                              const Execution& execution);

}  // namespace ciphernet::ckks
