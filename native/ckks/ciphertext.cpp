#include "ckks/ciphertext.hpp"

namespace ciphernet::ckks {

Ciphertext Ciphertext::copy() const {
    Ciphertext r{
        parameters, {.level = body.level, .parts = {}, .mask_seed = body.mask_seed}, scale_degree, noise, insecure};
    for (const EvaluationPolynomial& part : body.parts) r.body.parts.push_back(part.copy());
    return r;
}

std::size_t Ciphertext::byte_count() const {
    std::size_t words = 0;
    for (const EvaluationPolynomial& part : body.parts) words += part.word_count();
    return words * sizeof(u64);
}

}  // namespace ciphernet::ckks
