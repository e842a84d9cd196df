#include "rlwe/sampling.hpp"

#include <cstdint>
#include <vector>

#include "base/wipe.hpp"
#include "random/samplers.hpp"
#include "ring/operations.hpp"

namespace ciphernet::rlwe {
namespace {

template <class Integer>
CoefficientPolynomial to_polynomial(const Ring& ring, Basis basis, std::vector<Integer>& values) {
    CoefficientPolynomial r = from_signed(ring, basis, std::span<const Integer>(values));
    secure_wipe(values.data(), values.size() * sizeof(Integer));
    return r;
}

}  // namespace

CoefficientPolynomial sample_error(const Ring& ring, Basis basis, const SecretSeed& seed, u64 object) {
    std::vector<std::int32_t> values(ring.n());
    Stream stream(seed, Domain::error, object, 0);
    sample_gaussian(values.data(), values.size(), stream);
    return to_polynomial(ring, basis, values);
}

CoefficientPolynomial sample_ephemeral(const Ring& ring, Basis basis, const SecretSeed& seed, u64 object) {
    std::vector<std::int8_t> values(ring.n());
    Stream stream(seed, Domain::ephemeral, object, 0);
    sample_ternary(values.data(), values.size(), stream);
    return to_polynomial(ring, basis, values);
}

}  // namespace ciphernet::rlwe
