#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/execution.hpp"
#include "base/xxhash64.hpp"
#include "ckks/ciphertext.hpp"
#include "ckks/parameters.hpp"
#include "rlwe/keys.hpp"
#include "rlwe/secret_key.hpp"

/// The format of parameters, keys and ciphertexts, byte for byte in docs/format.md. Reading trusts nothing: whatever
/// the bytes are, the outcome is an object as good as a computed one or an Error, with memory in proportion to the
/// bytes and to the object that they name.
namespace ciphernet::io {

using Bytes = std::vector<std::uint8_t>;
using ByteView = std::span<const std::uint8_t>;

/// Versions that are read. An object is written in the first one that can say what it holds: parameters with
/// bootstrapping and keys for it in kBootstrappingVersion, everything else as it was from the beginning on.
inline constexpr std::uint16_t kFirstVersion = 1;
inline constexpr std::uint16_t kBootstrappingVersion = 2;
inline constexpr std::uint16_t kFormatVersion = kBootstrappingVersion;
/// Before the payload; enough for inspect() to say what the object is.
inline constexpr std::size_t kHeaderBytes = 56;
inline constexpr std::size_t kChecksumBytes = 8;
/// With this many leading bytes inspect() fills in everything that it can.
inline constexpr std::size_t kInspectBytes = kHeaderBytes + 64;
/// No object is larger, whatever its header says: 1 TiB.
inline constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 40;
inline constexpr std::uint32_t kMostCiphertexts = 1u << 20;

enum class ObjectType : std::uint8_t {
    parameters = 1,
    secret_key = 2,
    public_key = 3,
    evaluation_key = 4,   ///< one relinearization, Galois or encapsulation key
    evaluation_keys = 5,  ///< a table of contents and any number of them
    ciphertext = 6,
    ciphertext_batch = 7,
    plaintext = 8,
};

/// The name in messages, e.g. "ciphertext".
std::string_view to_string(ObjectType type);

/// What an object says of itself. Nothing of it is proven before the object is read: the checksum is not looked at.
struct Info {
    ObjectType type;
    std::uint16_t version;
    bool insecure;                       ///< made under parameters or randomness below 128 bits
    rlwe::Fingerprint fingerprint;       ///< of the parameter set that it belongs to
    std::uint64_t total_bytes;           ///< header and checksum included
    std::optional<int> level;            ///< ciphertext, plaintext, evaluation key; parameters: the highest of users
    std::optional<int> degree;           ///< ciphertext
    std::optional<std::uint32_t> count;  ///< evaluation keys, ciphertext batch
    std::optional<std::uint32_t> galois_element;  ///< of one evaluation key; 0: no Galois key
    std::optional<int> log_n;                     ///< parameters
};

/// The header of an object of which `start` holds at least kHeaderBytes: also of the beginning of a stream, so that
/// its size is known before it is taken in. Throws Error{format_truncated, format_magic, format_version, format_type,
/// format_corrupt, format_too_large}.
Info inspect(ByteView start);

/// Bytes with a secret in them: move-only, wiped when destroyed.
class SecretBytes {
public:
    explicit SecretBytes(std::size_t size) : bytes_(size) {}
    SecretBytes(SecretBytes&&) noexcept = default;
    SecretBytes& operator=(SecretBytes&&) = delete;
    ~SecretBytes();

