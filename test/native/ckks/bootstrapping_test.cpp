#include <complex>
#include <memory>
#include <numbers>

#include "ckks/bootstrapping/bootstrapping_keys.hpp"
#include "ckks/bootstrapping/dft.hpp"
#include "context.hpp"

namespace ciphernet::ckks::test {
namespace {

/// The default circuit in a small ring.
ParametersLiteral small(int log_n, int log_slots = -1) {
    const BootstrappingLiteral b{};
    std::vector<int> log_q{52, 40, 40};
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.slots_to_coefficients), 40);
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.modular_reduction()), b.log_scale);
    log_q.insert(log_q.end(), static_cast<std::size_t>(b.coefficients_to_slots), 58);
    return {.log_n = log_n,
            .log_q = std::move(log_q),
            .log_p = std::vector<int>(4, 50),
            .log_scale = 40,
            .log_slots = log_slots,
            .security = Security::none,
            .bootstrapping = b};
}

struct Bootstrapping {
    explicit Bootstrapping(const ParametersLiteral& set)
        : parameters(std::make_shared<const Parameters>(set)),
          random(RandomSource::insecure_deterministic(test_seed())),
          secret(rlwe::SecretKey::generate(parameters->shared_rlwe(), random, {})),
          bootstrapper(parameters, {}, {}),
          keys(std::make_shared<const rlwe::EvaluationKeys>(
              bootstrapping_keys(*parameters, bootstrapper.keys(), secret, random, {}))) {}

    Ciphertext encrypt(const Slots& values, int level) {
        std::vector<double> re, im;
        for (const auto& x : values) re.push_back(x.real()), im.push_back(x.imag());
        return ckks::encrypt(parameters, secret, {re, im}, level, 1.5, random, {});
    }

    std::shared_ptr<const Parameters> parameters;
    RandomSource random;
    rlwe::SecretKey secret;
    Bootstrapper bootstrapper;
    std::shared_ptr<const rlwe::EvaluationKeys> keys;
};

/// Mean of -log2 of the errors of real and imaginary parts.
double mean_bits(const SlotVector& got, const Slots& expected) {
    double bits = 0;
    for (std::size_t i = 0; i < expected.size(); ++i)
        bits -= std::log2(std::abs(got.re[i] - expected[i].real()) + 1e-300) +
                std::log2(std::abs(got.im[i] - expected[i].imag()) + 1e-300);
    return bits / (2.0 * static_cast<double>(expected.size()));
}

TEST("a bootstrapped ciphertext has the same slots and its levels again, in full and in sparse packing") {
    for (const int log_slots : {-1, 5}) {
        Bootstrapping b(small(11, log_slots));
        Rng rng(1);
        Slots values(b.parameters->slots());
        for (auto& x : values) x = {rng.uniform(-1, 1), rng.uniform(-1, 1)};
        const Ciphertext r = b.bootstrapper.bootstrap(b.encrypt(values, 1), b.keys, {});
        CHECK_EQ(r.level(), b.parameters->user_level());
        CHECK_LE(25.0, mean_bits(decrypt(r, b.secret, {}), values));
    }
}

}  // namespace
}  // namespace ciphernet::ckks::test
