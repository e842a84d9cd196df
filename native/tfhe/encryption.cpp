#include "tfhe/encryption.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "base/secret_array.hpp"
#include "tfhe/sampling.hpp"

namespace ciphernet::tfhe {
namespace {

void require_messages(const Parameters& parameters, std::span<const u32> messages) {
    const u32 end = 2 * parameters.message_count();
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (messages[i] >= end)
            throw Error(ErrorCode::value_out_of_range,
                        "Expected messages from 0 to " + std::to_string(end - 1) + " (" +
                            std::to_string(parameters.message_bits()) + " bits and the padding bit) but received " +
                            std::to_string(messages[i]) + " at index " + std::to_string(i) + ".",
                        {{"index", std::to_string(i)}, {"value", std::to_string(messages[i])}});
}

/// The sum of the mask's words where the key has a one. Constant time.
u64 masked_sum(const u64* mask, std::span<const std::uint8_t> key) {
    u64 sum = 0;
    for (std::size_t i = 0; i < key.size(); ++i) sum += mask[i] & (0 - static_cast<u64>(key[i]));
    return sum;
}

}  // namespace

SeededLweBatch encrypt(const SecretKey& key, std::span<const u32> messages, RandomSource& random,
                       const Execution& execution) {
    const Parameters& parameters = *key.parameters();
    require_messages(parameters, messages);
    const PublicSeed seed = random.next_public_seed();
    const SecretSeed error_seed = random.next_secret_seed();
    SeededLweBatch r{key.parameters(), seed, std::vector<u64>(messages.size()), key.insecure() || random.insecure()};
    execution.parallel_for(messages.size(), [&](std::size_t i) {
        AlignedBuffer mask(parameters.big_dimension());
        Stream(seed, i, 0).fill_u64(mask.span());
        SecretArray<u64> error(1);
        Stream stream(error_seed, Domain::error, i, 0);
        sample_tuniform(error.span(), parameters.literal().glwe_noise, stream);
        r.bodies[i] = masked_sum(mask.data(), key.glwe()) + messages[i] * parameters.delta() + error.data()[0];
    });
    return r;
}

LweBatch expand(const SeededLweBatch& seeded, const Execution& execution) {
    LweBatch r(seeded.parameters, seeded.bodies.size(), seeded.insecure);
    const std::size_t dimension = seeded.parameters->big_dimension();
    execution.parallel_for(r.size(), [&](std::size_t i) {
        Stream(seeded.seed, i, 0).fill_u64({r.at(i), dimension});
        r.at(i)[dimension] = seeded.bodies[i];
    });
    return r;
}

LweBatch trivial(std::shared_ptr<const Parameters> parameters, std::span<const u32> messages) {
    require_messages(*parameters, messages);
    const bool insecure = parameters->security() == Security::none;
    LweBatch r(std::move(parameters), messages.size(), insecure);
    const std::size_t dimension = r.parameters()->big_dimension();
    for (std::size_t i = 0; i < messages.size(); ++i) {
        std::fill_n(r.at(i), dimension, u64{0});
        r.at(i)[dimension] = messages[i] * r.parameters()->delta();
    }
    return r;
}

std::vector<u64> phases(const SecretKey& key, const LweBatch& ciphertexts, const Execution& execution) {
    require_same(*key.parameters(), *ciphertexts.parameters(), "The ciphertext");
    std::vector<u64> r(ciphertexts.size());
    execution.parallel_for(ciphertexts.size(), [&](std::size_t i) {
        const u64* words = ciphertexts.at(i);
        r[i] = words[key.glwe().size()] - masked_sum(words, key.glwe());
    });
    return r;
}

std::vector<u32> decrypt(const SecretKey& key, const LweBatch& ciphertexts, const Execution& execution) {
    const u64 delta = key.parameters()->delta();
    const std::vector<u64> noisy = phases(key, ciphertexts, execution);
    std::vector<u32> r(noisy.size());
    std::ranges::transform(noisy, r.begin(), [&](u64 phase) { return static_cast<u32>((phase + delta / 2) / delta); });
    return r;
}

}  // namespace ciphernet::tfhe
