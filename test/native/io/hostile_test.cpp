#include <algorithm>
#include <bit>
#include <limits>

#include "arith/primes.hpp"
#include "io/files.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::test;

namespace {

/// The code that reading ends with, or none.
std::optional<ErrorCode> code_of(const File& file, ByteView bytes) {
    try {
        static_cast<void>(file.reread(bytes));
        return std::nullopt;
    } catch (const Error& e) {
        return e.code();
    }
}

}  // namespace

TEST("every prefix of every object is truncated") {
    for (const File& file : files().all()) {
        for (std::size_t length = 0; length < file.bytes.size(); ++length) {
            const Bytes prefix(
                file.bytes.begin(),
                file.bytes.begin() + static_cast<std::ptrdiff_t>(length));  // its own block: ASan sees a byte too far
            if (!CHECK(code_of(file, prefix) == ErrorCode::format_truncated)) return;
        }
    }
}

TEST("a payload that ends early under a right checksum is truncated, one that goes on is trailing") {
    for (const File& file : files().all()) {
        const std::size_t payload = file.bytes.size() - kHeaderBytes - kChecksumBytes;
        for (std::size_t length = 0; length < payload; length += length < 200 ? 1 : 97) {
            Bytes shorter(file.bytes.begin(),
                          file.bytes.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + length + kChecksumBytes));
            const auto code = code_of(file, altered(std::move(shorter), 16, length, 8));
            // A bundle notices that its table of contents does not fit; a batch that it has no room for so many.
            if (!CHECK(code == ErrorCode::format_truncated ||
                       (file.bytes[10] == 5 && code == ErrorCode::format_corrupt) ||
                       (file.name == std::string_view("batch") && code == ErrorCode::format_too_large)))
                return;
        }
        Bytes longer = file.bytes;
        longer.push_back(0);
        CHECK(code_of(file, longer) == ErrorCode::format_trailing);
        const auto code = code_of(file, altered(longer, 16, payload + 1, 8));
        CHECK(code == ErrorCode::format_trailing || code == ErrorCode::format_too_large ||
              code == ErrorCode::format_corrupt);
    }
}

TEST("the header's fields are refused by their own codes") {
    for (const File& file : files().all()) {
        CHECK(code_of(file, altered(file.bytes, 0, 0, 1)) == ErrorCode::format_magic);
        CHECK(code_of(file, altered(file.bytes, 7, 0, 1)) == ErrorCode::format_magic);
        CHECK(code_of(file, altered(file.bytes, 8, 0, 2)) == ErrorCode::format_version);
        // Version 2 brought parameters with bootstrapping and keys for it, in which alone it is used.
        const bool known = file.bytes[10] == 1 || file.bytes[10] == 4 || file.bytes[10] == 5;
        const auto other = code_of(file, altered(file.bytes, 8, 3u - file.bytes[8], 2));
        CHECK(known ? other.has_value() : other == ErrorCode::format_version);
        CHECK(code_of(file, altered(file.bytes, 8, 3, 2)) == ErrorCode::format_version);
        CHECK(code_of(file, altered(file.bytes, 10, 0, 1)) == ErrorCode::format_type);
        CHECK(code_of(file, altered(file.bytes, 10, 10, 1)) == ErrorCode::format_type);
        const auto renamed = code_of(file, altered(file.bytes, 10, file.bytes[10] % 8 + 1u, 1));
        CHECK(renamed == ErrorCode::format_type || (file.bytes[8] == 2 && renamed == ErrorCode::format_version));
        CHECK(code_of(file, altered(file.bytes, 11, 3, 1)) == ErrorCode::format_corrupt);
        CHECK(code_of(file, altered(file.bytes, 11, 0, 1)) == ErrorCode::format_corrupt);  // the mark is missing
        CHECK(code_of(file, altered(file.bytes, 12, 1, 4)) == ErrorCode::format_corrupt);
        CHECK(code_of(file, altered(file.bytes, 16, kMostBytes, 8)) == ErrorCode::format_too_large);
        CHECK(code_of(file, altered(file.bytes, 16, std::numeric_limits<std::uint64_t>::max(), 8)) ==
              ErrorCode::format_too_large);
        const bool is_parameters = file.bytes[10] == 1;
        CHECK(code_of(file, altered(file.bytes, 24, 0, 8)) ==
              (is_parameters ? ErrorCode::format_corrupt : ErrorCode::parameters_mismatch));
        Bytes damaged = file.bytes;
        damaged.back() ^= 1;
        CHECK(code_of(file, damaged) == ErrorCode::format_corrupt);
    }
    CHECK_THROWS_CODE(inspect(ByteView(files()["ciphertext"].bytes).first(kHeaderBytes - 1)),
                      ErrorCode::format_truncated);
    CHECK_THROWS_CODE(inspect({}), ErrorCode::format_truncated);
}