    std::span<std::uint8_t> view() { return bytes_; }
    ByteView view() const { return bytes_; }

private:
    Bytes bytes_;
};

// --- Reading. All throw the codes of inspect() and format_trailing; those with parameters throw parameters_mismatch
// for an object of another set. Execution spreads the work over limbs and keys.

/// Throws Error{parameters_invalid, security_insufficient} as the constructor does.
std::shared_ptr<const ckks::Parameters> read_parameters(ByteView bytes);
/// Constant time in the secret.
rlwe::SecretKey read_secret_key(ByteView bytes, std::shared_ptr<const rlwe::Parameters> parameters,
                                const Execution& execution = {});
rlwe::PublicKey read_public_key(ByteView bytes, std::shared_ptr<const rlwe::Parameters> parameters,
                                const Execution& execution = {});
/// Throws Error{transparent_ciphertext} when all parts but the first are zero.
ckks::Ciphertext read_ciphertext(ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters,
                                 const Execution& execution = {});
std::vector<ckks::Ciphertext> read_ciphertexts(ByteView bytes,
                                               const std::shared_ptr<const ckks::Parameters>& parameters,
                                               const Execution& execution = {});
ckks::Plaintext read_plaintext(ByteView bytes, const std::shared_ptr<const ckks::Parameters>& parameters,
                               const Execution& execution = {});

// --- Writing. Deterministic: equal objects give equal bytes, and what was read gives the bytes that it came from.

Bytes write(const ckks::Parameters& parameters);
/// Constant time in the secret.
SecretBytes write(const rlwe::SecretKey& key);
Bytes write(const rlwe::PublicKey& key, const Execution& execution = {});
Bytes write(const ckks::Ciphertext& ciphertext, const Execution& execution = {});
Bytes write(const ckks::Parameters& parameters, std::span<const ckks::Ciphertext> batch,
            const Execution& execution = {});
/// The same for ciphertexts that are not neighbours in memory.
Bytes write(const ckks::Parameters& parameters, std::span<const ckks::Ciphertext* const> batch,
            const Execution& execution = {});
Bytes write(const ckks::Plaintext& plaintext, const Execution& execution = {});

// --- Evaluation keys: bundles of gigabytes that are made, sent and loaded one key at a time.

using rlwe::EvaluationKey;
using rlwe::KeyKind;
using rlwe::KeyName;

/// The parameter sets that evaluation keys lie over.
struct KeySets {
    std::shared_ptr<const rlwe::Parameters> parameters;
    std::shared_ptr<const rlwe::Parameters> encapsulation;  ///< ckks::Parameters::encapsulation(), or null

    /// A set without bootstrapping.
    KeySets(std::shared_ptr<const rlwe::Parameters> set) : parameters(std::move(set)) {}  // NOLINT(*-explicit-*)
    KeySets(const ckks::Parameters& set)                                                  // NOLINT(*-explicit-*)
        : parameters(set.shared_rlwe()), encapsulation(set.encapsulation()) {}
    explicit KeySets(const rlwe::EvaluationKeys& keys)
        : parameters(keys.parameters),
          encapsulation(keys.encapsulation ? keys.encapsulation->sparse_parameters : nullptr) {}
};

/// A line of the table of contents. The `length` bytes at `offset` of the bundle are an object of their own.
struct KeyEntry {
    KeyName name;
    std::uint64_t offset;
    std::uint64_t length;
};

/// Says which keys to load; an empty one loads all.
using KeyFilter = std::function<bool(const KeyName&)>;

Bytes write(const rlwe::EvaluationKeys& keys, const Execution& execution = {});
/// Loads the keys that the filter names. Their bytes are checked, those of the others are skipped.
rlwe::EvaluationKeys read_evaluation_keys(ByteView bytes, const KeySets& sets, const Execution& execution = {},
                                          const KeyFilter& filter = {});

/// The bytes that a bundle of `count` keys begins with, header and table of contents.
std::size_t table_of_contents_bytes(std::uint32_t count);
/// The table of contents of a bundle of which `start` holds at least table_of_contents_bytes(count) bytes; inspect()
/// gives the count.
std::vector<KeyEntry> read_table_of_contents(ByteView start, const KeySets& sets);

/// One key from its own bytes, and whether it is marked insecure.
struct LoadedKey {
    EvaluationKey key;
    bool insecure;
};
LoadedKey read_evaluation_key(ByteView bytes, const KeySets& sets, const Execution& execution = {});

Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::KeySwitchKey& relinearization, bool insecure,
                           const Execution& execution = {});
Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::GaloisKey& key, bool insecure,
                           const Execution& execution = {});
Bytes write_evaluation_key(const rlwe::Parameters& parameters, const rlwe::EncapsulationKey& key, bool insecure,
                           const Execution& execution = {});

