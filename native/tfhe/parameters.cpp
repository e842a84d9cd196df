#include "tfhe/parameters.hpp"

#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/sha256.hpp"

namespace ciphernet::tfhe {
namespace {

/// The least noise of a dimension with a binary secret modulo 2^64 at 128 bits of classical security.
struct NoiseLine {
    int dimension;
    int noise;
};
// Points of the lattice estimator as tfhe-rs 1.x publishes its sets; more dimensions or more noise are only harder.
constexpr NoiseLine kLweLines[] = {{879, 46}, {918, 45}, {1077, 41}, {1117, 40}};
constexpr NoiseLine kGlweLines[] = {{2048, 17}, {8192, 3}};

template <std::size_t kCount>
bool secure(const NoiseLine (&lines)[kCount], int dimension, int noise) {
    for (const NoiseLine& line : lines)
        if (dimension >= line.dimension && noise >= line.noise) return true;
    return false;
}

void require_range(const char* name, int value, int least, int most) {
    if (value >= least && value <= most) return;
    throw Error(ErrorCode::parameters_invalid,
                std::string("Expected ") + name + " from " + std::to_string(least) + " to " + std::to_string(most) +
                    " but received " + std::to_string(value) + ".",
                {{name, std::to_string(value)}});
}

void require_gadget(const char* name, const GadgetLiteral& gadget, int most_base, int most_bits) {
    require_range((std::string(name) + ".baseLog").c_str(), gadget.base_log, 1, most_base);
    require_range((std::string(name) + ".levels").c_str(), gadget.levels, 1, most_bits);
    if (gadget.base_log * gadget.levels > most_bits)
        throw Error(ErrorCode::parameters_invalid,
                    std::string("The digits of ") + name + " have " + std::to_string(gadget.levels) + " x " +
                        std::to_string(gadget.base_log) + " bits; " + std::to_string(most_bits) +
                        " is the most. Use fewer levels or a smaller base.");
}

/// 2^5 coefficients a message leave room for the noise of the modulus switch; fewer cannot be correct.
constexpr int kLeastLogBox = 5;

void require_secure(const ParametersLiteral& literal) {
    if (literal.security == Security::none) return;
    const int total = literal.glwe_dimension << literal.log_n;
    const auto refuse = [](const std::string& what, int dimension, int noise, const std::string& known) {
        throw Error(ErrorCode::security_insufficient,
                    what + " of dimension " + std::to_string(dimension) + " with noise TUniform(" +
                        std::to_string(noise) + ") is outside the lines known to give 128 bits of security (" + known +
                        "). Use a larger dimension or more noise (or security: 'none' for tests).",
                    {{"dimension", std::to_string(dimension)}, {"noise", std::to_string(noise)}});
    };
    if (!secure(kLweLines, literal.lwe_dimension, literal.lwe_noise))
        refuse("LWE", literal.lwe_dimension, literal.lwe_noise, "879: 46, 918: 45, 1077: 41, 1117: 40");
    if (!secure(kGlweLines, total, literal.glwe_noise)) refuse("GLWE", total, literal.glwe_noise, "2048: 17, 8192: 3");
}

const ParametersLiteral& checked(const ParametersLiteral& literal) {
    require_range("messageBits", literal.message_bits, 1, 8);
    require_range("lweDimension", literal.lwe_dimension, 16, 4096);
    require_range("lweNoise", literal.lwe_noise, 32, 60);
    require_range("glweDimension", literal.glwe_dimension, 1, 8);
    require_range("logN", literal.log_n, 9, 16);
    require_range("glweNoise", literal.glwe_noise, 0, 60);
    require_gadget("bootstrap", literal.bootstrap, 32, 62);
    // Digits are 16-bit numbers, and the smallest gadget entry is a word of 2^32.
    require_gadget("keySwitch", literal.key_switch, 15, 31);
    if (literal.log_n < literal.message_bits + kLeastLogBox)
        throw Error(ErrorCode::parameters_invalid,
                    "Tables of " + std::to_string(literal.message_bits) + " message bits need N = 2^" +
                        std::to_string(literal.message_bits + kLeastLogBox) + " at least but logN is " +
                        std::to_string(literal.log_n) + ". Use a larger logN or fewer message bits.");
    require_secure(literal);
    return literal;
}

Fingerprint fingerprint_of(const ParametersLiteral& literal) {
    std::vector<std::uint8_t> bytes{'t', 'f', 'h', 'e'};
    for (const int x : {literal.message_bits, literal.lwe_dimension, literal.lwe_noise, literal.glwe_dimension,
                        literal.log_n, literal.glwe_noise, literal.bootstrap.base_log, literal.bootstrap.levels,
                        literal.key_switch.base_log, literal.key_switch.levels, static_cast<int>(literal.security)})
        for (int i = 0; i < 4; ++i) bytes.push_back(static_cast<std::uint8_t>(static_cast<u32>(x) >> (8 * i)));
    return sha256(bytes);
}

std::string short_name(const Fingerprint& fingerprint) {
    std::string text;
    for (int i = 0; i < 8; ++i) {
        char byte[3];
        std::snprintf(byte, sizeof byte, "%02x", fingerprint[static_cast<std::size_t>(i)]);
        text += byte;
    }
    return text;
}

}  // namespace

Parameters::Parameters(const ParametersLiteral& literal)
    : literal_(checked(literal)), fft_(std::size_t{1} << literal.log_n), fingerprint_(fingerprint_of(literal)) {}

void require_same(const Parameters& a, const Parameters& b, const char* what) {
    if (&a == &b || a.fingerprint() == b.fingerprint()) return;
    throw Error(ErrorCode::parameters_mismatch,
                std::string(what) + " was made under parameter set " + short_name(b.fingerprint()) +
                    " but this context has set " + short_name(a.fingerprint()) +
                    ". Make both from the same parameters.",
                {{"expected", short_name(a.fingerprint())}, {"received", short_name(b.fingerprint())}});
}

GadgetDigit gadget_digit(const GadgetLiteral& gadget, int level) {
    u64 offset = u64{1} << (63 - gadget.base_log * gadget.levels);
    for (int j = 1; j <= gadget.levels; ++j) offset += u64{1} << (64 - j * gadget.base_log + gadget.base_log - 1);
    return {offset, level * gadget.base_log, 64 - gadget.base_log, std::ldexp(0.5, gadget.base_log)};
}

}  // namespace ciphernet::tfhe
