#include <cmath>
#include <map>

#include "base/sha256.hpp"
#include "ckks/bootstrapping/bootstrapper.hpp"
#include "io/fixtures.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::test;

namespace {

Bytes load(const std::string& name) {
    std::ifstream in(std::string(CIPHERNET_FIXTURES) + "/" + name, std::ios::binary);
    if (!in) throw Error(ErrorCode::system, "There is no fixture " + name);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::string hex(const Sha256Digest& digest) {
    std::string text;
    for (const std::uint8_t byte : digest) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

/// A client that knows nothing but the files.
struct Loaded {
    explicit Loaded(const std::string& set)
        : parameters(read_parameters(load(set + "-parameters.bin"))),
          secret(read_secret_key(load(set + "-secret-key.bin"), parameters->shared_rlwe())) {}

    /// Whether c decrypts to `expected` within what its noise estimate allows.
    bool holds(const ckks::Ciphertext& c, const std::vector<double>& expected) const {
        const double error = ckks::measure_error(c, secret, {.re = expected}, {});
        return error <= c.noise.error_bound(parameters->slots()) && error < 1e-3;
    }

    std::shared_ptr<const ckks::Parameters> parameters;
    rlwe::SecretKey secret;
};

/// SHA-256 of the files, so that nobody makes them again in place of a new version's.
const std::map<std::string, std::string>& pinned() {
    static const std::map<std::string, std::string> hashes{
        {"format-v1/small-ciphertext-batch.bin", "8f208b9a46cb220e492ca6b23fefe3556c7b6748550c5ecdf8617a8a57549940"},
        {"format-v1/small-ciphertext-product.bin", "e778bb97363fe7f9ed80fbcc91ea2e44b87314515fd88d7fe0ac451e625e5fe5"},
        {"format-v1/small-ciphertext-seeded.bin", "1ae8b38a924b5b45857d74e62c657b33f99f9f5c6309fcd5a17a5e16481315f7"},
        {"format-v1/small-ciphertext.bin", "04259fbde58ee45f7bb86e07531527e755f3f2b5dbc572ca16ee1180ed7b12e0"},
        {"format-v1/small-evaluation-key.bin", "2865677d62df43f6698e65bcf5d5c0b2354789f7c9962af791bc6e49bd6892b5"},
        {"format-v1/small-evaluation-keys.bin", "5949ac436dc00433ece705d99c19368b35ae90cb643c5e998f21cc3bac07c92f"},
        {"format-v1/small-parameters.bin", "37b60eecbc16ec74476169b9c2d63c0b0b3c16476419d9ba32c18dc19d76b7ac"},
        {"format-v1/small-plaintext.bin", "79e93fae325f54262dfa11a8db1b04ca3d51c5e172b06518fe8971d19bc81928"},
        {"format-v1/small-public-key.bin", "1a38da8b61200e2e4c2773007f6802ec629d80219f691df51ebe4e46904fab41"},
        {"format-v1/small-secret-key.bin", "3c4362392cba6c2bef94f32fb616ae141d242077dedc6249c676a9e7885af89d"},
        {"format-v1/wide-ciphertext-seeded.bin", "f94b5dfd653ffd80b4da7d7b226e3b5f6d8c001c2cc8b6496b8bd0986b63ae97"},
        {"format-v1/wide-parameters.bin", "539fe839a13cabc2f55fb9c7de58fb8910897a17fbd7e32da0c55dbfc22a951f"},
        {"format-v1/wide-secret-key.bin", "aee1316f32d49f5d4195a1f3ed01eba2b6ab36fbaf62db26a5a2bb2f72eca833"},
        {"format-v2/bootstrapping-ciphertext-seeded.bin",
         "3869e58e4599e375c59a9f94c10728ef929e552352703303136d4d1392af4294"},
        {"format-v2/bootstrapping-evaluation-keys.bin",
         "7a88c857238fc93764138d1dc72b0384d6052b203b7445ad9e5b85a14663f390"},
        {"format-v2/bootstrapping-parameters.bin", "f7f97bb24bb88e9248b820e18346c9ee21458b749f03df38b8d7944e1140b3aa"},
        {"format-v2/bootstrapping-secret-key.bin", "f33212ff7b9624ae776215b3b9789e8012c94f872be62502735702d08f35fec0"},
    };
    return hashes;
}

}  // namespace

TEST("the fixtures are the committed ones") {
    for (const auto& [name, hash] : pinned()) CHECK_EQ(hex(sha256(load(name))), hash);
    CHECK_LE(17, pinned().size());
}

TEST("version 1 files are read, decrypt to the known values and are written again byte for byte") {
    const Loaded o("format-v1/small");
    const auto set = o.parameters->shared_rlwe();
    const std::vector<double> values = fixture_values(*o.parameters);
    CHECK(write(*o.parameters) == load("format-v1/small-parameters.bin"));
    const SecretBytes secret = write(o.secret);
    CHECK(Bytes(secret.view().begin(), secret.view().end()) == load("format-v1/small-secret-key.bin"));

    for (const char* name : {"format-v1/small-ciphertext-seeded.bin", "format-v1/small-ciphertext.bin"}) {
        const ckks::Ciphertext c = read_ciphertext(load(name), o.parameters);
        CHECK(o.holds(c, values));
        CHECK(write(c) == load(name));
    }
    std::vector<double> squares = values;
    for (double& x : squares) x *= x;
    const ckks::Ciphertext product = read_ciphertext(load("format-v1/small-ciphertext-product.bin"), o.parameters);
    CHECK_EQ(product.degree(), 2);
    CHECK_EQ(product.scale_degree, 2);
    CHECK(o.holds(product, squares));
    CHECK(write(product) == load("format-v1/small-ciphertext-product.bin"));

    const auto batch = read_ciphertexts(load("format-v1/small-ciphertext-batch.bin"), o.parameters);
    REQUIRE(batch.size() == 2);
    for (int i = 0; i < 2; ++i) {
        CHECK_EQ(batch[static_cast<std::size_t>(i)].level(), i);
        CHECK(o.holds(batch[static_cast<std::size_t>(i)], values));
    }
    CHECK(write(*o.parameters, batch) == load("format-v1/small-ciphertext-batch.bin"));

    const ckks::Plaintext plaintext = read_plaintext(load("format-v1/small-plaintext.bin"), o.parameters);
    const auto slots = ckks::decode(*o.parameters, plaintext, {}).re;
    for (std::size_t i = 0; i < values.size(); ++i) CHECK_NEAR(slots[i], values[i], 1e-6);
    CHECK(write(plaintext) == load("format-v1/small-plaintext.bin"));
}

TEST("version 1 keys still encrypt, relinearize, rotate and conjugate") {
    const Loaded o("format-v1/small");
    const auto set = o.parameters->shared_rlwe();
    const std::vector<double> values = fixture_values(*o.parameters);
    RandomSource random = RandomSource::insecure_deterministic(3);
    const rlwe::PublicKey public_key = read_public_key(load("format-v1/small-public-key.bin"), set);
    CHECK(write(public_key) == load("format-v1/small-public-key.bin"));
    CHECK(o.holds(ckks::encrypt(o.parameters, public_key, {.re = values}, 1, 1, random, {}), values));

    const auto keys = std::make_shared<const rlwe::EvaluationKeys>(
        read_evaluation_keys(load("format-v1/small-evaluation-keys.bin"), set));
    CHECK(write(*keys) == load("format-v1/small-evaluation-keys.bin"));
    const ckks::Evaluator evaluator(o.parameters, keys, {});
    const ckks::Ciphertext x = read_ciphertext(load("format-v1/small-ciphertext-seeded.bin"), o.parameters);
    std::vector<double> squares = values;
    std::vector<double> turned = values;
    for (std::size_t i = 0; i < values.size(); ++i) {
        squares[i] *= values[i];
        turned[i] = values[(i + 1) % values.size()];
    }
    CHECK(o.holds(evaluator.square(x), squares));
    CHECK(o.holds(evaluator.rotate(x, 1), turned));
    CHECK(o.holds(evaluator.conjugate(evaluator.drop_to_level(x, 0)), values));

    const LoadedKey one = read_evaluation_key(load("format-v1/small-evaluation-key.bin"), set);
    const auto* galois = std::get_if<rlwe::GaloisKey>(&one.key);
    REQUIRE(galois != nullptr);
    CHECK(same(galois->key, keys->galois.at(galois->automorphism.element())->key));
}

TEST("version 1 files of levels of two primes are read and written again") {
    const Loaded o("format-v1/wide");
    CHECK_EQ(o.parameters->rlwe().level_width(1), 2);
    CHECK(write(*o.parameters) == load("format-v1/wide-parameters.bin"));
    const ckks::Ciphertext c = read_ciphertext(load("format-v1/wide-ciphertext-seeded.bin"), o.parameters);
    CHECK(o.holds(c, fixture_values(*o.parameters)));
    CHECK(write(c) == load("format-v1/wide-ciphertext-seeded.bin"));
}

TEST("version 2 files are read and written again, and their encapsulation key leads to the sparse secret and back") {
    const Loaded o("format-v2/bootstrapping");
    CHECK_EQ(o.parameters->user_level(), 0);
    CHECK(write(*o.parameters) == load("format-v2/bootstrapping-parameters.bin"));
    const ckks::Ciphertext c = read_ciphertext(load("format-v2/bootstrapping-ciphertext-seeded.bin"), o.parameters);
    std::vector<double> values = fixture_values(*o.parameters);
    CHECK(o.holds(c, values));
    const rlwe::EvaluationKeys keys =
        read_evaluation_keys(load("format-v2/bootstrapping-evaluation-keys.bin"), *o.parameters);
    CHECK(write(keys) == load("format-v2/bootstrapping-evaluation-keys.bin"));
    REQUIRE(keys.encapsulation != nullptr);

    // Raised to all primes it is what it was modulo q_0, four times as large: q_0 is 2^6 Delta and shall be 2^4 of them.
    const ckks::Ciphertext raised = ckks::Bootstrapper(o.parameters, {}, {}).raise(c, keys, {});
    ckks::Ciphertext low{o.parameters, {.level = 0, .parts = {}, .mask_seed = {}}, 1, c.noise, true};
    for (const EvaluationPolynomial& part : raised.body.parts) {
        low.body.parts.emplace_back(o.parameters->ring(), o.parameters->rlwe().basis(0));
        std::copy_n(part.limb(0), part.n(), low.body.parts.back().limb(0));
    }
    for (double& x : values) x *= 4;
    CHECK_LE(ckks::measure_error(low, o.secret, {.re = values}, {}), 1e-3);
}

TEST("the files that this build makes have the names, types and lengths of the committed ones") {
    const auto made = make_fixtures();
    CHECK_EQ(made.size(), pinned().size());
    for (const Fixture& file : made) {
        CHECK(pinned().contains(file.name));
        const Bytes committed = load(file.name);
        const Info a = inspect(file.bytes);
        const Info b = inspect(committed);
        CHECK_EQ(file.bytes.size(), committed.size());
        CHECK(a.type == b.type && a.fingerprint == b.fingerprint && a.level == b.level && a.count == b.count &&
              a.degree == b.degree);
        CHECK(b.insecure);
    }
}