/// Writes a bundle whose keys are made one after another: begin(), then next() for every name in order, then finish().
/// The pieces joined are what write(EvaluationKeys) gives.
class EvaluationKeysWriter {
public:
    /// The names in any order, without repetition; names() has them in the order of the file.
    /// Throws Error{invalid_argument}.
    EvaluationKeysWriter(KeySets sets, std::vector<KeyName> names, bool insecure);

    const std::vector<KeyName>& names() const { return names_; }
    std::size_t total_bytes() const;

    Bytes begin();
    /// Throws Error{invalid_argument} when it is not the key whose turn it is.
    Bytes next(const rlwe::KeySwitchKey& relinearization, const Execution& execution = {});
    Bytes next(const rlwe::GaloisKey& key, const Execution& execution = {});
    Bytes next(const rlwe::EncapsulationKey& key, const Execution& execution = {});
    /// The one among them whose turn it is.
    Bytes next(const rlwe::EvaluationKeys& keys, const Execution& execution = {});
    Bytes finish();

private:
    template <class Key>
    Bytes append(const Key& key, const Execution& execution);
    Bytes follow(Bytes piece);

    KeySets sets_;
    std::vector<KeyName> names_;
    bool insecure_;
    std::size_t written_ = 0;
    bool begun_ = false;
    XxHash64 checksum_;
};

/// Reads a bundle in the pieces in which it comes, a key at a time: as many bytes as wanted() says go to take(), until none are.
class EvaluationKeysReader {
public:
    /// Keys that the filter does not name are passed over; then the checksum of the whole is not looked at.
    explicit EvaluationKeysReader(KeySets sets, KeyFilter filter = {});

    /// How many bytes come next; 0 when all are there.
    std::size_t wanted() const;
    /// Throws Error{invalid_argument} for another number of bytes than wanted, and the codes of reading.
    void take(ByteView piece, const Execution& execution = {});
    /// Known once the table of contents is read.
    std::size_t key_count() const { return entries_.size(); }
    std::size_t keys_taken() const { return taken_; }
    /// Throws Error{format_truncated} before the end.
    rlwe::EvaluationKeys finish();

private:
    enum class Part { start, table, keys, checksum, end };

    void take_start(ByteView piece);
    void take_table(ByteView piece);
    void take_key(ByteView piece, const Execution& execution);
    void take_checksum(ByteView piece);

    KeySets sets_;
    KeyFilter filter_;
    Part part_ = Part::start;
    Bytes start_;  ///< until the table of contents is whole
    std::uint32_t count_ = 0;
    std::vector<KeyEntry> entries_;
    std::size_t taken_ = 0;
    XxHash64 checksum_;
    rlwe::EvaluationKeys keys_;
};

// --- Exact sizes, from parameters alone: what a plan states before any key is made.

struct CiphertextShape {
    int level;
    int degree = 1;
    bool seeded = false;  ///< a fresh one under the secret key, half the bytes
};

std::size_t parameters_bytes(const ckks::Parameters& parameters);
std::size_t secret_key_bytes(const rlwe::Parameters& parameters);
std::size_t public_key_bytes(const rlwe::Parameters& parameters);
/// One relinearization or Galois key as an object of its own; it stands like this in a bundle too.
std::size_t evaluation_key_bytes(const rlwe::Parameters& parameters, int level);
/// `sparse`: ckks::Parameters::encapsulation().
std::size_t encapsulation_key_bytes(const rlwe::Parameters& parameters, const rlwe::Parameters& sparse);
/// Of any kind; one that the sets cannot have counts as 0.
std::size_t evaluation_key_bytes(const KeySets& sets, const KeyName& name);
std::size_t evaluation_keys_bytes(const KeySets& sets, std::span<const KeyName> names);
std::size_t ciphertext_bytes(const rlwe::Parameters& parameters, const CiphertextShape& shape);
std::size_t ciphertext_batch_bytes(const rlwe::Parameters& parameters, std::span<const CiphertextShape> shapes);
std::size_t plaintext_bytes(const rlwe::Parameters& parameters, int level);

}  // namespace ciphernet::io
