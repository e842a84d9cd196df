#include "rlwe/parameters.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <utility>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace ciphernet::rlwe {
namespace {

std::string bits_text(double bits) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", bits);
    return text;
}

std::vector<u64> flatten(const std::vector<std::vector<u64>>& levels) {
    std::vector<u64> primes;
    for (const auto& level : levels) primes.insert(primes.end(), level.begin(), level.end());
    return primes;
}

double sum_log2(const std::vector<u64>& primes) {
    return std::accumulate(primes.begin(), primes.end(), 0.0,
                           [](double s, u64 q) { return s + std::log2(static_cast<double>(q)); });
}

const ParametersLiteral& checked(const ParametersLiteral& literal) {
    if (literal.levels.empty())
        throw Error(ErrorCode::parameters_invalid, "A parameter set needs at least level 0: give the primes of q_0.");
    for (std::size_t l = 0; l < literal.levels.size(); ++l)
        if (literal.levels[l].empty() || literal.levels[l].size() > 2)
            throw Error(ErrorCode::parameters_invalid, "Level " + std::to_string(l) + " has " +
                                                           std::to_string(literal.levels[l].size()) +
                                                           " primes; a level is one prime or two.");
    if (literal.special_primes.size() > Parameters::kMostSpecialPrimes)
        throw Error(ErrorCode::parameters_invalid,
                    "Expected at most " + std::to_string(Parameters::kMostSpecialPrimes) +
                        " key-switching primes but received " + std::to_string(literal.special_primes.size()) + ".");
    if (literal.security == Security::none) return literal;
    const double limit = max_log_qp(literal.log_n);
    const std::string degree = "N = 2^" + std::to_string(literal.log_n);
    if (limit == 0)
        throw Error(ErrorCode::security_insufficient,
                    degree + " is not in the security table (2^10 … 2^17). Use a listed degree.",
                    {{"logN", std::to_string(literal.log_n)}});
    const double log_qp = sum_log2(flatten(literal.levels)) + sum_log2(literal.special_primes);
    if (log_qp > limit)
        throw Error(
            ErrorCode::security_insufficient,
            std::to_string(literal.levels.size() - 1) + " levels need log2(QP) = " + bits_text(log_qp) + "; " + degree +
                " allows " + bits_text(limit) +
                " at 128 bits of security. Use a larger N, fewer levels or a smaller scale" +
                " (or security: 'none' for tests).",
            {{"logQP", bits_text(log_qp)}, {"limit", bits_text(limit)}, {"logN", std::to_string(literal.log_n)}});
    return literal;
}

void append(std::vector<std::uint8_t>& bytes, u64 x) {
    for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<std::uint8_t>(x >> (8 * i)));
}

Fingerprint fingerprint_of(const ParametersLiteral& literal) {
    std::vector<std::uint8_t> bytes;
    append(bytes, static_cast<u64>(literal.log_n));
    append(bytes, static_cast<u64>(literal.security));
    append(bytes, literal.levels.size());
    for (const auto& level : literal.levels) {
        append(bytes, level.size());
        for (const u64 q : level) append(bytes, q);
    }
    append(bytes, literal.special_primes.size());
    for (const u64 p : literal.special_primes) append(bytes, p);
    append(bytes, literal.scheme.size());
    bytes.insert(bytes.end(), literal.scheme.begin(), literal.scheme.end());
    return sha256(bytes);
}

std::vector<int> range(int first, int end) {
    std::vector<int> primes(static_cast<std::size_t>(end - first));
    std::iota(primes.begin(), primes.end(), first);
    return primes;
}

}  // namespace

Parameters::Parameters(const ParametersLiteral& literal)
    : literal_(checked(literal)),
      ring_(literal_.log_n, flatten(literal_.levels), literal_.special_primes),
      fingerprint_(fingerprint_of(literal_)) {
    int limbs = 0;
    for (const auto& level : literal_.levels) limbs_.push_back(limbs += static_cast<int>(level.size()));

    for (int l = 0; l <= max_level(); ++l)
        rescale_converters_.emplace_back(ring_, range(l == 0 ? 0 : limb_count(l - 1), limb_count(l)));
    const double limit = log2_p() + literal_.digit_excess;
    double bits = 0;
    for (const u64 q : flatten(literal_.levels)) {
        const double more = std::log2(static_cast<double>(q));
        if (has_special_primes() && more > log2_p() + 0.5)
            throw Error(ErrorCode::parameters_invalid, "The key-switching modulus P has " + bits_text(log2_p()) +
                                                           " bits but the largest ciphertext prime has " +
                                                           bits_text(more) +
                                                           ". Make P at least as large as every prime of Q.");
        const int i = static_cast<int>(digit_of_.size());
        if (i == 0 || !has_special_primes() || bits + more > limit ||
            i - digit_starts_.back() == BaseConverter::kMostSources) {
            digit_starts_.push_back(i);
            bits = 0;
        }
        bits += more;
        digit_of_.push_back(static_cast<int>(digit_starts_.size()) - 1);
        digit_width_ = std::max(digit_width_, i + 1 - digit_starts_.back());
    }
    digit_starts_.push_back(limbs);

    if (!has_special_primes()) return;

    for (int l = 0; l <= max_level(); ++l)
        for (int j = 0; j < digit_count(l); ++j) {
            const auto [first, end] = digit_limbs(l, j);
            digit_converters_.try_emplace({first, end}, ring_, range(first, end));
        }
    const std::vector<int> special = range(ring_.q_count(), ring_.prime_count());
    special_converter_ = std::make_unique<BaseConverter>(ring_, special);
    for (int l = 0; l <= max_level(); ++l) {
        std::vector<int> tail = rescale_converters_[static_cast<std::size_t>(l)].source();
        tail.insert(tail.end(), special.begin(), special.end());
        special_rescale_converters_.emplace_back(ring_, std::move(tail));
    }
}

double Parameters::log2_q(int level) const {
    double bits = 0;
    for (int i = 0; i < limb_count(level); ++i) bits += std::log2(static_cast<double>(ring_.modulus(i).value()));
    return bits;
}

double Parameters::log2_p() const { return sum_log2(literal_.special_primes); }

std::pair<int, int> Parameters::digit_limbs(int level, int j) const {
    const auto k = static_cast<std::size_t>(j);
    return {digit_starts_[k], std::min(digit_starts_[k + 1], limb_count(level))};
}

void require_same(const Parameters& a, const Parameters& b, const char* what) {
    if (&a == &b || a.fingerprint() == b.fingerprint()) return;
    throw Error(ErrorCode::parameters_mismatch,
                std::string(what) + " was made under parameter set " + short_name(b.fingerprint()) +
                    " but this context has set " + short_name(a.fingerprint()) +
                    ". Make both from the same parameters.",
                {{"expected", short_name(a.fingerprint())}, {"received", short_name(b.fingerprint())}});
}

std::string short_name(const Fingerprint& fingerprint) {
    std::string text;
    for (std::size_t i = 0; i < 8; ++i) {
        char hex[3];
        std::snprintf(hex, sizeof hex, "%02x", fingerprint[i]);
        text += hex;
    }
    return text;
}

}  // namespace ciphernet::rlwe
