#include <algorithm>

#include "io/objects.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::test;

namespace {

std::vector<ckks::ParametersLiteral> literals() {
    ckks::ParametersLiteral bare = small_literal();
    bare.log_p = {};
    return {small_literal(), wide_literal(), secure_literal(), bare, bootstrapping_literal()};
}

Bytes bytes_of(const SecretBytes& secret) { return {secret.view().begin(), secret.view().end()}; }

}  // namespace

TEST("parameters come back with their primes, scales and fingerprint, and write the same bytes") {
    for (const auto& literal : literals()) {
        const ckks::Parameters parameters(literal);
        const Bytes bytes = write(parameters);
        const auto read = read_parameters(bytes);
        CHECK_EQ(bytes.size(), parameters_bytes(parameters));
        CHECK(read->rlwe().fingerprint() == parameters.rlwe().fingerprint());
        CHECK(read->rlwe().literal().levels == parameters.rlwe().literal().levels);
        CHECK(read->literal().log_q == parameters.literal().log_q);
        CHECK(read->literal().log_p == parameters.literal().log_p);
        CHECK_EQ(read->literal().magnitude, parameters.literal().magnitude);
        CHECK_EQ(read->log_slots(), parameters.log_slots());
        for (int l = 0; l <= parameters.max_level(); ++l) CHECK(read->scale(l) == parameters.scale(l));
        CHECK(write(*read) == bytes);
        const Info info = inspect(bytes);
        CHECK(info.type == ObjectType::parameters);
        CHECK_EQ(*info.log_n, literal.log_n);
        CHECK_EQ(*info.level, parameters.user_level());
        CHECK_EQ(info.version, literal.bootstrapping ? 2 : 1);
        CHECK(read->literal().bootstrapping == parameters.literal().bootstrapping);
        CHECK_EQ(info.insecure, literal.security == rlwe::Security::none);
        CHECK_EQ(info.total_bytes, bytes.size());
    }
}

TEST("secret and public keys come back equal, in exactly the stated bytes") {
    for (const auto& literal : literals()) {
        Objects o(literal);
        const SecretBytes secret = write(o.secret);
        CHECK_EQ(secret.view().size(), secret_key_bytes(o.parameters->rlwe()));
        const rlwe::SecretKey read = read_secret_key(secret.view(), o.parameters->shared_rlwe());
        CHECK(std::ranges::equal(read.coefficients(), o.secret.coefficients()));
        CHECK(same(read.evaluation(), o.secret.evaluation()));
        CHECK(read.insecure());
        CHECK(bytes_of(write(read)) == bytes_of(secret));

        const Bytes bytes = write(o.public_key);
        CHECK_EQ(bytes.size(), public_key_bytes(o.parameters->rlwe()));
        const rlwe::PublicKey key = read_public_key(bytes, o.parameters->shared_rlwe());
        CHECK(same(key.a, o.public_key.a) && same(key.b, o.public_key.b) && key.seed == o.public_key.seed &&
              key.insecure);
        CHECK(write(key) == bytes);
    }
}

TEST("keys from the system's randomness at 128 bits carry no mark, others do") {
    const auto parameters = std::make_shared<const ckks::Parameters>(secure_literal());
    RandomSource random = RandomSource::system();
    const auto secret = rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {});
    CHECK(!inspect(write(secret).view()).insecure);
    CHECK(!read_secret_key(write(secret).view(), parameters->shared_rlwe()).insecure());
    const std::vector<double> values{0.5};
    const Bytes bytes = write(ckks::encrypt(parameters, secret, {.re = values}, 0, 1, random, {}));
    CHECK(!inspect(bytes).insecure);
    CHECK(!read_ciphertext(bytes, parameters).insecure);

    Objects o(secure_literal());
    CHECK(inspect(write(o.secret).view()).insecure);
    CHECK(read_secret_key(write(o.secret).view(), o.parameters->shared_rlwe()).insecure());
    CHECK(read_ciphertext(write(o.fresh(0)), o.parameters).insecure);
    CHECK(!inspect(write(*o.parameters)).insecure);
}

