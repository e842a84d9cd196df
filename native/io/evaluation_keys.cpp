#include <algorithm>

#include "base/error.hpp"
#include "io/envelope.hpp"
#include "io/layout.hpp"
#include "io/little_endian.hpp"
#include "io/polynomials.hpp"

namespace ciphernet::io {
namespace {

std::uint8_t kind_of(const KeyName& name) { return name.is_relinearization() ? kRelinearizationKind : kGaloisKind; }

std::string text_of(const KeyName& name) {
    return (name.is_relinearization() ? "relinearization key" : "Galois key of X^" + std::to_string(name.element)) +
           " at level " + std::to_string(name.level);
}

void write_name(Builder& b, const KeyName& name, const rlwe::Parameters& parameters) {
    b.u8(kind_of(name));
    b.u8(static_cast<std::uint64_t>(parameters.digit_width()));
    b.u16(static_cast<std::uint64_t>(name.level));
    b.u32(name.element);
}

KeyName read_name(Cursor& cursor, const rlwe::Parameters& parameters) {
    const std::uint8_t kind = cursor.u8();
    const int digit_width = cursor.u8();
    const int level = checked_level(cursor.u16(), parameters);
    const std::uint32_t element = cursor.u32();
    if (kind != kRelinearizationKind && kind != kGaloisKind)
        refuse_corrupt("kind", "An evaluation key is of the unknown kind " + std::to_string(kind) + ".");
    if (kind == kRelinearizationKind ? element != 0 : element % 2 == 0 || element >= 2 * parameters.n())
        refuse_corrupt("galois element", "An evaluation key of kind " + std::to_string(kind) +
                                             " cannot have the Galois element " + std::to_string(element) + ".");
    if (!parameters.has_special_primes())
        refuse_corrupt("kind", "The parameter set has no key-switching primes, so no evaluation keys.");
    // The width follows from the primes; it stands in the file so that a later rule cannot misread earlier keys.
    if (digit_width != parameters.digit_width())
        refuse_corrupt("digit width", "An evaluation key has gadget digits of " + std::to_string(digit_width) +
                                          " limbs; this parameter set has " + std::to_string(parameters.digit_width()) +
                                          ".");
    return {.element = element, .level = level};
}

Bytes write_key(const rlwe::Parameters& parameters, const KeyName& name, const rlwe::KeySwitchKey& key, bool insecure,
                const Execution& execution) {
    Bytes out(evaluation_key_bytes(parameters, name.level));
    Builder b(out, ObjectType::evaluation_key, insecure || marks_insecure(parameters), parameters.fingerprint());
    write_name(b, name, parameters);
    b.bytes(key.seed.bytes());
    for (const PackedPolynomial& digit : key.b) {
        execution.check();
        std::copy_n(digit.bytes(), digit.byte_count(), b.room(digit.byte_count()));
    }
    b.finish();
    return out;
}

struct LoadedKey {
    KeyName name;
    bool insecure;
    rlwe::KeySwitchKey key;
};

LoadedKey read_key(ByteView bytes, const rlwe::Parameters& parameters, const Execution& execution) {
    const Header header = read_header(bytes, ObjectType::evaluation_key, &parameters);
    const std::size_t most = evaluation_key_bytes(parameters, parameters.max_level());
    Cursor cursor(open(bytes, header, most), ObjectType::evaluation_key);
    const KeyName name = read_name(cursor, parameters);
    const Basis basis = parameters.key_basis(name.level);
    const int digits = parameters.digit_count(name.level);
    const std::size_t digit_bytes = polynomial_bytes(parameters.ring(), basis);
    LoadedKey loaded{.name = name,
                     .insecure = header.insecure,
                     .key = {.level = name.level,
                             .seed = PublicSeed::from_bytes(cursor.take(kSeedBytes).first<kSeedBytes>()),
                             .b = {},
                             .a = {}}};
    UnpackQueue queue;
    for (int j = 0; j < digits; ++j) {
        const ByteView packed = cursor.take(digit_bytes);
        loaded.key.b.emplace_back(parameters.ring(), basis);
        queue.add(loaded.key.b.back(), packed);
    }
    cursor.finish();
    queue.run(execution);
    for (int j = 0; j < digits; ++j)
        loaded.key.a.push_back(PackedPolynomial::pack(
            rlwe::expand_uniform(parameters.ring(), basis, loaded.key.seed, static_cast<u64>(j), execution),
            execution));
    return loaded;
}

void add(rlwe::EvaluationKeys& keys, LoadedKey loaded) {
    keys.insecure = keys.insecure || loaded.insecure;
    if (loaded.name.is_relinearization()) {
        keys.relinearization = std::make_shared<const rlwe::KeySwitchKey>(std::move(loaded.key));
        return;
    }
    const std::uint32_t element = loaded.name.element;
    keys.galois[element] = std::make_shared<const rlwe::GaloisKey>(
        rlwe::GaloisKey{Automorphism(keys.parameters->ring(), element), std::move(loaded.key)});
}

/// Every odd element below 2N once, and the relinearization key.
std::uint64_t most_keys(const rlwe::Parameters& parameters) { return parameters.n() + 1; }

std::uint64_t most_bundle_bytes(const rlwe::Parameters& parameters) {
    const std::uint64_t count = most_keys(parameters);
    return table_of_contents_bytes(static_cast<std::uint32_t>(count)) +
           count * evaluation_key_bytes(parameters, parameters.max_level()) + kChecksumBytes;
}

}  // namespace

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::KeySwitchKey& relinearization, bool insecure,
                           const Execution& execution) {
    return write_key(parameters, {.element = 0, .level = relinearization.level}, relinearization, insecure, execution);
}

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::GaloisKey& key, bool insecure,
                           const Execution& execution) {
    return write_key(parameters, {.element = key.automorphism.element(), .level = key.key.level}, key.key, insecure,
                     execution);
}

