#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <vector>

#include "base/aligned_buffer.hpp"

namespace ciphernet::test {

/// A natural number of any size, schoolbook: what residue arithmetic is held against.
class Natural {
public:
    explicit Natural(u64 x = 0) : words_{x} { trim(); }

    static Natural product(std::span<const u64> factors) {
        Natural r(1);
        for (const u64 f : factors) r = r * f;
        return r;
    }

    /// The number below the product of `moduli` (pairwise coprime) with these residues: Garner's algorithm.
    static Natural from_residues(std::span<const u64> residues, std::span<const u64> moduli) {
        Natural x(0);
        Natural m(1);
        for (std::size_t i = 0; i < moduli.size(); ++i) {
            const u64 q = moduli[i];
            const u64 difference = (residues[i] + q - x % q) % q;
            const u64 digit = static_cast<u64>(static_cast<u128>(difference) * inverse(m % q, q) % q);
            x = x + m * digit;
            m = m * q;
        }
        return x;
    }

    friend Natural operator+(Natural a, const Natural& b) {
        if (a.words_.size() < b.words_.size()) a.words_.resize(b.words_.size());
        u128 carry = 0;
        for (std::size_t i = 0; i < a.words_.size(); ++i) {
            carry += static_cast<u128>(a.words_[i]) + (i < b.words_.size() ? b.words_[i] : 0);
            a.words_[i] = static_cast<u64>(carry);
            carry >>= 64;
        }
        a.words_.push_back(static_cast<u64>(carry));
        a.trim();
        return a;
    }
    /// a >= b.
    friend Natural operator-(Natural a, const Natural& b) {
        u64 borrow = 0;
        for (std::size_t i = 0; i < a.words_.size(); ++i) {
            const u128 take = static_cast<u128>(i < b.words_.size() ? b.words_[i] : 0) + borrow;
            borrow = a.words_[i] < take ? 1 : 0;
            a.words_[i] = static_cast<u64>(a.words_[i] - take);
        }
        a.trim();
        return a;
    }
    friend Natural operator*(Natural a, u64 b) {
        u128 carry = 0;
        for (u64& word : a.words_) {
            carry += static_cast<u128>(word) * b;
            word = static_cast<u64>(carry);
            carry >>= 64;
        }
        a.words_.push_back(static_cast<u64>(carry));
        a.trim();
        return a;
    }
    friend Natural operator/(Natural a, u64 b) {
        u128 rest = 0;
        for (std::size_t i = a.words_.size(); i-- > 0;) {
            rest = rest << 64 | a.words_[i];
            a.words_[i] = static_cast<u64>(rest / b);
            rest %= b;
        }
        a.trim();
        return a;
    }
    friend u64 operator%(const Natural& a, u64 b) {
        u128 rest = 0;
        for (std::size_t i = a.words_.size(); i-- > 0;) rest = (rest << 64 | a.words_[i]) % b;
        return static_cast<u64>(rest);
    }
    friend bool operator==(const Natural&, const Natural&) = default;
    friend std::strong_ordering operator<=>(const Natural& a, const Natural& b) {
        if (a.words_.size() != b.words_.size()) return a.words_.size() <=> b.words_.size();
        for (std::size_t i = a.words_.size(); i-- > 0;)
            if (a.words_[i] != b.words_[i]) return a.words_[i] <=> b.words_[i];
        return std::strong_ordering::equal;
    }

private:
    /// 1/x modulo a prime, by Fermat.
    static u64 inverse(u64 x, u64 q) {
        u64 r = 1;
        for (u64 e = q - 2; e != 0; e >>= 1, x = static_cast<u64>(static_cast<u128>(x) * x % q))
            if (e & 1) r = static_cast<u64>(static_cast<u128>(r) * x % q);
        return r;
    }
    void trim() {
        while (words_.size() > 1 && words_.back() == 0) words_.pop_back();
    }

    std::vector<u64> words_;  ///< low word first, no leading zeros
};

}  // namespace ciphernet::test