TEST("objects of another parameter set are refused") {
    const auto& other = files().other();
    CHECK_THROWS_CODE(read_secret_key(files()["secret key"].bytes, other->shared_rlwe()),
                      ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(read_public_key(files()["public key"].bytes, other->shared_rlwe()),
                      ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(read_evaluation_keys(files()["evaluation keys"].bytes, *other), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(read_ciphertext(files()["ciphertext"].bytes, other), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(read_ciphertexts(files()["batch"].bytes, other), ErrorCode::parameters_mismatch);
    CHECK_THROWS_CODE(read_plaintext(files()["plaintext"].bytes, other), ErrorCode::parameters_mismatch);
    const ckks::Ciphertext c = files().objects().fresh(0);
    CHECK_THROWS_CODE(write(*other, std::span(&c, 1)), ErrorCode::parameters_mismatch);
}

TEST("a ciphertext's fields are checked one by one") {
    const File& file = files()["ciphertext"];
    constexpr std::size_t kPayload = kHeaderBytes;
    const auto refused = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        return code_of(file, altered(file.bytes, kPayload + at, value, size)) == ErrorCode::format_corrupt;
    };
    CHECK(refused(0, 2, 2));  // level
    CHECK(refused(0, 0xffff, 2));
    CHECK(refused(2, 0, 1));  // degree
    CHECK(refused(2, 3, 1));
    CHECK(code_of(file, altered(file.bytes, kPayload + 2, 2, 1)) == ErrorCode::format_truncated);  // a part is missing
    CHECK(refused(3, 0, 1));                                                                       // scale degree
    CHECK(refused(3, 3, 1));
    CHECK(refused(4, 0, 1));  // the mark
    CHECK(refused(4, 6, 1));  // an unknown flag
    CHECK(refused(5, 1, 3));  // reserved
    for (const std::size_t field : {8u, 16u}) {
        CHECK(refused(field, std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()), 8));
        CHECK(refused(field, std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity()), 8));
        CHECK(refused(field, std::bit_cast<std::uint64_t>(-1.0), 8));
    }
    CHECK(refused(16, 0, 8));                                                      // magnitude 0
    CHECK(refused(24, 0xffffffffffffffff, 8));                                     // a residue of all ones
    CHECK(refused(file.bytes.size() - kHeaderBytes - 16, 0xffffffffffffffff, 8));  // the last one
    const File& seeded = files()["seeded ciphertext"];
    CHECK(code_of(seeded, altered(seeded.bytes, kPayload + 2, 2, 1)) ==
          ErrorCode::format_corrupt);  // a seed with three parts
}

TEST("the smallest residue that is not below its prime is refused, the largest below is not") {
    Objects& o = files().objects();
    const Modulus& q = o.parameters->ring().modulus(0);
    const Bytes& bytes = files()["plaintext"].bytes;
    const std::uint64_t mask = (std::uint64_t{1} << q.bits()) - 1;
    const std::size_t at = kHeaderBytes + 24;
    const std::uint64_t rest = load_le(&bytes[at]) & ~mask;
    CHECK_THROWS_CODE(read_plaintext(altered(bytes, at, rest | q.value(), 8), o.parameters), ErrorCode::format_corrupt);
    CHECK_EQ(*read_plaintext(altered(bytes, at, rest | (q.value() - 1), 8), o.parameters).value.limb(0), q.value() - 1);
}

TEST("a transparent ciphertext is refused, alone and in a batch, and only that") {
    Objects& o = files().objects();
    ckks::Ciphertext c = o.fresh_public(1);
    std::fill_n(c.body.parts[1].limb(0), c.body.parts[1].word_count(), u64{0});
    CHECK_THROWS_CODE(read_ciphertext(write(c), o.parameters), ErrorCode::transparent_ciphertext);
    std::vector<ckks::Ciphertext> batch;
    batch.push_back(o.fresh(0));
    batch.push_back(c.copy());
    CHECK_THROWS_CODE(read_ciphertexts(write(*o.parameters, batch), o.parameters), ErrorCode::transparent_ciphertext);
    c.body.parts[1].limb(1)[o.parameters->rlwe().n() - 1] = 1;
    CHECK_EQ(read_ciphertext(write(c), o.parameters).degree(), 1);
    std::fill_n(c.body.parts[0].limb(0), c.body.parts[0].word_count(), u64{0});
    CHECK_EQ(read_ciphertext(write(c), o.parameters).degree(), 1);
}

TEST("a noise estimate that says nothing is not written") {
    ckks::Ciphertext c = files().objects().fresh(0);
    c.noise.deviation = std::numeric_limits<double>::infinity();
    CHECK_THROWS_CODE(write(c), ErrorCode::invalid_argument);
}

TEST("counts above what the bytes can hold are refused before memory is taken") {
    for (const std::uint64_t count : {std::uint64_t{1} << 20, std::uint64_t{0xffffffff}, std::uint64_t{1000}}) {
        CHECK(code_of(files()["batch"], altered(files()["batch"].bytes, kHeaderBytes, count, 4)) ==
              ErrorCode::format_too_large);
        const auto code =
            code_of(files()["evaluation keys"], altered(files()["evaluation keys"].bytes, kHeaderBytes, count, 4));
        CHECK(code == (count == 1000 ? ErrorCode::format_corrupt : ErrorCode::format_too_large));
    }
    const Bytes& parameters = files()["parameters"].bytes;
    CHECK_THROWS_CODE(read_parameters(altered(parameters, kHeaderBytes + 16, 60000, 2)), ErrorCode::format_too_large);
    CHECK_THROWS_CODE(read_parameters(altered(parameters, kHeaderBytes + 18, 61, 2)), ErrorCode::format_too_large);
    CHECK_THROWS_CODE(read_parameters(altered(parameters, kHeaderBytes + 16, 129, 2)), ErrorCode::format_truncated);
}

TEST("parameters that cannot be are refused by the constructor's codes") {
    const Bytes& bytes = files()["parameters"].bytes;
    const auto with = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        return altered(bytes, kHeaderBytes + at, value, size);
    };
    CHECK_THROWS_CODE(read_parameters(with(0, 2, 1)), ErrorCode::format_corrupt);  // scheme
    for (const std::uint64_t log_n : {0u, 9u, 18u, 64u, 255u})
        CHECK_THROWS_CODE(read_parameters(with(1, log_n, 1)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(with(1, 17, 1)), ErrorCode::parameters_invalid);  // primes that are not 1 mod 2N
    CHECK_THROWS_CODE(read_parameters(with(2, 0, 1)), ErrorCode::parameters_invalid);   // scale
    CHECK_THROWS_CODE(read_parameters(with(3, 10, 1)), ErrorCode::parameters_invalid);  // slots
    CHECK_THROWS_CODE(read_parameters(with(4, 256, 2)), ErrorCode::format_corrupt);     // security
    CHECK_THROWS_CODE(read_parameters(with(4, 128, 2)), ErrorCode::format_corrupt);     // the mark does not fit
    Bytes claimed = altered(with(4, 128, 2), 11, 0, 1);
    CHECK_THROWS_CODE(read_parameters(claimed), ErrorCode::security_insufficient);
    CHECK_THROWS_CODE(read_parameters(with(8, std::bit_cast<std::uint64_t>(-1.0), 8)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(with(25, 3, 1)), ErrorCode::format_corrupt);  // primes of level 0
    const std::uint64_t q = load_le(&bytes[kHeaderBytes + 26]);
    CHECK_THROWS_CODE(read_parameters(with(26, q + 2048, 8)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(with(26, q + (std::uint64_t{1} << 60), 8)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(altered(bytes, 30, ~load_le(&bytes[30], 1) & 0xff, 1)),
                      ErrorCode::format_corrupt);  // fingerprint
}

TEST("primes that are each near their size but drive the scale away are refused") {
    ckks::ParametersLiteral literal = small_literal();
    literal.log_q.resize(7, 30);
    const ckks::Parameters good(literal);
    std::vector<std::vector<u64>> levels = good.rlwe().literal().levels;
    std::vector<u64> taken = good.rlwe().literal().special_primes;
    for (std::size_t l = 1; l < levels.size(); ++l)
        taken.push_back((levels[l][0] = nearest_prime(0x1.3p31, 2048, taken)));
    CHECK_THROWS_CODE(ckks::Parameters(literal, levels, good.rlwe().literal().special_primes),
                      ErrorCode::parameters_invalid);
}

TEST("a secret key with a coefficient outside -1, 0, 1 is refused") {
    CHECK(code_of(files()["secret key"], altered(files()["secret key"].bytes, kHeaderBytes + 77, 0x80, 1)) ==
          ErrorCode::format_corrupt);
}

TEST("an evaluation key with another gadget, kind or element than its parameters allow is refused") {
    const File& file = files()["evaluation key"];
    const auto refused = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        return code_of(file, altered(file.bytes, kHeaderBytes + at, value, size)) == ErrorCode::format_corrupt;
    };
    CHECK(refused(0, 0, 1));
    CHECK(refused(0, 3, 1));
    CHECK(refused(1, 0, 1));  // digit width
    CHECK(refused(1, 2, 1));
    CHECK(refused(2, 2, 2));  // level
    CHECK(refused(4, 1, 4));  // a relinearization key with a Galois element
    CHECK(refused(0, 2, 1));  // a Galois key without
    CHECK(code_of(file, altered(altered(file.bytes, kHeaderBytes, 2, 1), kHeaderBytes + 4, 2049, 4)) ==
          ErrorCode::format_corrupt);
}

TEST("keys that are moved, renamed or exchanged within a bundle are noticed") {
    Objects& o = files().objects();
    const Bytes& whole = files()["evaluation keys"].bytes;
    const auto entries = read_table_of_contents(whole, *o.parameters);
    REQUIRE(entries.size() == 4);
    const std::size_t table = kHeaderBytes + 8;
    const auto refused = [&](Bytes bytes) {
        mend_table(bytes);
        fix_checksum(bytes);
        return code_of(files()["evaluation keys"], bytes) == ErrorCode::format_corrupt;
    };
    CHECK(!refused(whole));
    Bytes bytes = whole;
    store_le(&bytes[table + 8], entries[0].offset + 1);
    CHECK(refused(bytes));  // offset
    bytes = whole;
    store_le(&bytes[table + 16], entries[0].length - 1);
    CHECK(refused(bytes));  // length
    bytes = whole;
    std::swap_ranges(bytes.begin() + table, bytes.begin() + table + 8, bytes.begin() + table + 24);
    CHECK(refused(bytes));  // names in another order
    bytes = whole;
    store_le(&bytes[table + 24 + 4], entries[1].name.element + 2, 4);
    CHECK(refused(bytes));  // a name that the key at its place does not have
    bytes = whole;
    bytes[table] = 3;
    CHECK(refused(bytes));  // kind
    bytes = whole;
    store_le(&bytes[table + 24 + 4], entries[1].name.element + 1, 4);
    CHECK(refused(bytes));  // an even element
}

TEST("a ciphertext at a level of bootstrapping's own is refused: nobody but a bootstrap computes there") {
    Objects& o = files().bootstrapping();
    const int level = o.parameters->user_level();
    CHECK_EQ(read_ciphertext(write(o.fresh(level)), o.parameters).level(), level);
    CHECK_THROWS_CODE(read_ciphertext(write(o.fresh(o.parameters->max_level())), o.parameters),
                      ErrorCode::format_too_large);
    CHECK_THROWS_CODE(read_ciphertext(write(o.fresh(level + 1)), o.parameters), ErrorCode::format_corrupt);
    Bytes lower = write(o.fresh(level));
    CHECK_THROWS_CODE(
        read_ciphertext(altered(lower, kHeaderBytes, static_cast<std::uint64_t>(level) + 1, 2), o.parameters),
        ErrorCode::format_corrupt);
}

TEST("parameters with bootstrapping that cannot be are refused") {
    const Bytes& bytes = files()["bootstrapping parameters"].bytes;
    CHECK_EQ(bytes[8], 2);
    const auto with = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        return altered(bytes, kHeaderBytes + 24 + at, value, size);
    };
    for (const std::size_t field : {0u, 1u, 2u, 3u, 5u, 6u})  // none of these may be 0, none 255
        for (const std::uint64_t value : {0u, 255u})
            CHECK_THROWS_CODE(read_parameters(with(field, value, 1)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(with(4, 9, 1)), ErrorCode::parameters_invalid);  // doublings
    CHECK_THROWS_CODE(read_parameters(with(5, 2, 1)), ErrorCode::parameters_invalid);  // an even arcsine
    CHECK_THROWS_CODE(read_parameters(with(7, 1, 1)), ErrorCode::parameters_invalid);  // an order for full packing only
    CHECK_THROWS_CODE(read_parameters(with(7, 2, 1)), ErrorCode::format_corrupt);      // no order
    CHECK_THROWS_CODE(read_parameters(with(8, 0, 2)), ErrorCode::parameters_invalid);  // weight
    CHECK_THROWS_CODE(read_parameters(with(8, 1025, 2)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(read_parameters(with(10, 1, 6)), ErrorCode::format_corrupt);     // reserved
    CHECK_THROWS_CODE(read_parameters(with(8, 5, 2)), ErrorCode::format_corrupt);      // not what the fingerprint names
    CHECK_THROWS_CODE(read_parameters(with(0, 3, 1)), ErrorCode::parameters_invalid);  // no level is left
}

TEST("an encapsulation key of another level, kind, version or set is refused") {
    const File& file = files()["encapsulation key"];
    const int top = files().bootstrapping().parameters->max_level();
    const auto refused = [&](std::size_t at, std::uint64_t value, std::size_t size) {
        return code_of(file, altered(file.bytes, kHeaderBytes + at, value, size)) == ErrorCode::format_corrupt;
    };
    CHECK_EQ(load_le(&file.bytes[kHeaderBytes + 2], 2), static_cast<std::uint64_t>(top));
    CHECK(refused(0, 4, 1));                                    // kind
    CHECK(refused(1, 0, 1));                                    // digit width
    CHECK(refused(2, static_cast<std::uint64_t>(top) - 1, 2));  // level
    CHECK(refused(4, 1, 4));                                    // a Galois element
    CHECK(refused(8, 0, 1));                                    // digit width under the sparse secret
    CHECK(refused(9, 1, 7));                                    // reserved
    CHECK(code_of(file, altered(file.bytes, 8, 1, 2)) == ErrorCode::format_corrupt);  // version
    CHECK(code_of(file, altered(file.bytes, kHeaderBytes, 1, 1)).has_value());        // a relinearization key
    const Bytes& relinearization = files()["evaluation key"].bytes;
    CHECK(code_of(files()["evaluation key"], altered(relinearization, 8, 2, 2)) == ErrorCode::format_corrupt);
    CHECK(code_of(files()["evaluation key"], altered(relinearization, kHeaderBytes, 3, 1)) ==
          ErrorCode::format_corrupt);  // of a set without bootstrapping
}

TEST("a bundle has an encapsulation key exactly when its version says so, and it is a whole one") {
    const File& file = files()["bootstrapping keys"];
    CHECK_EQ(file.bytes[8], 2);
    CHECK(code_of(file, altered(file.bytes, 8, 1, 2)) == ErrorCode::format_corrupt);
    Objects& o = files().bootstrapping();
    const auto entries = read_table_of_contents(file.bytes, *o.parameters);
    REQUIRE(entries.size() == 2);
    CHECK(entries.back().name == KeyName::encapsulation(o.parameters->max_level()));
    // Cut out, its place taken by a Galois key of another element, and twice.
    const std::size_t line = kHeaderBytes + 8 + 24;
    const auto refused = [&](Bytes bytes) {
        mend_table(bytes);
        fix_checksum(bytes);
        return code_of(file, bytes).has_value();
    };
    CHECK(!refused(file.bytes));
    Bytes bytes = file.bytes;
    bytes[line] = static_cast<std::uint8_t>(KeyKind::galois);
    store_le(&bytes[line + 4], 2047, 4);
    CHECK(refused(bytes));
    bytes = file.bytes;
    std::copy_n(&bytes[line], 8, &bytes[line - 24]);
    CHECK(refused(bytes));
    bytes = file.bytes;
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(entries.back().offset),
                bytes.begin() + static_cast<std::ptrdiff_t>(entries.back().offset + entries.back().length));
    store_le(&bytes[16], bytes.size() - kHeaderBytes - kChecksumBytes);
    CHECK(refused(bytes));
    // Without it the set's other keys are a bundle of version 1.
    rlwe::EvaluationKeys others = o.keys;
    others.encapsulation = nullptr;
    CHECK_EQ(write(others)[8], 1);
    CHECK_THROWS_CODE(read_evaluation_keys(altered(write(others), 8, 2, 2), *o.parameters), ErrorCode::format_corrupt);
    CHECK_THROWS_CODE(EvaluationKeysWriter(*files().objects().parameters, {KeyName::encapsulation(1)}, true),
                      ErrorCode::invalid_argument);
}