void read_evaluation_key(ByteView bytes, rlwe::EvaluationKeys& keys, const Execution& execution) {
    add(keys, read_key(bytes, *keys.parameters, execution));
}

std::vector<KeyEntry> read_table_of_contents(ByteView start, const rlwe::Parameters& parameters) {
    const Header header = read_header(start, ObjectType::evaluation_keys, &parameters);
    if (header.total_bytes() > most_bundle_bytes(parameters))
        throw Error(ErrorCode::format_too_large, "The bundle is larger than one of all keys of this parameter set.",
                    {{"bytes", std::to_string(header.total_bytes())}});
    Cursor cursor(start.subspan(kHeaderBytes), ObjectType::evaluation_keys);
    const std::uint32_t count = cursor.u32();
    cursor.zero(4);
    if (count > most_keys(parameters))
        throw Error(ErrorCode::format_too_large,
                    "The bundle names " + std::to_string(count) + " keys; this parameter set has " +
                        std::to_string(most_keys(parameters)) + ".",
                    {{"count", std::to_string(count)}});
    Cursor lines(cursor.take(count * kEntryBytes), ObjectType::evaluation_keys);
    const std::size_t covered = table_of_contents_bytes(count) - kChecksumBytes;
    if (cursor.u64() != checksum_of(start.first(covered)))
        refuse_corrupt("table of contents",
                       "The checksum of the table of contents does not fit its bytes. Transfer them again.");

    std::vector<KeyEntry> entries;
    std::uint64_t offset = table_of_contents_bytes(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const KeyName name = read_name(lines, parameters);
        const KeyEntry entry{.name = name, .offset = lines.u64(), .length = lines.u64()};
        // Both are what they must be anyway: no key can be hidden between others or stand twice.
        if (entry.offset != offset || entry.length != evaluation_key_bytes(parameters, name.level))
            refuse_corrupt("table of contents", "The place of the " + text_of(name) + " is not where it must be.");
        if (!entries.empty() && entries.back().name.element >= name.element)
            refuse_corrupt("table of contents", "The keys are not in the order of their Galois elements.");
        offset += entry.length;
        entries.push_back(entry);
    }
    if (offset + kChecksumBytes != header.total_bytes())
        refuse_corrupt("table of contents", "The length of the bundle does not fit its table of contents.");
    return entries;
}

rlwe::EvaluationKeys read_evaluation_keys(ByteView bytes, std::shared_ptr<const rlwe::Parameters> parameters,
                                          const Execution& execution, const KeyFilter& filter) {
    const Header header = read_header(bytes, ObjectType::evaluation_keys, parameters.get());
    check_length(bytes, header, most_bundle_bytes(*parameters));
    // A part is checked by the table's checksum and each key's own.
    if (!filter) static_cast<void>(open(bytes, header, header.total_bytes()));
    std::vector<KeyEntry> entries = read_table_of_contents(bytes, *parameters);
    if (filter) std::erase_if(entries, [&](const KeyEntry& entry) { return !filter(entry.name); });

    rlwe::EvaluationKeys keys{
        .parameters = std::move(parameters), .relinearization = nullptr, .galois = {}, .insecure = header.insecure};
    for (std::size_t i = 0; i < entries.size(); ++i) {
        LoadedKey loaded = read_key(bytes.subspan(entries[i].offset, entries[i].length), *keys.parameters, execution);
        if (!(loaded.name == entries[i].name))
            refuse_corrupt("table of contents", "Where the " + text_of(entries[i].name) + " should stand is the " +
                                                    text_of(loaded.name) + ".");
        if (loaded.insecure != header.insecure)
            refuse_corrupt("flags", "The bundle and a key in it disagree about their security.");
        add(keys, std::move(loaded));
        execution.report(i + 1, entries.size());
    }
    return keys;
}

