#include "ckks/sharing.hpp"

#include <cmath>
#include <string>
#include <vector>

#include "ckks/context.hpp"
#include "ring/operations.hpp"
#include "support/test.hpp"

namespace ciphernet::ckks {
namespace {

using namespace test;

/// Room for the noise of 100 results: two primes at level 0.
ParametersLiteral roomy(int log_slots = -1) { return literal(10, 1, 56, 1, log_slots); }
constexpr Sharing kSharing{.queries = 100};

/// sum |shared - decrypted|^2 of the slots' parts, and how many parts.
struct Squares {
    double sum = 0;
    std::size_t count = 0;

    void add(const SlotVector& shared, const SlotVector& own) {
        for (std::size_t k = 0; k < own.re.size(); ++k)
            sum += std::pow(shared.re[k] - own.re[k], 2) + std::pow(shared.im[k] - own.im[k], 2);
        count += 2 * own.re.size();
    }
};

TEST("the noise on shared slots has the variance of the formula, within 5 % over 7,200 samples, full and sparse") {
    for (const int log_slots : {-1, 4}) {
        Context c(roomy(log_slots));
        Rng rng(1);
        const Ciphertext x = c.encrypt(unit_slots(c.slots(), rng), 0);
        const SlotVector own = decrypt(x, c.secret, c.execution);
        Squares squares;
        while (squares.count < 7200)
            squares.add(decrypt_for_sharing(x, c.secret, kSharing, c.random, c.execution), own);
        // sigma = sqrt(12 tau) 2^(kappa/2) t, and 2 slots coefficients make a slot of two parts.
        const double t = x.noise.deviation * tail_factor(c.slots(), 40 + std::log2(100));
        const double sigma = std::sqrt(12.0 * 100) * std::exp2(20) * t;
        CHECK_NEAR(flooding_sigma(kSharing, x.noise.deviation, c.slots()) / sigma, 1, 1e-12);
        const double variance = static_cast<double>(c.slots()) * sigma * sigma;
        CHECK_NEAR(squares.sum / static_cast<double>(squares.count) / variance, 1.0, 0.05);
    }
}

TEST("a promised deviation takes the place of the ciphertext's own") {
    Context c(roomy());
    const Ciphertext x = c.encrypt({1, 0.5}, 0);
    const SlotVector own = decrypt(x, c.secret, c.execution);
    Sharing sharing = kSharing;
    sharing.deviation = 8 * x.noise.deviation;
    Squares squares;
    while (squares.count < 7200) squares.add(decrypt_for_sharing(x, c.secret, sharing, c.random, c.execution), own);
    const double variance =
        static_cast<double>(c.slots()) * std::pow(flooding_sigma(kSharing, sharing.deviation, c.slots()), 2);
    CHECK_NEAR(squares.sum / static_cast<double>(squares.count) / variance, 1.0, 0.05);
    sharing.deviation = x.noise.deviation / 2;
    CHECK_THROWS_CODE(decrypt_for_sharing(x, c.secret, sharing, c.random, c.execution), ErrorCode::sharing_refused);
}

TEST("shared slots are off by no more than the stated bound, and sharing costs the bits that are said") {
    for (const int log_slots : {-1, 4, 0}) {
        Context c(roomy(log_slots));
        Rng rng(2);
        const Slots values = unit_slots(c.slots(), rng);
        for (int i = 0; i < 20; ++i) {
            const Ciphertext x = c.encrypt(values, 0);
            const SlotVector shared = decrypt_for_sharing(x, c.secret, kSharing, c.random, c.execution);
            const double bound = shared_error_bound(kSharing, x.noise.deviation, c.slots());
            CHECK_NEAR(std::log2(bound / x.noise.error_bound(c.slots())), sharing_bits(kSharing, c.slots()), 1e-9);
            CHECK_LE(bound, 0.01);
            for (std::size_t k = 0; k < values.size(); ++k)
                CHECK_LE(std::abs(std::complex(shared.re[k], shared.im[k]) - values[k]), bound);
        }
    }
    // kappa/2 + log2 sqrt(12 tau), and the slots' share: the norm of all coefficients is what is hidden.
    const double plain = 20 + std::log2(std::sqrt(12.0 * 100));
    CHECK_LE(plain, sharing_bits(kSharing, 1));
    CHECK_LE(sharing_bits(kSharing, 1), plain + 4);
    CHECK_LE(sharing_bits(kSharing, 1 << 14), plain + 11);
}

TEST("products are shared before and after rescaling") {
    Context c(roomy());
    Rng rng(3);
    const Slots a = unit_slots(c.slots(), rng);
    const Ciphertext x = c.encrypt(a, 1);
    const Slots expected = product(a, a);
    for (const bool rescale : {true, false}) {
        const Ciphertext y = c.evaluator.multiply(x, x, {.relinearize = rescale, .rescale = rescale});
        Sharing sharing = kSharing;
        sharing.statistical_security = 30;
        if (!rescale) {
            // sigma is beside Delta^2: too wide to be drawn.
            CHECK_THROWS_CODE(decrypt_for_sharing(y, c.secret, sharing, c.random, c.execution),
                              ErrorCode::sharing_refused);
            continue;
        }
        const SlotVector shared = decrypt_for_sharing(y, c.secret, sharing, c.random, c.execution);
        const double bound = shared_error_bound(sharing, y.noise.deviation, c.slots());
        for (std::size_t k = 0; k < a.size(); ++k)
            CHECK_LE(std::abs(std::complex(shared.re[k], shared.im[k]) - expected[k]), bound);
    }
}

/// The key that follows from slots and ciphertext if they hold the whole error: s = (phase - b) / a. (Li, Micciancio,
/// "On the security of homomorphic encryption on approximate numbers", 2021.)
bool gives_key_away(Context& c, const Ciphertext& x, const SlotVector& slots) {
    const Parameters& p = *c.parameters;
    const Basis basis = p.rlwe().basis(x.level());
    EvaluationPolynomial s = to_evaluation(
        encode(p.ring(), basis, p.embeddings(), slots.re, slots.im, p.log_slots(), p.scale(x.level()), c.execution),
        p.ring(), basis, c.execution);
    for (int i = 0; i < s.limb_count(); ++i) {
        const Modulus& q = s.modulus(i);
        for (std::size_t k = 0; k < s.n(); ++k) {
            const u64 a = x.body.parts[1].limb(i)[k];
            if (a == 0) return false;
            s.limb(i)[k] = q.multiply(q.subtract(s.limb(i)[k], x.body.parts[0].limb(i)[k]), q.inverse(a));
        }
    }
    const CoefficientPolynomial found = to_coefficient(std::move(s), c.execution);
    const auto secret = c.secret.coefficients();
    for (std::size_t k = 0; k < secret.size(); ++k) {
        const u64 expected = secret[k] < 0 ? found.modulus(0).value() - 1 : static_cast<u64>(secret[k]);
        if (found.limb(0)[k] != expected) return false;
    }
    return true;
}

TEST("the slots of decrypt() give the secret key away, those that are shared do not") {
    Context c(literal(10, 1, 40));
    Rng rng(4);
    const Ciphertext x = c.encrypt(unit_slots(c.slots(), rng), 0);
    CHECK(gives_key_away(c, x, decrypt(x, c.secret, c.execution)));
    const Sharing once{.queries = 1, .statistical_security = 30};
    CHECK(!gives_key_away(c, x, decrypt_for_sharing(x, c.secret, once, c.random, c.execution)));
}

TEST("the noise is new in every call, and the same on any number of threads") {
    ThreadPool pool(3);
    std::vector<SlotVector> results;
    for (const Execution& execution : {Execution(), Execution(pool)}) {
        Context c(literal(13, 0, 60), {}, execution);
        const Ciphertext x = c.encrypt({1, {0, -1}}, 0);
        for (int i = 0; i < 2; ++i) results.push_back(decrypt_for_sharing(x, c.secret, kSharing, c.random, execution));
    }
    CHECK(results[0].re == results[2].re && results[0].im == results[2].im);
    CHECK(results[1].re == results[3].re && results[1].im == results[3].im);
    CHECK(results[0].re != results[1].re);
}

TEST("what does not fit, or would say too little, is refused with the bits that a plan must reserve") {
    Context c(literal(10, 1, 40));
    const Ciphertext x = c.encrypt({1}, 0);
    const auto share = [&](const Sharing& sharing) {
        return decrypt_for_sharing(x, c.secret, sharing, c.random, c.execution);
    };
    CHECK_THROWS_CODE(share({.queries = 1e6}), ErrorCode::sharing_refused);
    try {
        share({.queries = 1e6});
    } catch (const Error& e) {
        const int bits = static_cast<int>(std::ceil(sharing_bits({.queries = 1e6}, c.slots())));
        CHECK(std::string(e.what()).find("by " + std::to_string(bits) + " bits") != std::string::npos);
    }
    // Precise enough for 2^-1, not for 2^-20; and too wide for q_0 with magnitudes near its end.
    const Sharing once{.queries = 1, .statistical_security = 30, .precision_bits = 1};
    static_cast<void>(share(once));
    Sharing finer = once;
    finer.precision_bits = 20;
    CHECK_THROWS_CODE(share(finer), ErrorCode::sharing_refused);
    const Ciphertext large = c.encrypt({1}, 0, 0x1p8 * 1.9999);
    CHECK_THROWS_CODE(decrypt_for_sharing(large, c.secret, {.queries = 1e3, .precision_bits = -40}, c.random, {}),
                      ErrorCode::sharing_refused);
    // Nothing is known about its error.
    Ciphertext unknown = x.copy();
    unknown.noise.deviation = 0;
    CHECK_THROWS_CODE(decrypt_for_sharing(unknown, c.secret, once, c.random, {}), ErrorCode::sharing_refused);
}

TEST("numbers of queries and bits of security that make no sense are refused") {
    Context c(roomy());
    const Ciphertext x = c.encrypt({1}, 0);
    const double nan = std::nan("");
    for (const Sharing& sharing :
         {Sharing{.queries = 0}, Sharing{.queries = nan}, Sharing{.queries = 0x1p41},
          Sharing{.queries = 1, .statistical_security = 29}, Sharing{.queries = 1, .statistical_security = 129},
          Sharing{.queries = 1, .statistical_security = nan}, Sharing{.queries = 1, .deviation = -1},
          Sharing{.queries = 1, .deviation = nan}, Sharing{.queries = 1, .precision_bits = nan}}) {
        CHECK_THROWS_CODE(decrypt_for_sharing(x, c.secret, sharing, c.random, {}), ErrorCode::invalid_argument);
        CHECK_THROWS_CODE(sharing_bits(sharing, 16), ErrorCode::invalid_argument);
    }
    Context other(roomy(4));
    CHECK_THROWS_CODE(decrypt_for_sharing(x, other.secret, kSharing, c.random, {}), ErrorCode::parameters_mismatch);
}

}  // namespace
}  // namespace ciphernet::ckks
