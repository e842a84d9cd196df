#include <cmath>

#include "base/error.hpp"
#include "io/envelope.hpp"
#include "io/layout.hpp"
#include "io/polynomials.hpp"

namespace ciphernet::io {
namespace {

constexpr std::uint8_t kSeeded = 1;
constexpr std::uint8_t kInsecure = 2;
constexpr int kMostDegree = 2;

// A seed stands for the second part only where there are two.
bool is_seeded(const ckks::Ciphertext& c) { return c.body.mask_seed && c.degree() == 1; }

CiphertextShape shape_of(const ckks::Ciphertext& c) {
    return {.level = c.level(), .degree = c.degree(), .seeded = is_seeded(c)};
}

bool is_insecure(const ckks::Ciphertext& c) { return c.insecure || marks_insecure(c.parameters->rlwe()); }

bool is_usable(const ckks::NoiseEstimate& noise) {
    return std::isfinite(noise.deviation) && noise.deviation >= 0 && std::isfinite(noise.magnitude) &&
           noise.magnitude > 0;
}

void write_noise(Builder& b, const ckks::NoiseEstimate& noise) {
    if (!is_usable(noise))
        throw Error(ErrorCode::invalid_argument, "The noise estimate is deviation " + std::to_string(noise.deviation) +
                                                     ", magnitude " + std::to_string(noise.magnitude) +
                                                     ": nothing is known about the slots, so they are not written. " +
                                                     "Give the magnitude of what is multiplied.");
    b.f64(noise.deviation);
    b.f64(noise.magnitude);
}

ckks::NoiseEstimate read_noise(Cursor& cursor) {
    const ckks::NoiseEstimate noise{.deviation = cursor.f64(), .magnitude = cursor.f64()};
    if (!is_usable(noise))
        refuse_corrupt("noise",
                       "The noise estimate is not a finite deviation of at least 0 and a finite magnitude above 0.");
    return noise;
}

void write_record(Builder& b, const ckks::Ciphertext& c, PackQueue& queue) {
    const bool seeded = is_seeded(c);
    b.u16(static_cast<std::uint64_t>(c.level()));
    b.u8(static_cast<std::uint64_t>(c.degree()));
    b.u8(static_cast<std::uint64_t>(c.scale_degree));
    b.u8((seeded ? kSeeded : 0u) | (is_insecure(c) ? kInsecure : 0u));
    b.zero(3);
    write_noise(b, c.noise);
    if (seeded) b.bytes(c.body.mask_seed->bytes());
    for (std::size_t i = 0; i < (seeded ? 1 : c.body.parts.size()); ++i) {
        const EvaluationPolynomial& part = c.body.parts[i];
        queue.add(b.room(polynomial_bytes(part.ring(), part.basis())), part);
    }
}

ckks::Ciphertext read_record(Cursor& cursor, const std::shared_ptr<const ckks::Parameters>& parameters,
                             UnpackQueue& queue, const Execution& execution) {
    const rlwe::Parameters& set = parameters->rlwe();
    const int level = checked_level(cursor.u16(), parameters->user_level());
    const int degree = cursor.u8();
    const int scale_degree = cursor.u8();
    const std::uint8_t flags = cursor.u8();
    cursor.zero(3);
    if (degree < 1 || degree > kMostDegree)
        refuse_corrupt("degree", "A ciphertext has degree 1 or 2, not " + std::to_string(degree) + ".");
    if (scale_degree < 1 || scale_degree > 2)
        refuse_corrupt("scale degree",
                       "A ciphertext has scale degree 1 or 2, not " + std::to_string(scale_degree) + ".");
    const bool seeded = (flags & kSeeded) != 0;
    if ((flags & ~(kSeeded | kInsecure)) != 0 || (seeded && degree != 1))
        refuse_corrupt("flags", "A ciphertext of degree " + std::to_string(degree) + " cannot have the flags " +
                                    std::to_string(flags) + ".");
    const bool insecure = (flags & kInsecure) != 0;
    if (marks_insecure(set) && !insecure)
        refuse_corrupt("flags", "A ciphertext of a parameter set without security lacks the mark that says so.");
    const ckks::NoiseEstimate noise = read_noise(cursor);

    ckks::Ciphertext c{.parameters = parameters,
                       .body = {.level = level, .parts = {}, .mask_seed = std::nullopt},
                       .scale_degree = scale_degree,
                       .noise = noise,
                       .insecure = insecure};
    if (seeded) c.body.mask_seed = PublicSeed::from_bytes(cursor.take(kSeedBytes).first<kSeedBytes>());
    const Basis basis = set.basis(level);
    for (int i = 0; i < (seeded ? 1 : degree + 1); ++i) {
        const ByteView packed =
            cursor.take(polynomial_bytes(set.ring(), basis));  // memory only for bytes that are there
        c.body.parts.emplace_back(set.ring(), basis);
        queue.add(c.body.parts.back(), packed);
    }
    if (seeded) c.body.parts.push_back(rlwe::expand_uniform(set.ring(), basis, *c.body.mask_seed, 0, execution));
    return c;
}

void refuse_transparent(const ckks::Ciphertext& c) {
    for (std::size_t i = 1; i < c.body.parts.size(); ++i)
        if (!is_zero(c.body.parts[i])) return;
    throw Error(ErrorCode::transparent_ciphertext,
                "All parts of the ciphertext but the first are zero: anybody can read it. Encrypt the values again.");
}

Bytes write_batch(const ckks::Parameters& parameters, std::size_t count,
                  const std::function<const ckks::Ciphertext&(std::size_t)>& at, const Execution& execution) {
    if (count > kMostCiphertexts)
        throw Error(ErrorCode::format_too_large, "A batch holds at most " + std::to_string(kMostCiphertexts) +
                                                     " ciphertexts but received " + std::to_string(count) +
                                                     ". Write several batches.");
    bool insecure = marks_insecure(parameters.rlwe());
    std::vector<CiphertextShape> shapes;
    for (std::size_t i = 0; i < count; ++i) {
        rlwe::require_same(parameters.rlwe(), at(i).parameters->rlwe(), "A ciphertext of the batch");
        shapes.push_back(shape_of(at(i)));
        insecure = insecure || at(i).insecure;
    }
    Bytes out(ciphertext_batch_bytes(parameters.rlwe(), shapes));
    Builder b(out, ObjectType::ciphertext_batch, insecure, parameters.rlwe().fingerprint());
    b.u32(count);
    b.zero(4);
    PackQueue queue;
    for (std::size_t i = 0; i < count; ++i) write_record(b, at(i), queue);
    queue.run(execution);
    b.finish();
    return out;
}

}  // namespace

Bytes write(const ckks::Ciphertext& ciphertext, const Execution& execution) {
    const rlwe::Parameters& parameters = ciphertext.parameters->rlwe();
    Bytes out(ciphertext_bytes(parameters, shape_of(ciphertext)));
    Builder b(out, ObjectType::ciphertext, is_insecure(ciphertext), parameters.fingerprint());
    PackQueue queue;
    write_record(b, ciphertext, queue);
    queue.run(execution);
    b.finish();
    return out;
}

ckks::Ciphertext read_ciphertext(ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters,
                                 const Execution& execution) {
    const rlwe::Parameters& set = parameters->rlwe();
    const Header header = read_header(bytes, ObjectType::ciphertext, &set);
    const std::size_t most = ciphertext_bytes(set, {.level = parameters->user_level(), .degree = kMostDegree});
    Cursor cursor(open(bytes, header, most), ObjectType::ciphertext);
    UnpackQueue queue;
    ckks::Ciphertext c = read_record(cursor, parameters, queue, execution);
    cursor.finish();
    if (c.insecure != header.insecure)
        refuse_corrupt("flags", "The header and the ciphertext disagree about its security.");
    queue.run(execution);
    refuse_transparent(c);
    return c;
}

Bytes write(const ckks::Parameters& parameters, std::span<const ckks::Ciphertext> batch, const Execution& execution) {
    return write_batch(
        parameters, batch.size(), [&](std::size_t i) -> const ckks::Ciphertext& { return batch[i]; }, execution);
}

Bytes write(const ckks::Parameters& parameters, std::span<const ckks::Ciphertext* const> batch,
            const Execution& execution) {
    return write_batch(
        parameters, batch.size(), [&](std::size_t i) -> const ckks::Ciphertext& { return *batch[i]; }, execution);
}

std::vector<ckks::Ciphertext> read_ciphertexts(ByteView bytes,
                                               const std::shared_ptr<const ckks::Parameters>& parameters,
                                               const Execution& execution) {
    const rlwe::Parameters& set = parameters->rlwe();
    const Header header = read_header(bytes, ObjectType::ciphertext_batch, &set);
    Cursor cursor(open(bytes, header, kMostBytes), ObjectType::ciphertext_batch);
    const std::uint32_t count = cursor.u32();
    cursor.zero(4);
    // The smallest record: level 0 with a seed.
    if (count > kMostCiphertexts || count > cursor.left() / record_bytes(set, {.level = 0, .seeded = true}))
        throw Error(ErrorCode::format_too_large,
                    "The batch names " + std::to_string(count) + " ciphertexts, more than its bytes can hold.",
                    {{"count", std::to_string(count)}});
    std::vector<ckks::Ciphertext> batch;
    batch.reserve(count);
    UnpackQueue queue;
    bool insecure = marks_insecure(set);
    for (std::uint32_t i = 0; i < count; ++i) {
        batch.push_back(read_record(cursor, parameters, queue, execution));
        insecure = insecure || batch.back().insecure;
    }
    cursor.finish();
    if (insecure != header.insecure)
        refuse_corrupt("flags", "The header and the ciphertexts disagree about their security.");
    queue.run(execution);
    for (const ckks::Ciphertext& c : batch) refuse_transparent(c);
    return batch;
}

Bytes write(const ckks::Plaintext& plaintext, const Execution& execution) {
    const rlwe::Parameters& parameters = plaintext.parameters->rlwe();
    Bytes out(plaintext_bytes(parameters, plaintext.level));
    Builder b(out, ObjectType::plaintext, marks_insecure(parameters), parameters.fingerprint());
    b.u16(static_cast<std::uint64_t>(plaintext.level));
    b.zero(6);
    write_noise(b, plaintext.noise);
    PackQueue queue;
    queue.add(b.room(polynomial_bytes(parameters.ring(), plaintext.value.basis())), plaintext.value);
    queue.run(execution);
    b.finish();
    return out;
}

ckks::Plaintext read_plaintext(ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters,
                               const Execution& execution) {
    const rlwe::Parameters& set = parameters->rlwe();
    const Header header = read_header(bytes, ObjectType::plaintext, &set);
    Cursor cursor(open(bytes, header, plaintext_bytes(set, parameters->user_level())), ObjectType::plaintext);
    const int level = checked_level(cursor.u16(), parameters->user_level());
    cursor.zero(6);
    const ckks::NoiseEstimate noise = read_noise(cursor);
    const Basis basis = set.basis(level);
    const ByteView packed = cursor.take(polynomial_bytes(set.ring(), basis));
    cursor.finish();
    if (header.insecure != marks_insecure(set))
        refuse_corrupt("flags", "The mark of the plaintext does not fit its parameters.");

    ckks::Plaintext plaintext{
        .parameters = parameters, .level = level, .value = EvaluationPolynomial(set.ring(), basis), .noise = noise};
    UnpackQueue queue;
    queue.add(plaintext.value, packed);
    queue.run(execution);
    return plaintext;
}

}  // namespace ciphernet::io