Bytes write(const rlwe::EvaluationKeys& keys, const Execution& execution) {
    std::vector<KeyName> names;
    if (keys.relinearization) names.push_back({.element = 0, .level = keys.relinearization->level});
    for (const auto& [element, key] : keys.galois) names.push_back({.element = element, .level = key->key.level});
    EvaluationKeysWriter writer(keys.parameters, std::move(names), keys.insecure);
    Bytes out;
    out.reserve(writer.total_bytes());
    const auto append = [&](const Bytes& piece) { out.insert(out.end(), piece.begin(), piece.end()); };
    append(writer.begin());
    if (keys.relinearization) append(writer.next(*keys.relinearization, execution));
    for (const auto& [element, key] : keys.galois) append(writer.next(*key, execution));
    append(writer.finish());
    return out;
}

EvaluationKeysWriter::EvaluationKeysWriter(std::shared_ptr<const rlwe::Parameters> parameters,
                                           std::vector<KeyName> names, bool insecure)
    : parameters_(std::move(parameters)),
      names_(std::move(names)),
      insecure_(insecure || marks_insecure(*parameters_)) {
    std::sort(names_.begin(), names_.end(), [](const KeyName& a, const KeyName& b) { return a.element < b.element; });
    const auto refuse = [](const std::string& message) { throw Error(ErrorCode::invalid_argument, message); };
    if (!names_.empty() && !parameters_->has_special_primes())
        refuse("The parameter set has no key-switching primes, so no evaluation keys.");
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const KeyName& name = names_[i];
        if (name.level < 0 || name.level > parameters_->max_level())
            refuse("Expected a key's level from 0 to " + std::to_string(parameters_->max_level()) + " but received " +
                   std::to_string(name.level) + ".");
        if (name.element != 0 && (name.element % 2 == 0 || name.element >= 2 * parameters_->n()))
            refuse("Expected an odd Galois element below 2N but received " + std::to_string(name.element) + ".");
        if (i > 0 && names_[i - 1].element == name.element) refuse("The " + text_of(name) + " is named twice.");
    }
}

std::size_t EvaluationKeysWriter::total_bytes() const { return evaluation_keys_bytes(*parameters_, names_); }

Bytes EvaluationKeysWriter::begin() {
    if (begun_) throw Error(ErrorCode::invalid_argument, "The bundle was begun already.");
    begun_ = true;
    const auto count = static_cast<std::uint32_t>(names_.size());
    // The builder wants room for a checksum at the end; the table's own is just that.
    Bytes out(table_of_contents_bytes(count));
    Builder b(out, ObjectType::evaluation_keys, insecure_, parameters_->fingerprint());
    write_header(std::span(out).first<kHeaderBytes>(), {.type = ObjectType::evaluation_keys,
                                                        .insecure = insecure_,
                                                        .fingerprint = parameters_->fingerprint(),
                                                        .payload_bytes = total_bytes() - kEnvelopeBytes});
    b.u32(count);
    b.zero(4);
    std::uint64_t offset = out.size();
    for (const KeyName& name : names_) {
        const std::uint64_t length = evaluation_key_bytes(*parameters_, name.level);
        write_name(b, name, *parameters_);
        b.u64(offset);
        b.u64(length);
        offset += length;
    }
    b.finish();
    return follow(std::move(out));
}

Bytes EvaluationKeysWriter::next(const rlwe::KeySwitchKey& relinearization, const Execution& execution) {
    expect({.element = 0, .level = relinearization.level});
    ++written_;
    return follow(write_evaluation_key(*parameters_, relinearization, insecure_, execution));
}

Bytes EvaluationKeysWriter::next(const rlwe::GaloisKey& key, const Execution& execution) {
    expect({.element = key.automorphism.element(), .level = key.key.level});
    ++written_;
    return follow(write_evaluation_key(*parameters_, key, insecure_, execution));
}

Bytes EvaluationKeysWriter::finish() {
    if (!begun_ || written_ != names_.size())
        throw Error(ErrorCode::invalid_argument, "The bundle has " + std::to_string(names_.size()) +
                                                     " keys, of which " + std::to_string(written_) + " are written.");
    Bytes out(kChecksumBytes);
    store_le(out.data(), checksum_.digest());
    return out;
}

Bytes EvaluationKeysWriter::follow(Bytes piece) {
    checksum_.update(piece);
    return piece;
}

void EvaluationKeysWriter::expect(const KeyName& name) const {
    if (!begun_ || written_ >= names_.size() || !(names_[written_] == name))
        throw Error(ErrorCode::invalid_argument,
                    "It is not the turn of the " + text_of(name) +
                        (begun_ && written_ < names_.size() ? ": expected the " + text_of(names_[written_]) : "") +
                        ".");
}

}  // namespace ciphernet::io
