#pragma once

#include "io/mend.hpp"
#include "io/objects.hpp"
#include "io/reread.hpp"

namespace ciphernet::io::test {

inline Bytes altered(Bytes bytes, std::size_t at, std::uint64_t value, std::size_t size) {
    store_le(&bytes[at], value, size);
    fix_checksum(bytes);
    return bytes;
}

/// One file of every type, small, and how to read it: reading gives the bytes that the object writes again.
struct File {
    const char* name;
    Bytes bytes;
    std::function<Bytes(ByteView)> reread;
};

class Files {
public:
    Files() : o_(smallest_literal()), bootstrapping_(bootstrapping_literal()), other_(small_literal()) {
        const auto parameters = o_.parameters;
        std::vector<ckks::Ciphertext> batch;
        batch.push_back(o_.fresh(0));
        batch.push_back(o_.fresh_public(0));
        const auto under = [&](const auto& set, const char* name, ObjectType type, Bytes bytes) {
            files_.push_back({name, std::move(bytes), [=](ByteView b) { return test::reread(type, b, set); }});
        };
        const auto next = [&](const char* name, ObjectType type, Bytes bytes) {
            under(parameters, name, type, std::move(bytes));
        };
        const SecretBytes secret = write(o_.secret);
        next("parameters", ObjectType::parameters, write(*parameters));
        next("secret key", ObjectType::secret_key, {secret.view().begin(), secret.view().end()});
        next("public key", ObjectType::public_key, write(o_.public_key));
        next("evaluation key", ObjectType::evaluation_key,
             write_evaluation_key(parameters->rlwe(), *o_.keys.relinearization, true));
        next("evaluation keys", ObjectType::evaluation_keys, write(o_.keys));
        next("seeded ciphertext", ObjectType::ciphertext, write(batch[0]));
        next("ciphertext", ObjectType::ciphertext, write(batch[1]));
        next("batch", ObjectType::ciphertext_batch, write(*parameters, batch));
        next("plaintext", ObjectType::plaintext, write(o_.plaintext(0)));
        const auto deep = bootstrapping_.parameters;
        under(deep, "bootstrapping parameters", ObjectType::parameters, write(*deep));
        under(deep, "encapsulation key", ObjectType::evaluation_key,
              write_evaluation_key(deep->rlwe(), *bootstrapping_.keys.encapsulation, true));
        rlwe::EvaluationKeys few = bootstrapping_.keys;
        few.relinearization = nullptr;
        while (few.galois.size() > 1) few.galois.erase(few.galois.begin());
        under(deep, "bootstrapping keys", ObjectType::evaluation_keys, write(few));
    }

    const std::vector<File>& all() const { return files_; }
    const File& operator[](std::string_view name) const {
        for (const File& file : files_)
            if (file.name == name) return file;
        throw Error(ErrorCode::internal, "no such file");
    }
    Objects& objects() { return o_; }
    Objects& bootstrapping() { return bootstrapping_; }
    const std::shared_ptr<const ckks::Parameters>& other() const { return other_.parameters; }

private:
    Objects o_;
    Objects bootstrapping_;
    Objects other_;
    std::vector<File> files_;
};

inline Files& files() {
    static Files f;
    return f;
}

}  // namespace ciphernet::io::test
