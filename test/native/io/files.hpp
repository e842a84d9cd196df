#pragma once

#include <algorithm>

#include "base/xxhash64.hpp"
#include "io/little_endian.hpp"
#include "io/objects.hpp"

namespace ciphernet::io::test {

/// Puts the right checksum behind altered bytes, as an attacker would.
inline void fix_checksum(Bytes& bytes) {
    const std::size_t covered = bytes.size() - kChecksumBytes;
    store_le(&bytes[covered], xxhash64(ByteView(bytes).first(covered)));
}

inline Bytes altered(Bytes bytes, std::size_t at, std::uint64_t value, std::size_t size) {
    store_le(&bytes[at], value, size);
    fix_checksum(bytes);
    return bytes;
}

/// The same for the keys of a bundle and its table of contents, as far as they are where the table says.
inline void mend_table(Bytes& bytes) {
    const std::uint32_t count = static_cast<std::uint32_t>(load_le(&bytes[kHeaderBytes], 4));
    const std::size_t end = table_of_contents_bytes(count);
    if (end > bytes.size()) return;
    store_le(&bytes[end - kChecksumBytes], xxhash64(ByteView(bytes).first(end - kChecksumBytes)));
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::uint8_t* line = &bytes[kHeaderBytes + 8 + 24 * std::size_t{i}];
        const std::uint64_t offset = load_le(line + 8);
        const std::uint64_t length = load_le(line + 16);
        if (length < kChecksumBytes || length > bytes.size() || offset < end || offset > bytes.size() - length)
            continue;
        const std::size_t covered = length - kChecksumBytes;
        store_le(&bytes[offset + covered], xxhash64(ByteView(bytes).subspan(offset, covered)));
    }
}

/// One file of every type, small, and how to read it: reading gives the bytes that the object writes again.
struct File {
    const char* name;
    Bytes bytes;
    std::function<Bytes(ByteView)> reread;
};

class Files {
public:
    Files() : o_(literal()), other_(small_literal()) {
        const auto set = o_.parameters->shared_rlwe();
        const auto parameters = o_.parameters;
        const auto plain = [](const SecretBytes& s) { return Bytes(s.view().begin(), s.view().end()); };
        std::vector<ckks::Ciphertext> batch;
        batch.push_back(o_.fresh(0));
        batch.push_back(o_.fresh_public(0));
        const auto next = [&](const char* name, Bytes bytes, std::function<Bytes(ByteView)> reread) {
            files_.push_back({name, std::move(bytes), std::move(reread)});
        };
        next("parameters", write(*parameters), [](ByteView b) { return write(*read_parameters(b)); });
        next("secret key", plain(write(o_.secret)), [=](ByteView b) { return plain(write(read_secret_key(b, set))); });
        next("public key", write(o_.public_key), [=](ByteView b) { return write(read_public_key(b, set)); });
        next("evaluation key", write_evaluation_key(*set, *o_.keys.relinearization, true), [=](ByteView b) {
            rlwe::EvaluationKeys keys{.parameters = set, .relinearization = nullptr, .galois = {}};
            read_evaluation_key(b, keys);
            return keys.relinearization ? write_evaluation_key(*set, *keys.relinearization, keys.insecure)
                                        : write_evaluation_key(*set, *keys.galois.begin()->second, keys.insecure);
        });
        next("evaluation keys", write(o_.keys), [=](ByteView b) { return write(read_evaluation_keys(b, set)); });
        next("seeded ciphertext", write(batch[0]), [=](ByteView b) { return write(read_ciphertext(b, parameters)); });
        next("ciphertext", write(batch[1]), [=](ByteView b) { return write(read_ciphertext(b, parameters)); });
        next("batch", write(*parameters, batch),
             [=](ByteView b) { return write(*parameters, read_ciphertexts(b, parameters)); });
        next("plaintext", write(o_.plaintext(0)), [=](ByteView b) { return write(read_plaintext(b, parameters)); });
    }

    const std::vector<File>& all() const { return files_; }
    const File& operator[](std::string_view name) const {
        for (const File& file : files_)
            if (file.name == name) return file;
        throw Error(ErrorCode::internal, "no such file");
    }
    Objects& objects() { return o_; }
    const std::shared_ptr<const ckks::Parameters>& other() const { return other_.parameters; }

private:
    static ckks::ParametersLiteral literal() {
        return {.log_n = 10,
                .log_q = {25, 20},
                .log_p = {26},
                .log_scale = 20,
                .log_slots = 3,
                .security = rlwe::Security::none};
    }

    Objects o_;
    Objects other_;
    std::vector<File> files_;
};

inline Files& files() {
    static Files f;
    return f;
}

}  // namespace ciphernet::io::test
