#include "tfhe/key_generator.hpp"

#include <algorithm>
#include <utility>

#include "base/secret_array.hpp"
#include "random/stream.hpp"
#include "tfhe/sampling.hpp"

namespace ciphernet::tfhe {
namespace {

/// Products of uniform words with the secret polynomials, exact modulo 2^64: in pieces of kPieceBits, whose products stay
/// below 2^(kPieceBits + 16) and come out of the transform within 2^-4 of the integers that they are. (A whole word would
/// lose its low bits, and with them the noise.)
class SecretPolynomials {
public:
    explicit SecretPolynomials(const SecretKey& key) : fft_(key.parameters()->fft()), points_(key.glwe().size()) {
        SecretArray<u64> words(fft_.n());
        for (std::size_t j = 0; j < key.parameters()->glwe_dimension(); ++j) {
            std::copy_n(key.glwe().data() + j * fft_.n(), fft_.n(), words.data());
            fft_.forward_torus(points_.data() + j * fft_.n(), words.data());
        }
    }

    /// r += a S_j
    void add_product(u64* r, const u64* a, std::size_t j) const {
        const std::size_t n = fft_.n();
        SecretArray<double> piece(n), product(n);
        SecretArray<u64> words(n);
        for (int shift = 0; shift < 64; shift += kPieceBits) {
            const int bits = std::min(kPieceBits, 64 - shift);
            fft_.forward_digits(piece.data(), a, {0, 64 - bits - shift, 64 - bits, 0});
            multiply(product.data(), piece.data(), points_.data() + j * n, n / 2);
            std::ranges::fill(words.span(), u64{0});
            fft_.inverse_add(words.data(), product.data());
            for (std::size_t i = 0; i < n; ++i) r[i] += words.data()[i] << shift;
        }
    }

private:
    static constexpr int kPieceBits = 22;

    /// r = a b, point by point.
    static void multiply(double* r, const double* a, const double* b, std::size_t points) {
        for (std::size_t i = 0; i < points; ++i) {
            r[i] = a[i] * b[i] - a[points + i] * b[points + i];
            r[points + i] = a[i] * b[points + i] + a[points + i] * b[i];
        }
    }

    const Fft& fft_;
    SecretArray<double> points_;
};

void make_key_switch_row(SeededEvaluationKeys& keys, const SecretKey& key, const SecretSeed& error_seed,
                         std::size_t row) {
    const Parameters& parameters = *key.parameters();
    const std::size_t levels = parameters.key_switch_levels();
    const int base_log = parameters.literal().key_switch.base_log;
    std::vector<u32> mask(parameters.lwe_dimension());
    expand_uniform_32(mask.data(), mask.size(), keys.key_switch_seed, row);
    SecretArray<u64> error(1);
    Stream stream(error_seed, Domain::error, row, 0);
    sample_tuniform(error.span(), parameters.literal().lwe_noise - 32, stream);
    u32 sum = static_cast<u32>(error.data()[0]);
    for (std::size_t i = 0; i < mask.size(); ++i) sum += mask[i] & (0 - static_cast<u32>(key.lwe()[i]));
    const int shift = 32 - base_log * (static_cast<int>(row % levels) + 1);
    keys.key_switch_bodies[row] = sum + (static_cast<u32>(key.glwe()[row / levels]) << shift);
}

void make_ggsw(SeededEvaluationKeys& keys, const SecretKey& key, const SecretPolynomials& secrets,
               const SecretSeed& error_seed, std::size_t i) {
    const Parameters& parameters = *key.parameters();
    const std::size_t n = parameters.n();
    const std::size_t k = parameters.glwe_dimension();
    const std::size_t levels = parameters.bootstrap_levels();
    AlignedBuffer mask(n);
    const u64 bit = 0 - static_cast<u64>(key.lwe()[i]);
    for (std::size_t row = 0; row < parameters.ggsw_rows(); ++row) {
        const u64 object = i * parameters.ggsw_rows() + row;
        u64* body = keys.bootstrap_bodies.data() + object * n;
        Stream stream(error_seed, Domain::error, object, 0);
        sample_tuniform({body, n}, parameters.literal().glwe_noise, stream);
        for (std::size_t j = 0; j < k; ++j) {
            Stream(keys.bootstrap_seed, object, static_cast<u32>(j)).fill_u64(mask.span());
            secrets.add_product(body, mask.data(), j);
        }
        const int level = static_cast<int>(row % levels) + 1;
        const u64 gadget = (u64{1} << (64 - parameters.literal().bootstrap.base_log * level)) & bit;
        if (row / levels == k) {
            body[0] += gadget;
        } else {
            const std::uint8_t* secret = key.glwe().data() + row / levels * n;
            for (std::size_t c = 0; c < n; ++c) body[c] -= gadget & (0 - static_cast<u64>(secret[c]));
        }
    }
}

}  // namespace

SeededEvaluationKeys generate_evaluation_keys(const SecretKey& key, RandomSource& random, const Execution& execution) {
    const Parameters& parameters = *key.parameters();
    SeededEvaluationKeys keys{key.parameters(),
                              random.next_public_seed(),
                              std::vector<u32>(parameters.big_dimension() * parameters.key_switch_levels()),
                              random.next_public_seed(),
                              AlignedBuffer(parameters.lwe_dimension() * parameters.ggsw_rows() * parameters.n()),
                              key.insecure() || random.insecure()};
    const SecretSeed switch_errors = random.next_secret_seed();
    const SecretSeed bootstrap_errors = random.next_secret_seed();
    const SecretPolynomials secrets(key);
    const StepReport report(execution, parameters.lwe_dimension());
    execution.parallel_for(keys.key_switch_bodies.size(),
                           [&](std::size_t row) { make_key_switch_row(keys, key, switch_errors, row); });
    execution.parallel_for(parameters.lwe_dimension(), [&](std::size_t i) {
        make_ggsw(keys, key, secrets, bootstrap_errors, i);
        report.done();
    });
    return keys;
}

}  // namespace ciphernet::tfhe
