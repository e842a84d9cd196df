#pragma once

#include "addon/arguments.hpp"
#include "ckks/bootstrapping/packing.hpp"
#include "ckks/key_request.hpp"

namespace ciphernet::addon {

/// 'fast' or 'small'.
ckks::KeyBudget key_budget(const Napi::Value& value);

/// Ciphertexts that share a bootstrap; the core knows which numbers are possible.
std::size_t batch(const Napi::Value& value);

/// What bootstrapping's keys and matrices are made for.
struct BootstrappingKeys {
    ckks::KeyBudget budget;
    std::size_t batch;
};
/// { keys: 'fast' or 'small', batch }
BootstrappingKeys bootstrapping_keys(const Napi::Value& value);

/// What KeyGenerator.evaluationKeys() is asked for, five arguments from `first` on: relinearization level or -1; steps:
/// Int32Array, their levels: Int32Array; conjugation level or -1; { keys: budget, batch } of bootstrapping, or undefined for
/// none.
ckks::KeyRequest key_request(const ckks::Parameters& parameters, const Napi::CallbackInfo& info, std::size_t first);

}  // namespace ciphernet::addon
