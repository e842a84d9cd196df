#include <bit>
#include <cmath>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "ckks/evaluator.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

void require_degree_one(const Ciphertext& a) {
    if (a.degree() != 1)
        throw Error(ErrorCode::degree_mismatch, "A rotation takes a ciphertext of degree 1. Relinearize it first.",
                    {{"degree", std::to_string(a.degree())}});
}

/// Steps within [0, slots): a rotation by the number of slots is none.
int normalised(int steps, std::size_t slots) {
    const auto count = static_cast<int>(slots);
    return ((steps % count) + count) % count;
}

std::string rotation_name(int steps) { return "a rotation by " + std::to_string(steps); }

}  // namespace

std::vector<Ciphertext> Evaluator::apply_galois(const Ciphertext& a,
                                                std::span<const rlwe::GaloisKey* const> keys) const {
    const int level = a.level();
    std::vector<rlwe::SwitchKey> switches;
    for (const rlwe::GaloisKey* key : keys) switches.push_back({&key->key, &key->automorphism});
    const rlwe::SwitchOptions options{
        .add = [&](int part, int i, u64*) { return part == 0 ? a.body.parts[0].limb(i) : nullptr; }};
    const double scale = std::pow(set().scale(level).hi, a.scale_degree);
    const double deviation = std::hypot(key_switch_deviation(set(), level, scale), rounding_deviation(set(), scale));
    std::vector<Ciphertext> results;
    for (auto& parts : rlwe::key_switch(rlwe(), a.body.parts[1], level, switches, options, execution_)) {
        Ciphertext& r = results.emplace_back(Ciphertext{parameters_,
                                                        {.level = level, .parts = {}, .mask_seed = {}},
                                                        a.scale_degree,
                                                        a.noise,
                                                        a.insecure || keys_->insecure});
        for (EvaluationPolynomial& part : parts) r.body.parts.push_back(std::move(part));
        r.noise.deviation += deviation;
    }
    return results;
}

Ciphertext Evaluator::automorphism(const Ciphertext& a, u32 element, const std::string& name) const {
    check(a);
    require_degree_one(a);
    const rlwe::GaloisKey* key = &galois_key(element, a.level(), name);
    return std::move(apply_galois(a, std::span(&key, 1))[0]);
}

const rlwe::GaloisKey& Evaluator::rotation_key(int steps, int level) const {
    return galois_key(rotation_element(ring(), normalised(steps, set().slots())), level, rotation_name(steps));
}

const rlwe::GaloisKey& Evaluator::galois_key_of_step(int steps, int level) const {
    return galois_key(rotation_element(ring(), steps), level, rotation_name(steps));
}

Ciphertext Evaluator::trace(const Ciphertext& a) const {
    Ciphertext r = a.copy();
    for (std::size_t steps = set().slots(); steps < ring().n() / 2; steps *= 2) {
        execution_.check();
        r = add(r, automorphism(r, rotation_element(ring(), static_cast<int>(steps)),
                                rotation_name(static_cast<int>(steps))));
    }
    return r;
}

Ciphertext Evaluator::rotate(const Ciphertext& a, int steps) const {
    const int turn = normalised(steps, set().slots());
    if (turn == 0) {
        check(a);
        return a.copy();
    }
    return automorphism(a, rotation_element(ring(), turn), rotation_name(steps));
}

std::vector<Ciphertext> Evaluator::rotate_hoisted(const Ciphertext& a, std::span<const int> steps) const {
    check(a);
    require_degree_one(a);
    std::vector<const rlwe::GaloisKey*> keys;
    for (const int s : steps)
        if (normalised(s, set().slots()) != 0) keys.push_back(&rotation_key(s, a.level()));
    std::vector<Ciphertext> turned = apply_galois(a, keys);
    std::vector<Ciphertext> results;
    auto next = turned.begin();
    for (const int s : steps) results.push_back(normalised(s, set().slots()) == 0 ? a.copy() : std::move(*next++));
    return results;
}

Ciphertext Evaluator::conjugate(const Ciphertext& a) const {
    return automorphism(a, conjugation_element(ring()), "conjugation");
}

std::array<Ciphertext, 2> Evaluator::split_complex(const Ciphertext& a) const {
    const Ciphertext conjugated = conjugate(a);
    return {add(a, conjugated), multiply_by_i(subtract(conjugated, a))};
}

Ciphertext Evaluator::inner_sum(const Ciphertext& a, int count, int stride) const {
    check(a);
    if (count < 1 || !std::has_single_bit(static_cast<unsigned>(count)) ||
        static_cast<std::size_t>(count) > set().slots())
        throw Error(ErrorCode::invalid_argument, "Expected the count of an inner sum to be a power of two from 1 to " +
                                                     std::to_string(set().slots()) + " but received " +
                                                     std::to_string(count) + ".");
    Ciphertext r = a.copy();
    for (int done = 1; done < count; done *= 2) {
        const i64 steps = static_cast<i64>(done) * stride % static_cast<i64>(set().slots());
        r = add(r, rotate(r, static_cast<int>(steps)));
    }
    return r;
}

}  // namespace ciphernet::ckks
