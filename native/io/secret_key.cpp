#include "io/envelope.hpp"

namespace ciphernet::io {

// Two bits a coefficient, in two's complement: 0, 1, and 3 for -1.

SecretBytes write(const rlwe::SecretKey& key) {
    const rlwe::Parameters& parameters = *key.parameters();
    SecretBytes out(secret_key_bytes(parameters));
    Builder b(out.view(), ObjectType::secret_key, key.insecure() || marks_insecure(parameters),
              parameters.fingerprint());
    const auto coefficients = key.coefficients();
    std::uint8_t* packed = b.room(coefficients.size() / 4);
    for (std::size_t i = 0; i < coefficients.size() / 4; ++i) {
        unsigned byte = 0;
        for (std::size_t k = 0; k < 4; ++k) byte |= (static_cast<unsigned>(coefficients[4 * i + k]) & 3u) << (2 * k);
        packed[i] = static_cast<std::uint8_t>(byte);
    }
    b.finish();
    return out;
}

rlwe::SecretKey read_secret_key(ByteView bytes, std::shared_ptr<const rlwe::Parameters> parameters,
                                const Execution& execution) {
    const Header header = read_header(bytes, ObjectType::secret_key, parameters.get());
    Cursor cursor(open(bytes, header, secret_key_bytes(*parameters)), ObjectType::secret_key);
    const ByteView packed = cursor.take(parameters->n() / 4);
    cursor.finish();

    SecretBytes values(parameters->n());
    for (std::size_t i = 0; i < packed.size(); ++i)
        for (std::size_t k = 0; k < 4; ++k)
            values.view()[4 * i + k] =
                static_cast<std::uint8_t>(((static_cast<unsigned>(packed[i]) >> (2 * k) & 3u) ^ 2u) - 2u);
    // The constructor refuses the fourth value, -2.
    const auto* coefficients = reinterpret_cast<const std::int8_t*>(values.view().data());
    return rlwe::SecretKey(std::move(parameters), {coefficients, values.view().size()}, header.insecure, execution);
}

}  // namespace ciphernet::io
