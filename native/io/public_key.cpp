#include "io/envelope.hpp"
#include "io/polynomials.hpp"

namespace ciphernet::io {

Bytes write(const rlwe::PublicKey& key, const Execution& execution) {
    const rlwe::Parameters& parameters = *key.parameters;
    Bytes out(public_key_bytes(parameters));
    Builder b(out, ObjectType::public_key, key.insecure || marks_insecure(parameters), parameters.fingerprint());
    b.bytes(key.seed.bytes());
    PackQueue queue;
    queue.add(b.room(polynomial_bytes(parameters.ring(), key.b.basis())), key.b);
    queue.run(execution);
    b.finish();
    return out;
}

rlwe::PublicKey read_public_key(ByteView bytes, std::shared_ptr<const rlwe::Parameters> parameters,
                                const Execution& execution) {
    const Header header = read_header(bytes, ObjectType::public_key, parameters.get());
    Cursor cursor(open(bytes, header, public_key_bytes(*parameters)), ObjectType::public_key);
    const Ring& ring = parameters->ring();
    const Basis basis = parameters->basis(parameters->max_level());
    const PublicSeed seed = PublicSeed::from_bytes(cursor.take(kSeedBytes).first<kSeedBytes>());
    const ByteView packed = cursor.take(polynomial_bytes(ring, basis));
    cursor.finish();

    EvaluationPolynomial b(ring, basis);
    UnpackQueue queue;
    queue.add(b, packed);
    queue.run(execution);
    EvaluationPolynomial a = rlwe::expand_uniform(ring, basis, seed, 0, execution);
    return {std::move(parameters), seed, std::move(b), std::move(a), header.insecure};
}

}  // namespace ciphernet::io
