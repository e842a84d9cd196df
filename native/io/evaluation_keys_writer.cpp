#include <algorithm>

#include "base/error.hpp"
#include "io/envelope.hpp"
#include "io/evaluation_key.hpp"
#include "io/layout.hpp"
#include "io/little_endian.hpp"

namespace ciphernet::io {
namespace {

bool has_encapsulation(std::span<const KeyName> names) {
    return !names.empty() && names.back().kind == KeyKind::encapsulation;
}

}  // namespace

Bytes write(const rlwe::EvaluationKeys& keys, const Execution& execution) {
    EvaluationKeysWriter writer(KeySets(keys), keys.names(), keys.insecure);
    Bytes out;
    out.reserve(writer.total_bytes());
    const auto append = [&](const Bytes& piece) { out.insert(out.end(), piece.begin(), piece.end()); };
    append(writer.begin());
    for (std::size_t i = 0; i < writer.names().size(); ++i) append(writer.next(keys, execution));
    append(writer.finish());
    return out;
}

EvaluationKeysWriter::EvaluationKeysWriter(KeySets sets, std::vector<KeyName> names, bool insecure)
    : sets_(std::move(sets)), names_(std::move(names)), insecure_(insecure || marks_insecure(*sets_.parameters)) {
    std::sort(names_.begin(), names_.end());
    const rlwe::Parameters& parameters = *sets_.parameters;
    const auto refuse = [](const std::string& message) { throw Error(ErrorCode::invalid_argument, message); };
    if (!names_.empty() && !parameters.has_special_primes())
        refuse("The parameter set has no key-switching primes, so no evaluation keys.");
    for (std::size_t i = 0; i < names_.size(); ++i) {
        const KeyName& name = names_[i];
        if (name.level < 0 || name.level > parameters.max_level())
            refuse("Expected a key's level from 0 to " + std::to_string(parameters.max_level()) + " but received " +
                   std::to_string(name.level) + ".");
        if (name.kind == KeyKind::galois ? name.element % 2 == 0 || name.element >= 2 * parameters.n()
                                         : name.element != 0)
            refuse("Expected an odd Galois element below 2N, and 0 for other keys, but received " +
                   std::to_string(name.element) + ".");
        if (name.kind == KeyKind::encapsulation && (!sets_.encapsulation || name.level != parameters.max_level()))
            refuse("Expected an encapsulation key of the highest level under a set with bootstrapping.");
        if (i > 0 && !is_before(names_[i - 1], name)) refuse("The " + text_of(name) + " is named twice.");
    }
}

std::size_t EvaluationKeysWriter::total_bytes() const { return evaluation_keys_bytes(sets_, names_); }

Bytes EvaluationKeysWriter::begin() {
    if (begun_) throw Error(ErrorCode::invalid_argument, "The bundle was begun already.");
    begun_ = true;
    const auto count = static_cast<std::uint32_t>(names_.size());
    const Header header{.type = ObjectType::evaluation_keys,
                        .version = version_of(has_encapsulation(names_)),
                        .insecure = insecure_,
                        .fingerprint = sets_.parameters->fingerprint(),
                        .payload_bytes = total_bytes() - kEnvelopeBytes};
    // The builder wants room for a checksum at the end; the table's own is just that.
    Bytes out(table_of_contents_bytes(count));
    Builder b(out, header.type, insecure_, header.fingerprint, header.version);
    write_header(std::span(out).first<kHeaderBytes>(), header);
    b.u32(count);
    b.zero(4);
    std::uint64_t offset = out.size();
    for (const KeyName& name : names_) {
        const std::uint64_t length = evaluation_key_bytes(sets_, name);
        write_name(b, name, *sets_.parameters);
        b.u64(offset);
        b.u64(length);
        offset += length;
    }
    b.finish();
    return follow(std::move(out));
}

template <class Key>
Bytes EvaluationKeysWriter::append(const Key& key, const Execution& execution) {
    const KeyName name = name_of(key);
    if (!begun_ || written_ >= names_.size() || names_[written_] != name)
        throw Error(ErrorCode::invalid_argument,
                    "It is not the turn of the " + text_of(name) +
                        (begun_ && written_ < names_.size() ? ": expected the " + text_of(names_[written_]) : "") +
                        ".");
    ++written_;
    return follow(write_evaluation_key(*sets_.parameters, key, insecure_, execution));
}

Bytes EvaluationKeysWriter::next(const rlwe::KeySwitchKey& relinearization, const Execution& execution) {
    return append(relinearization, execution);
}

Bytes EvaluationKeysWriter::next(const rlwe::GaloisKey& key, const Execution& execution) {
    return append(key, execution);
}

Bytes EvaluationKeysWriter::next(const rlwe::EncapsulationKey& key, const Execution& execution) {
    return append(key, execution);
}

Bytes EvaluationKeysWriter::next(const rlwe::EvaluationKeys& keys, const Execution& execution) {
    const auto names = keys.names();
    if (written_ >= names_.size() || std::ranges::find(names, names_[written_]) == names.end())
        throw Error(ErrorCode::invalid_argument, "The key whose turn it is is not among these evaluation keys.");
    const KeyName& name = names_[written_];
    if (name.kind == KeyKind::relinearization) return append(*keys.relinearization, execution);
    if (name.kind == KeyKind::galois) return append(*keys.galois.at(name.element), execution);
    return append(*keys.encapsulation, execution);
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

}  // namespace ciphernet::io
