#pragma once

#include "base/wipe.hpp"
#include "ring/polynomial.hpp"

namespace ciphernet::rlwe {

/// Wipes a polynomial that a secret can be computed from when its scope is left, also by an exception. A polynomial that
/// was moved from has nothing left to wipe, nor has one that was made safe in the meantime: release() it.
template <Form kForm>
class WipeGuard {
public:
    explicit WipeGuard(Polynomial<kForm>& polynomial) : polynomial_(&polynomial) {}
    ~WipeGuard() {
        if (polynomial_ && polynomial_->word_count() != 0)
            secure_wipe(polynomial_->limb(0), polynomial_->word_count() * sizeof(u64));
    }
    void release() { polynomial_ = nullptr; }
    WipeGuard(const WipeGuard&) = delete;
    WipeGuard& operator=(const WipeGuard&) = delete;

private:
    Polynomial<kForm>* polynomial_;
};

}  // namespace ciphernet::rlwe
