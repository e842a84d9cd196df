#pragma once

#include "addon/arguments.hpp"
#include "ckks/bootstrapping/bootstrapping_keys.hpp"
#include "ckks/key_request.hpp"

namespace ciphernet::addon {

/// 'fast' or 'small'.
ckks::KeyBudget key_budget(const Napi::Value& value);

/// What KeyGenerator.evaluationKeys() is asked for, five arguments from `first` on: relinearization level or -1; steps:
/// Int32Array, their levels: Int32Array; conjugation level or -1; the budget of bootstrapping's keys, or undefined for none.
ckks::KeyRequest key_request(const ckks::Parameters& parameters, const Napi::CallbackInfo& info, std::size_t first);

}  // namespace ciphernet::addon
