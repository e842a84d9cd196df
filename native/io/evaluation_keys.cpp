#include <algorithm>
#include <variant>

#include "base/error.hpp"
#include "io/envelope.hpp"
#include "io/evaluation_key.hpp"
#include "io/layout.hpp"
#include "io/little_endian.hpp"

// Bundles of evaluation keys, whole and in pieces.

namespace ciphernet::io {
namespace {

/// The relinearization key, every odd element below 2N once, and the encapsulation key.
std::uint64_t most_keys(const KeySets& sets) { return sets.parameters->n() + 1 + (sets.encapsulation ? 1 : 0); }

std::uint64_t most_bundle_bytes(const KeySets& sets) {
    const int top = sets.parameters->max_level();
    return table_of_contents_bytes(static_cast<std::uint32_t>(most_keys(sets))) +
           (sets.parameters->n() + 1) * evaluation_key_bytes(*sets.parameters, top) +
           evaluation_key_bytes(sets, KeyName::encapsulation(top)) + kChecksumBytes;
}

struct Beginning {
    Header header;
    std::uint32_t count;
};

/// Of a bundle whose first fields are there: bounds its length and its number of keys.
Beginning read_beginning(ByteView start, const KeySets& sets) {
    const Header header = read_header(start, ObjectType::evaluation_keys, sets.parameters.get());
    if (header.total_bytes() > most_bundle_bytes(sets))
        throw Error(ErrorCode::format_too_large, "The bundle is larger than one of all keys of this parameter set.",
                    {{"bytes", std::to_string(header.total_bytes())}});
    Cursor cursor(start.subspan(kHeaderBytes), ObjectType::evaluation_keys);
    const std::uint32_t count = cursor.u32();
    cursor.zero(4);
    if (count > most_keys(sets))
        throw Error(ErrorCode::format_too_large,
                    "The bundle names " + std::to_string(count) + " keys; this parameter set has " +
                        std::to_string(most_keys(sets)) + ".",
                    {{"count", std::to_string(count)}});
    return {header, count};
}

}  // namespace

std::vector<KeyEntry> read_table_of_contents(ByteView start, const KeySets& sets) {
    const auto [header, count] = read_beginning(start, sets);
    Cursor cursor(start.subspan(kHeaderBytes + kBundleFixedBytes), ObjectType::evaluation_keys);
    Cursor lines(cursor.take(count * kEntryBytes), ObjectType::evaluation_keys);
    const std::size_t covered = table_of_contents_bytes(count) - kChecksumBytes;
    if (cursor.u64() != checksum_of(start.first(covered)))
        refuse_corrupt("table of contents",
                       "The checksum of the table of contents does not fit its bytes. Transfer them again.");

    std::vector<KeyEntry> entries;
    std::uint64_t offset = table_of_contents_bytes(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        const KeyName name = read_name(lines, sets);
        const KeyEntry entry{.name = name, .offset = lines.u64(), .length = lines.u64()};
        // Both are what they must be anyway: no key can be hidden between others or stand twice.
        if (entry.offset != offset || entry.length != evaluation_key_bytes(sets, name))
            refuse_corrupt("table of contents", "The place of the " + text_of(name) + " is not where it must be.");
        if (!entries.empty() && !is_before(entries.back().name, name))
            refuse_corrupt("table of contents", "The keys are not in the order of their kinds and Galois elements.");
        offset += entry.length;
        entries.push_back(entry);
    }
    if (offset + kChecksumBytes != header.total_bytes())
        refuse_corrupt("table of contents", "The length of the bundle does not fit its table of contents.");
    check_version(header, !entries.empty() && entries.back().name.kind == KeyKind::encapsulation);
    return entries;
}

rlwe::EvaluationKeys read_evaluation_keys(ByteView bytes, const KeySets& sets, const Execution& execution,
                                          const KeyFilter& filter) {
    check_length(bytes, read_header(bytes, ObjectType::evaluation_keys, sets.parameters.get()),
                 most_bundle_bytes(sets));
    EvaluationKeysReader reader(sets, filter);
    ByteView rest = bytes;
    while (reader.wanted() > 0 && reader.wanted() <= rest.size()) {
        const ByteView piece = rest.first(reader.wanted());
        rest = rest.subspan(piece.size());
        reader.take(piece, execution.untold());
        if (reader.keys_taken() > 0) execution.report(reader.keys_taken(), reader.key_count());
    }
    return reader.finish();
}

EvaluationKeysReader::EvaluationKeysReader(KeySets sets, KeyFilter filter)
    : sets_(std::move(sets)), filter_(std::move(filter)) {
    keys_.parameters = sets_.parameters;
}

std::size_t EvaluationKeysReader::wanted() const {
    switch (part_) {
        case Part::start:
            return kHeaderBytes + kBundleFixedBytes;
        case Part::table:
            return table_of_contents_bytes(count_) - start_.size();
        case Part::keys:
            return static_cast<std::size_t>(entries_[taken_].length);
        case Part::checksum:
            return kChecksumBytes;
        case Part::end:
            break;
    }
    return 0;
}

void EvaluationKeysReader::take(ByteView piece, const Execution& execution) {
    if (piece.size() != wanted())
        throw Error(ErrorCode::invalid_argument, "Expected " + std::to_string(wanted()) + " bytes but received " +
                                                     std::to_string(piece.size()) + ".");
    switch (part_) {
        case Part::start:
            take_start(piece);
            break;
        case Part::table:
            take_table(piece);
            break;
        case Part::keys:
            take_key(piece, execution);
            break;
        case Part::checksum:
            take_checksum(piece);
            break;
        case Part::end:
            break;
    }
}

void EvaluationKeysReader::take_start(ByteView piece) {
    const auto [header, count] = read_beginning(piece, sets_);
    keys_.insecure = header.insecure;
    count_ = count;
    start_.assign(piece.begin(), piece.end());
    part_ = Part::table;
}

void EvaluationKeysReader::take_table(ByteView piece) {
    start_.insert(start_.end(), piece.begin(), piece.end());
    entries_ = read_table_of_contents(start_, sets_);
    if (!filter_) checksum_.update(start_);
    start_.clear();
    part_ = entries_.empty() ? Part::checksum : Part::keys;
}

void EvaluationKeysReader::take_key(ByteView piece, const Execution& execution) {
    const KeyName& name = entries_[taken_].name;
    // A part is checked by the table's checksum and each key's own.
    if (!filter_) checksum_.update(piece);
    if (!filter_ || filter_(name)) {
        LoadedKey loaded = read_evaluation_key(piece, sets_, execution);
        const KeyName found = std::visit([](const auto& key) { return name_of(key); }, loaded.key);
        if (found != name)
            refuse_corrupt("table of contents",
                           "Where the " + text_of(name) + " should stand is the " + text_of(found) + ".");
        if (loaded.insecure != keys_.insecure)
            refuse_corrupt("flags", "The bundle and a key in it disagree about their security.");
        keys_.add(std::move(loaded.key));
    }
    if (++taken_ == entries_.size()) part_ = Part::checksum;
}

void EvaluationKeysReader::take_checksum(ByteView piece) {
    if (!filter_ && load_le(piece.data()) != checksum_.digest())
        refuse_corrupt("checksum",
                       "The checksum of the evaluation keys does not fit their bytes: they were altered. Transfer "
                       "them again.");
    part_ = Part::end;
}

rlwe::EvaluationKeys EvaluationKeysReader::finish() {
    if (part_ != Part::end)
        throw Error(ErrorCode::format_truncated,
                    "The bytes of the evaluation keys end too early: " + std::to_string(wanted()) +
                        " more were expected at least. Transfer them again.",
                    {{"keys", std::to_string(key_count())}, {"received", std::to_string(keys_taken())}});
    return std::move(keys_);
}

}  // namespace ciphernet::io
