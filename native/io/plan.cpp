#include "base/error.hpp"
#include "io/envelope.hpp"

namespace ciphernet::io {
namespace {

/// Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(ByteView text) {
    for (std::size_t i = 0; i < text.size();) {
        const unsigned lead = text[i++];
        if (lead < 0x80) continue;
        const int more = lead >= 0xc2 && lead < 0xe0   ? 1
                         : lead >= 0xe0 && lead < 0xf0 ? 2
                         : lead >= 0xf0 && lead < 0xf5 ? 3
                                                       : 0;
        if (more == 0) return false;
        std::uint32_t point = lead & (0x3fu >> more);
        for (int k = 0; k < more; ++k) {
            if (i == text.size() || (text[i] & 0xc0) != 0x80) return false;
            point = point << 6 | (text[i++] & 0x3fu);
        }
        const bool overlong = (more == 2 && point < 0x800) || (more == 3 && point < 0x10000);
        if (overlong || (point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return false;
    }
    return true;
}

}  // namespace

Bytes write_plan(std::string_view text, const rlwe::Parameters& parameters) {
    const ByteView bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    if (text.size() > kMostPlanBytes)
        throw Error(ErrorCode::format_too_large, "A plan has at most " + std::to_string(kMostPlanBytes) +
                                                     " bytes but received " + std::to_string(text.size()) + ".");
    if (!is_utf8(bytes)) throw Error(ErrorCode::invalid_argument, "Expected the plan as UTF-8 text.");
    Bytes out(kEnvelopeBytes + bytes.size());
    Builder b(out, ObjectType::plan, marks_insecure(parameters), parameters.fingerprint());
    b.bytes(bytes);
    b.finish();
    return out;
}

std::string read_plan(ByteView bytes, const rlwe::Parameters& parameters) {
    const Header header = read_header(bytes, ObjectType::plan, &parameters);
    const ByteView text = open(bytes, header, kEnvelopeBytes + kMostPlanBytes);
    if (header.insecure != marks_insecure(parameters))
        refuse_corrupt("flags", "The mark of the plan does not fit its parameters.");
    if (!is_utf8(text)) refuse_corrupt("text", "The plan is not UTF-8 text.");
    return {text.begin(), text.end()};
}

}  // namespace ciphernet::io
