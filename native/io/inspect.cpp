#include "io/envelope.hpp"
#include "io/layout.hpp"
#include "io/little_endian.hpp"

namespace ciphernet::io {

Info inspect(ByteView start) {
    const Header header = read_header(start);
    Info info{.type = header.type,
              .version = header.version,
              .insecure = header.insecure,
              .fingerprint = header.fingerprint,
              .total_bytes = header.total_bytes(),
              .level = {},
              .degree = {},
              .count = {},
              .galois_element = {},
              .log_n = {}};
    // The fields of the payload, where so much of it is there.
    const ByteView payload = start.subspan(kHeaderBytes);
    const auto field = [&](std::size_t at, std::size_t size) -> std::optional<std::uint32_t> {
        if (at + size > payload.size() || at + size > header.payload_bytes) return std::nullopt;
        return static_cast<std::uint32_t>(load_le(payload.data() + at, size));
    };
    switch (header.type) {
        case ObjectType::parameters:
            info.log_n = field(1, 1);
            info.level = field(16, 2);
            if (info.level) --*info.level;
            // Behind the fixed fields of that version: what bootstrapping's levels follow from.
            if (const auto fields = field(kParametersFixedBytes + 2, 4);
                info.level && fields && header.version == kBootstrappingVersion) {
                ckks::BootstrappingLiteral b;
                b.coefficients_to_slots = static_cast<int>(*field(kParametersFixedBytes, 1));
                b.slots_to_coefficients = static_cast<int>(*field(kParametersFixedBytes + 1, 1));
                b.degree = static_cast<int>(*fields >> 8 & 255);
                b.double_angles = static_cast<int>(*fields >> 16 & 255);
                b.arcsine_degree = static_cast<int>(*fields >> 24);
                if (const auto order = field(kParametersFixedBytes + 7, 1))
                    b.order = static_cast<ckks::BootstrappingOrder>(*order);
                *info.level -= b.levels();
            }
            break;
        case ObjectType::ciphertext:
            info.level = field(0, 2);
            info.degree = field(2, 1);
            break;
        case ObjectType::plaintext:
            info.level = field(0, 2);
            break;
        case ObjectType::evaluation_key:
            info.level = field(2, 2);
            info.galois_element = field(4, 4);
            break;
        case ObjectType::evaluation_keys:
        case ObjectType::ciphertext_batch:
            info.count = field(0, 4);
            break;
        case ObjectType::secret_key:
        case ObjectType::public_key:
            break;
    }
    return info;
}

}  // namespace ciphernet::io