TEST("ciphertexts of every shape come back equal and decrypt to the same slots") {
    for (const auto& literal : literals()) {
        Objects o(literal);
        const rlwe::Parameters& set = o.parameters->rlwe();
        for (int level = 0; level <= o.parameters->user_level(); ++level) {
            const ckks::Ciphertext fresh = o.fresh(level);
            const Bytes seeded = write(fresh);
            CHECK_EQ(seeded.size(), ciphertext_bytes(set, {.level = level, .seeded = true}));
            const ckks::Ciphertext read = read_ciphertext(seeded, o.parameters);
            CHECK(same(read, fresh));
            CHECK(ckks::decrypt(read, o.secret, {}).re == ckks::decrypt(fresh, o.secret, {}).re);
            CHECK(write(read) == seeded);
            CHECK_EQ(*inspect(seeded).level, level);
            CHECK_EQ(*inspect(seeded).degree, 1);

            const ckks::Ciphertext full = o.fresh_public(level);
            const Bytes bytes = write(full);
            CHECK_EQ(bytes.size(), ciphertext_bytes(set, {.level = level}));
            CHECK(same(read_ciphertext(bytes, o.parameters), full));
        }
    }
}

TEST("a product before relinearization and rescaling keeps its third part and its squared scale") {
    for (const auto& literal : {small_literal(), wide_literal()}) {
        Objects o(literal);
        const ckks::Evaluator evaluator(o.parameters, std::make_shared<const rlwe::EvaluationKeys>(o.keys), {});
        const int top = o.parameters->max_level();
        const ckks::Ciphertext x = o.fresh(top);
        const ckks::Ciphertext product = evaluator.multiply(x, x, {.relinearize = false, .rescale = false});
        CHECK_EQ(product.degree(), 2);
        CHECK_EQ(product.scale_degree, 2);
        const Bytes bytes = write(product);
        CHECK_EQ(bytes.size(), ciphertext_bytes(o.parameters->rlwe(), {.level = top, .degree = 2}));
        CHECK(same(read_ciphertext(bytes, o.parameters), product));
    }
}

TEST("a batch keeps the order, levels and marks of its ciphertexts") {
    Objects o(wide_literal());
    std::vector<ckks::Ciphertext> batch;
    std::vector<CiphertextShape> shapes;
    for (const int level : {3, 0, 2, 2}) {
        batch.push_back(level == 2 ? o.fresh_public(level) : o.fresh(level));
        shapes.push_back({.level = level, .seeded = level != 2});
    }
    const Bytes bytes = write(*o.parameters, batch);
    CHECK_EQ(bytes.size(), ciphertext_batch_bytes(o.parameters->rlwe(), shapes));
    CHECK_EQ(*inspect(bytes).count, 4);
    ThreadPool pool(3);
    for (const Execution& execution : {Execution(), Execution(pool)}) {
        const auto read = read_ciphertexts(bytes, o.parameters, execution);
        REQUIRE(read.size() == batch.size());
        for (std::size_t i = 0; i < batch.size(); ++i) CHECK(same(read[i], batch[i]));
        CHECK(write(*o.parameters, read, execution) == bytes);
    }
    const std::vector<const ckks::Ciphertext*> pointers{&batch[0], &batch[1], &batch[2], &batch[3]};
    CHECK(write(*o.parameters, pointers) == bytes);
    CHECK(read_ciphertexts(write(*o.parameters, std::span<const ckks::Ciphertext>()), o.parameters).empty());
}

TEST("plaintexts come back equal") {
    for (const auto& literal : literals()) {
        Objects o(literal);
        for (int level = 0; level <= o.parameters->user_level(); ++level) {
            const ckks::Plaintext plaintext = o.plaintext(level);
            const Bytes bytes = write(plaintext);
            CHECK_EQ(bytes.size(), plaintext_bytes(o.parameters->rlwe(), level));
            const ckks::Plaintext read = read_plaintext(bytes, o.parameters);
            CHECK(same(read.value, plaintext.value));
            CHECK_EQ(read.noise.magnitude, plaintext.noise.magnitude);
            CHECK_EQ(*inspect(bytes).level, level);
            CHECK(write(read) == bytes);
        }
    }
}

TEST("a bundle of evaluation keys comes back equal, all of it or the keys that are asked for") {
    for (const auto& literal : {small_literal(), wide_literal(), bootstrapping_literal()}) {
        Objects o(literal);
        const Bytes bytes = write(o.keys);
        ThreadPool pool(3);
        const rlwe::EvaluationKeys read = read_evaluation_keys(bytes, *o.parameters, Execution(pool));
        CHECK(read.insecure);
        CHECK_EQ(inspect(bytes).version, literal.bootstrapping ? 2 : 1);
        REQUIRE((read.encapsulation != nullptr) == literal.bootstrapping.has_value());
        if (read.encapsulation) CHECK(same(*read.encapsulation, *o.keys.encapsulation));
        CHECK(same(*read.relinearization, *o.keys.relinearization));
        CHECK_EQ(read.galois.size(), o.keys.galois.size());
        for (const auto& [element, key] : o.keys.galois) {
            CHECK(same(read.galois.at(element)->key, key->key));
            CHECK(read.galois.at(element)->automorphism.index() == key->automorphism.index());
        }
        CHECK(write(read, Execution(pool)) == bytes);

        const std::uint32_t wanted = conjugation_element(o.parameters->ring());
        const auto some =
            read_evaluation_keys(bytes, *o.parameters, {}, [&](const KeyName& name) { return name.element == wanted; });
        CHECK(!some.relinearization);
        CHECK_EQ(some.galois.size(), 1);
        CHECK(same(some.galois.at(wanted)->key, o.keys.galois.at(wanted)->key));
    }
}

