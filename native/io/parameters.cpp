#include <cmath>

#include "base/error.hpp"
#include "io/envelope.hpp"
#include "io/layout.hpp"

namespace ciphernet::io {
namespace {

constexpr std::uint8_t kCkks = 1;

std::uint16_t bits_of(rlwe::Security security) { return security == rlwe::Security::none ? 0 : 128; }

rlwe::Security read_security(std::uint16_t bits) {
    if (bits != 0 && bits != 128)
        refuse_corrupt("security", "No parameter set promises " + std::to_string(bits) + " bits of security.");
    return bits == 0 ? rlwe::Security::none : rlwe::Security::classical_128;
}

/// A count of the file; the constructor bounds it too, but only after memory was taken for it.
std::size_t bounded(std::size_t count, std::size_t most, const char* what) {
    if (count <= most) return count;
    throw Error(ErrorCode::format_too_large,
                "The parameters list " + std::to_string(count) + " " + what + "; at most " + std::to_string(most) +
                    " are possible.",
                {{"count", std::to_string(count)}, {"bound", std::to_string(most)}});
}

void write_bootstrapping(Builder& b, const ckks::BootstrappingLiteral& literal) {
    for (const int field : {literal.coefficients_to_slots, literal.slots_to_coefficients, literal.log_scale,
                            literal.degree, literal.double_angles, literal.arcsine_degree, literal.log_message_ratio})
        b.u8(static_cast<std::uint64_t>(field));
    b.u8(static_cast<std::uint64_t>(literal.order));
    b.u16(static_cast<std::uint64_t>(literal.secret_weight));
    b.zero(6);
}

ckks::BootstrappingOrder read_order(std::uint8_t order) {
    if (order > static_cast<std::uint8_t>(ckks::BootstrappingOrder::slots_to_coefficients_first))
        refuse_corrupt("order", "Bootstrapping knows no order " + std::to_string(order) + ".");
    return static_cast<ckks::BootstrappingOrder>(order);
}

ckks::BootstrappingLiteral read_bootstrapping(Cursor& cursor) {
    ckks::BootstrappingLiteral literal;
    for (int* field : {&literal.coefficients_to_slots, &literal.slots_to_coefficients, &literal.log_scale,
                       &literal.degree, &literal.double_angles, &literal.arcsine_degree, &literal.log_message_ratio})
        *field = cursor.u8();
    literal.order = read_order(cursor.u8());
    literal.secret_weight = cursor.u16();
    cursor.zero(6);
    return literal;
}

}  // namespace

Bytes write(const ckks::Parameters& parameters) {
    const ckks::ParametersLiteral& literal = parameters.literal();
    const auto& levels = parameters.rlwe().literal().levels;
    const auto& special = parameters.rlwe().literal().special_primes;
    Bytes out(parameters_bytes(parameters));
    Builder b(out, ObjectType::parameters, marks_insecure(parameters.rlwe()), parameters.rlwe().fingerprint(),
              version_of(literal.bootstrapping.has_value()));
    b.u8(kCkks);
    b.u8(static_cast<std::uint64_t>(literal.log_n));
    b.u8(static_cast<std::uint64_t>(literal.log_scale));
    b.u8(static_cast<std::uint64_t>(literal.log_slots));
    b.u16(bits_of(literal.security));
    b.zero(2);
    b.f64(literal.magnitude);
    b.u16(levels.size());
    b.u16(special.size());
    b.zero(4);
    if (literal.bootstrapping) write_bootstrapping(b, *literal.bootstrapping);
    for (std::size_t l = 0; l < levels.size(); ++l) {
        b.u8(static_cast<std::uint64_t>(literal.log_q[l]));
        b.u8(levels[l].size());
        for (const u64 q : levels[l]) b.u64(q);
    }
    for (std::size_t i = 0; i < special.size(); ++i) {
        b.u8(static_cast<std::uint64_t>(literal.log_p[i]));
        b.u64(special[i]);
    }
    b.finish();
    return out;
}

std::shared_ptr<const ckks::Parameters> read_parameters(ByteView bytes) {
    const Header header = read_header(bytes, ObjectType::parameters, nullptr);
    constexpr std::size_t kMost = kEnvelopeBytes + kParametersFixedBytes + kBootstrappingBytes +
                                  kMostLevelsOfFile * 18 + kMostSpecialPrimesOfFile * 9;
    Cursor cursor(open(bytes, header, kMost), ObjectType::parameters);

    if (const auto scheme = cursor.u8(); scheme != kCkks)
        refuse_corrupt("scheme", "The parameters are of the unknown scheme " + std::to_string(scheme) + ".");
    ckks::ParametersLiteral literal{};
    literal.log_n = cursor.u8();
    literal.log_scale = cursor.u8();
    literal.log_slots = cursor.u8();
    literal.security = read_security(cursor.u16());
    cursor.zero(2);
    literal.magnitude = cursor.f64();
    const std::size_t level_count = bounded(cursor.u16(), kMostLevelsOfFile, "levels");
    const std::size_t special_count = bounded(cursor.u16(), kMostSpecialPrimesOfFile, "key-switching primes");
    cursor.zero(4);
    if (header.version == kBootstrappingVersion) literal.bootstrapping = read_bootstrapping(cursor);
    std::vector<std::vector<u64>> levels(level_count);
    for (auto& level : levels) {
        literal.log_q.push_back(cursor.u8());
        const std::uint8_t primes = cursor.u8();
        if (primes < 1 || primes > 2)
            refuse_corrupt("levels", "A level has " + std::to_string(primes) + " primes; it has one or two.");
        for (int i = 0; i < primes; ++i) level.push_back(cursor.u64());
    }
    std::vector<u64> special(special_count);
    for (u64& p : special) {
        literal.log_p.push_back(cursor.u8());
        p = cursor.u64();
    }
    cursor.finish();
    if (header.insecure != (literal.security == rlwe::Security::none))
        refuse_corrupt("flags", "The mark of a parameter set without security does not fit its security.");

    auto parameters = std::make_shared<const ckks::Parameters>(literal, std::move(levels), std::move(special));
    if (parameters->rlwe().fingerprint() != header.fingerprint)
        refuse_corrupt("fingerprint", "The fingerprint of the parameters does not fit them.");
    return parameters;
}

}  // namespace ciphernet::io
