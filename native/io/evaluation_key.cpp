#include "io/evaluation_key.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "io/layout.hpp"
#include "io/polynomials.hpp"

namespace ciphernet::io {
namespace {

void write_samples(Builder& b, const rlwe::KeySwitchKey& key, const Execution& execution) {
    for (const PackedPolynomial& digit : key.b) {
        execution.check();
        std::copy_n(digit.bytes(), digit.byte_count(), b.room(digit.byte_count()));
    }
}

PublicSeed take_seed(Cursor& cursor) { return PublicSeed::from_bytes(cursor.take(kSeedBytes).first<kSeedBytes>()); }

/// The b of every digit; the queue fills them.
void take_samples(rlwe::KeySwitchKey& key, Cursor& cursor, const rlwe::Parameters& parameters, UnpackQueue& queue) {
    const Basis basis = parameters.key_basis(key.level);
    for (int j = 0; j < parameters.digit_count(key.level); ++j) {
        const ByteView packed = cursor.take(polynomial_bytes(parameters.ring(), basis));
        key.b.emplace_back(parameters.ring(), basis);
        queue.add(key.b.back(), packed);
    }
}

void expand_masks(rlwe::KeySwitchKey& key, const rlwe::Parameters& parameters, const Execution& execution) {
    const Basis basis = parameters.key_basis(key.level);
    for (std::size_t j = 0; j < key.b.size(); ++j)
        key.a.push_back(PackedPolynomial::pack(
            rlwe::expand_uniform(parameters.ring(), basis, key.seed, static_cast<u64>(j), execution), execution));
}

rlwe::KeySwitchKey read_key_switch_key(Cursor& cursor, const rlwe::Parameters& parameters, int level,
                                       const Execution& execution) {
    rlwe::KeySwitchKey key{.level = level, .seed = take_seed(cursor), .b = {}, .a = {}};
    UnpackQueue queue;
    take_samples(key, cursor, parameters, queue);
    cursor.finish();
    queue.run(execution);
    expand_masks(key, parameters, execution);
    return key;
}

rlwe::EncapsulationKey read_encapsulation_key(Cursor& cursor, const KeySets& sets, const Execution& execution) {
    const rlwe::Parameters& sparse = *sets.encapsulation;
    const rlwe::Parameters& whole = *sets.parameters;
    if (const int width = cursor.u8(); width != sparse.digit_width())
        refuse_corrupt("digit width", "The encapsulation key has gadget digits of " + std::to_string(width) +
                                          " limbs under the sparse secret; this parameter set has " +
                                          std::to_string(sparse.digit_width()) + ".");
    cursor.zero(7);
    rlwe::EncapsulationKey key{
        .sparse_parameters = sets.encapsulation,
        .to_sparse = {.level = 0, .seed = take_seed(cursor), .b = {}, .a = {}},
        .from_sparse = {.level = whole.max_level(), .seed = take_seed(cursor), .b = {}, .a = {}}};
    UnpackQueue queue;
    take_samples(key.to_sparse, cursor, sparse, queue);
    take_samples(key.from_sparse, cursor, whole, queue);
    cursor.finish();
    queue.run(execution);
    expand_masks(key.to_sparse, sparse, execution);
    expand_masks(key.from_sparse, whole, execution);
    return key;
}

Bytes write_key_switch_key(const rlwe::Parameters& parameters, const KeyName& name, const rlwe::KeySwitchKey& key,
                           bool insecure, const Execution& execution) {
    Bytes out(evaluation_key_bytes(parameters, name.level));
    Builder b(out, ObjectType::evaluation_key, insecure || marks_insecure(parameters), parameters.fingerprint());
    write_name(b, name, parameters);
    b.bytes(key.seed.bytes());
    write_samples(b, key, execution);
    b.finish();
    return out;
}

std::size_t largest_key_bytes(const KeySets& sets) {
    const int top = sets.parameters->max_level();
    return std::max(evaluation_key_bytes(*sets.parameters, top),
                    evaluation_key_bytes(sets, KeyName::encapsulation(top)));
}

}  // namespace

std::string text_of(const KeyName& name) {
    const std::string level = " at level " + std::to_string(name.level);
    switch (name.kind) {
        case KeyKind::relinearization:
            return "relinearization key" + level;
        case KeyKind::galois:
            return "Galois key of X^" + std::to_string(name.element) + level;
        case KeyKind::encapsulation:
            break;
    }
    return "encapsulation key" + level;
}

void write_name(Builder& b, const KeyName& name, const rlwe::Parameters& parameters) {
    b.u8(static_cast<std::uint8_t>(name.kind));
    b.u8(static_cast<std::uint64_t>(parameters.digit_width()));
    b.u16(static_cast<std::uint64_t>(name.level));
    b.u32(name.element);
}

KeyName read_name(Cursor& cursor, const KeySets& sets) {
    const rlwe::Parameters& parameters = *sets.parameters;
    const std::uint8_t kind = cursor.u8();
    const int digit_width = cursor.u8();
    const int level = checked_level(cursor.u16(), parameters.max_level());
    const std::uint32_t element = cursor.u32();
    const KeyName name{.kind = static_cast<KeyKind>(kind), .element = element, .level = level};
    if (kind < static_cast<std::uint8_t>(KeyKind::relinearization) ||
        kind > static_cast<std::uint8_t>(KeyKind::encapsulation))
        refuse_corrupt("kind", "An evaluation key is of the unknown kind " + std::to_string(kind) + ".");
    if (name.kind == KeyKind::galois ? element % 2 == 0 || element >= 2 * parameters.n() : element != 0)
        refuse_corrupt("galois element", "An evaluation key of kind " + std::to_string(kind) +
                                             " cannot have the Galois element " + std::to_string(element) + ".");
    if (!parameters.has_special_primes())
        refuse_corrupt("kind", "The parameter set has no key-switching primes, so no evaluation keys.");
    if (name.kind == KeyKind::encapsulation) {
        if (!sets.encapsulation)
            refuse_corrupt("kind", "The parameter set has no bootstrapping, so no encapsulation key.");
        if (level != parameters.max_level())
            refuse_corrupt("level", "An encapsulation key is of the highest level, " +
                                        std::to_string(parameters.max_level()) + ", not of level " +
                                        std::to_string(level) + ".");
    }
    // The width follows from the primes; it stands in the file so that a later rule cannot misread earlier keys.
    if (digit_width != parameters.digit_width())
        refuse_corrupt("digit width", "An evaluation key has gadget digits of " + std::to_string(digit_width) +
                                          " limbs; this parameter set has " + std::to_string(parameters.digit_width()) +
                                          ".");
    return name;
}

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::KeySwitchKey& relinearization, bool insecure,
                           const Execution& execution) {
    return write_key_switch_key(parameters, name_of(relinearization), relinearization, insecure, execution);
}

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::GaloisKey& key, bool insecure,
                           const Execution& execution) {
    return write_key_switch_key(parameters, name_of(key), key.key, insecure, execution);
}

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::EncapsulationKey& key, bool insecure,
                           const Execution& execution) {
    Bytes out(encapsulation_key_bytes(parameters, *key.sparse_parameters));
    Builder b(out, ObjectType::evaluation_key, insecure || marks_insecure(parameters), parameters.fingerprint(),
              kBootstrappingVersion);
    write_name(b, name_of(key), parameters);
    b.u8(static_cast<std::uint64_t>(key.sparse_parameters->digit_width()));
    b.zero(7);
    b.bytes(key.to_sparse.seed.bytes());
    b.bytes(key.from_sparse.seed.bytes());
    write_samples(b, key.to_sparse, execution);
    write_samples(b, key.from_sparse, execution);
    b.finish();
    return out;
}

LoadedKey read_evaluation_key(ByteView bytes, const KeySets& sets, const Execution& execution) {
    const rlwe::Parameters& parameters = *sets.parameters;
    const Header header = read_header(bytes, ObjectType::evaluation_key, &parameters);
    Cursor cursor(open(bytes, header, largest_key_bytes(sets)), ObjectType::evaluation_key);
    const KeyName name = read_name(cursor, sets);
    check_version(header, name.kind == KeyKind::encapsulation);
    const auto read = [&]() -> EvaluationKey {
        if (name.kind == KeyKind::encapsulation) return read_encapsulation_key(cursor, sets, execution);
        rlwe::KeySwitchKey key = read_key_switch_key(cursor, parameters, name.level, execution);
        if (name.kind == KeyKind::relinearization) return key;
        return rlwe::GaloisKey{Automorphism(parameters.ring(), name.element), std::move(key)};
    };
    return {read(), header.insecure};
}

}  // namespace ciphernet::io