TEST("a bundle can be written and read one key at a time, its size known beforehand") {
    for (const auto& literal : {wide_literal(), bootstrapping_literal()}) {
        Objects o(literal);
        std::vector<KeyName> names = o.keys.names();
        std::ranges::reverse(names);
        EvaluationKeysWriter writer(*o.parameters, names, true);
        const Bytes whole = write(o.keys);
        CHECK_EQ(writer.total_bytes(), whole.size());
        CHECK_EQ(evaluation_keys_bytes(*o.parameters, names), whole.size());
        CHECK_THROWS_CODE(writer.next(*o.keys.relinearization), ErrorCode::invalid_argument);  // before begin()

        Bytes joined = writer.begin();
        const auto append = [&](const Bytes& piece) { joined.insert(joined.end(), piece.begin(), piece.end()); };
        CHECK_EQ(joined.size(), table_of_contents_bytes(static_cast<std::uint32_t>(names.size())));
        CHECK_EQ(*inspect(ByteView(joined).first(kInspectBytes)).count, names.size());
        const std::vector<KeyEntry> entries = read_table_of_contents(joined, *o.parameters);
        CHECK_THROWS_CODE(writer.next(*o.keys.galois.begin()->second), ErrorCode::invalid_argument);  // not its turn
        CHECK_THROWS_CODE(writer.finish(), ErrorCode::invalid_argument);
        append(writer.next(*o.keys.relinearization));
        for (const auto& [element, key] : o.keys.galois) append(writer.next(*key));
        if (o.keys.encapsulation) append(writer.next(*o.keys.encapsulation));
        CHECK_THROWS_CODE(writer.next(o.keys), ErrorCode::invalid_argument);  // all are written
        append(writer.finish());
        CHECK(joined == whole);

        rlwe::EvaluationKeys keys;
        keys.parameters = o.parameters->shared_rlwe();
        for (const KeyEntry& entry : entries) {
            const ByteView blob = ByteView(whole).subspan(entry.offset, entry.length);
            CHECK_EQ(blob.size(), evaluation_key_bytes(*o.parameters, entry.name));
            CHECK_EQ(*inspect(blob).galois_element, entry.name.element);
            LoadedKey loaded = read_evaluation_key(blob, *o.parameters);
            keys.insecure = loaded.insecure;
            keys.add(std::move(loaded.key));
        }
        CHECK(keys.insecure);
        CHECK(write(keys) == whole);
    }
}

TEST("a reader takes in a bundle piece by piece and never wants more than a key") {
    Objects o(bootstrapping_literal());
    const Bytes whole = write(o.keys);
    std::size_t largest = 0;
    for (const KeyEntry& entry : read_table_of_contents(whole, *o.parameters))
        largest = std::max(largest, static_cast<std::size_t>(entry.length));

    EvaluationKeysReader reader(*o.parameters);
    std::size_t at = 0;
    while (const std::size_t wanted = reader.wanted()) {
        CHECK_LE(wanted, largest);
        CHECK_THROWS_CODE(reader.take(ByteView(whole).subspan(at, wanted - 1)), ErrorCode::invalid_argument);
        CHECK_THROWS_CODE(reader.finish(), ErrorCode::format_truncated);
        reader.take(ByteView(whole).subspan(at, wanted));
        at += wanted;
    }
    CHECK_EQ(at, whole.size());
    CHECK_EQ(reader.key_count(), o.keys.names().size());
    CHECK_EQ(reader.keys_taken(), reader.key_count());
    CHECK(write(reader.finish()) == whole);
}

TEST("an empty bundle is a bundle") {
    Objects o(secure_literal());
    const Bytes bytes = write(o.keys);
    const auto read = read_evaluation_keys(bytes, *o.parameters);
    CHECK(!read.relinearization && read.galois.empty());
}
