#include "ckks/linear_transform.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "ckks/encoding.hpp"
#include "ring/operations.hpp"

namespace ciphernet::ckks {
namespace {

/// How many different baby steps and giant steps other than 0 a split needs.
struct Steps {
    std::set<int> babies, giants;

    Steps(std::span<const int> indices, int baby_steps) {
        for (const int k : indices) {
            if (k % baby_steps != 0) babies.insert(k % baby_steps);
            if (k >= baby_steps) giants.insert(k - k % baby_steps);
        }
    }
};

double cost_of(const KeySwitchShape& shape, const Steps& steps) {
    const double all = shape.limbs + shape.special;
    const double kept = shape.limbs;
    const double digits = shape.digits;
    // A transform in products of a limb: log2(N) / 2 butterflies of about 0.9 products.
    const double transform = 0.45 * shape.log_n;
    const double key = 2 * digits * all;
    // A baby step is a key and a permutation; a giant step is also a division of one part and a decomposition.
    const double baby = key + 2 * all;
    const double giant = key + 2 * all + transform * (all + digits * all) + kept * digits;
    return static_cast<double>(steps.babies.size()) * baby + static_cast<double>(steps.giants.size()) * giant;
}

int modulo(int index, int slots) { return ((index % slots) + slots) % slots; }

/// d with its entries turned by `steps`: entry i is what was entry i - steps, so that a rotation by `steps` of a product with
/// it is the product with d.
SlotVector turned_back(const SlotVector& d, int steps, int slots) {
    SlotVector r{std::vector<double>(static_cast<std::size_t>(slots)), {}};
    if (!d.im.empty()) r.im.resize(r.re.size());
    for (std::size_t i = 0; i < d.re.size(); ++i) {
        const auto to = (i + static_cast<std::size_t>(steps)) % r.re.size();
        r.re[to] = d.re[i];
        if (!d.im.empty()) r.im[to] = d.im[i];
    }
    return r;
}

/// log2 of the smallest power of two after which all entries repeat, in a vector of 2^log_slots.
int log_period(const SlotVector& d, int log_slots) {
    const auto repeats = [](const std::vector<double>& x, std::size_t period) {
        return std::equal(x.begin() + static_cast<std::ptrdiff_t>(period),
                          x.begin() + static_cast<std::ptrdiff_t>(2 * period), x.begin());
    };
    int log = log_slots;
    while (log > 0) {
        const std::size_t half = std::size_t{1} << (log - 1);
        if (!repeats(d.re, half) || (!d.im.empty() && !repeats(d.im, half))) break;
        --log;
    }
    return log;
}

void check_diagonal(const Diagonal& d, int slots) {
    const std::string name = "diagonal " + std::to_string(d.index);
    if (d.values.re.size() > static_cast<std::size_t>(slots) ||
        (!d.values.im.empty() && d.values.im.size() != d.values.re.size()))
        throw Error(ErrorCode::invalid_argument, "Expected at most " + std::to_string(slots) + " entries of " + name +
                                                     ", as many imaginary parts as real ones or none, but received " +
                                                     std::to_string(d.values.re.size()) + " and " +
                                                     std::to_string(d.values.im.size()) + ".");
    for (const auto* part : {&d.values.re, &d.values.im})
        for (std::size_t i = 0; i < part->size(); ++i)
            if (!std::isfinite((*part)[i]))
                throw Error(ErrorCode::not_finite,
                            "Entry " + std::to_string(i) + " of " + name + " is not a finite number.",
                            {{"index", std::to_string(d.index)}, {"entry", std::to_string(i)}});
}

}  // namespace

KeySwitchShape KeySwitchShape::of(const Parameters& parameters, int level) {
    const rlwe::Parameters& rlwe = parameters.rlwe();
    return {.log_n = rlwe.log_n(),
            .limbs = rlwe.limb_count(level),
            .special = rlwe.ring().p_count(),
            .digits = rlwe.digit_count(level)};
}

std::vector<int> rotations_of_split(std::span<const int> indices, int baby_steps) {
    Steps steps(indices, baby_steps);
    steps.babies.merge(steps.giants);
    return {steps.babies.begin(), steps.babies.end()};
}

std::vector<int> rotations_of_chain(std::span<const int> indices, int baby_steps, std::size_t slots) {
    Steps steps(indices, baby_steps);
    const int half = static_cast<int>(slots / 2);
    const int whole = static_cast<int>(slots);
    for (const int giant : steps.giants) steps.babies.insert(giant <= half ? baby_steps : whole - baby_steps);
    return {steps.babies.begin(), steps.babies.end()};
}

int choose_baby_steps(const KeySwitchShape& shape, std::span<const int> indices, std::size_t slots, int most_keys,
                      bool chained) {
    const int whole = static_cast<int>(slots);
    int best = 1;
    double best_cost = std::numeric_limits<double>::infinity();
    std::size_t fewest = std::numeric_limits<std::size_t>::max();
    // Powers of two and three times them: between neighbours the cost hardly moves. Only powers of two divide the slots, as
    // a chain needs that goes both ways.
    for (int power = 1; power <= whole; power *= 2) {
        for (const int n1 : {power, 3 * power}) {
            if (n1 > whole || (chained && n1 != power)) continue;
            const std::size_t keys =
                (chained ? rotations_of_chain(indices, n1, slots) : rotations_of_split(indices, n1)).size();
            const bool fits = keys <= static_cast<std::size_t>(most_keys);
            const double cost = cost_of(shape, Steps(indices, n1));
            const bool better = fits ? cost < best_cost : std::isinf(best_cost) && keys < fewest;
            if (!better) continue;
            best = n1;
            fewest = std::min(fewest, keys);
            if (fits) best_cost = cost;
        }
    }
    return best;
}

LinearTransform LinearTransform::encode(const std::shared_ptr<const Parameters>& parameters,
                                        std::span<const Diagonal> diagonals, int level,
                                        const LinearTransformOptions& options, const Execution& execution) {
    const rlwe::Parameters& rlwe = parameters->rlwe();
    const int log_slots = options.log_slots == -1 ? parameters->log_slots() : options.log_slots;
    CIPHERNET_ASSERT(parameters->log_slots() <= log_slots && log_slots < rlwe.log_n());
    const int slots = 1 << log_slots;
    if (level < 0 || level > parameters->max_level())
        throw Error(ErrorCode::invalid_argument, "Expected a level from 1 to " +
                                                     std::to_string(parameters->max_level()) + " but received " +
                                                     std::to_string(level) + ".");
    if (level == 0)
        throw Error(ErrorCode::level_exhausted, "A linear transform spends one level; at level 0 there is none left.",
                    {{"level", "0"}});
    if (!rlwe.has_special_primes())
        throw Error(ErrorCode::parameters_invalid,
                    "This parameter set has no key-switching primes (logP is empty), so it has no rotations.");
    if (options.baby_steps < 0 || options.baby_steps > slots || options.most_keys < 0)
        throw Error(ErrorCode::invalid_argument, "Expected from 0 to " + std::to_string(slots) +
                                                     " baby steps and a key budget of 0 or more but received " +
                                                     std::to_string(options.baby_steps) + " and " +
                                                     std::to_string(options.most_keys) + ".");
    if (diagonals.empty()) throw Error(ErrorCode::invalid_argument, "A linear transform needs at least one diagonal.");

    std::map<int, const SlotVector*> by_index;
    std::vector<double> rows(static_cast<std::size_t>(slots));
    for (const Diagonal& d : diagonals) {
        check_diagonal(d, slots);
        if (!by_index.emplace(modulo(d.index, slots), &d.values).second)
            throw Error(ErrorCode::invalid_argument, "Diagonal " + std::to_string(d.index) +
                                                         " is given twice (indices count modulo " +
                                                         std::to_string(slots) + ").");
        for (std::size_t i = 0; i < d.values.re.size(); ++i)
            rows[i] += d.values.im.empty() ? std::fabs(d.values.re[i]) : std::hypot(d.values.re[i], d.values.im[i]);
    }
    std::vector<int> indices;
    for (const auto& [index, values] : by_index) indices.push_back(index);
    const int n1 = options.baby_steps != 0
                       ? options.baby_steps
                       : choose_baby_steps(KeySwitchShape::of(*parameters, level), indices,
                                           static_cast<std::size_t>(slots), options.most_keys, options.chained);

    LinearTransform r(parameters, log_slots, level);
    r.giant_step_ = n1;
    r.chained_ = options.chained;
    r.norm_ = *std::max_element(rows.begin(), rows.end());
    std::set<int> babies;
    for (const int k : indices) babies.insert(k % n1);
    r.baby_steps_.assign(babies.begin(), babies.end());
    // Diagonals side by side; a single one is parallel inside.
    const std::vector<std::pair<int, const SlotVector*>> given(by_index.begin(), by_index.end());
    const Basis basis = rlwe.key_basis(level);
    const Execution inner = given.size() > 1 ? execution.sequential() : execution.untold();
    std::vector<std::optional<Encoded>> encoded(given.size());
    std::atomic<bool> zero = true;
    const StepReport steps(execution, given.size());
    execution.parallel_for(given.size(), [&](std::size_t k) {
        const auto& [index, values] = given[k];
        const SlotVector entries = turned_back(*values, index - index % n1, slots);
        const int period = log_period(entries, log_slots);
        const std::size_t once = std::size_t{1} << period;
        const WideIntegers coefficients =
            ckks::encode(parameters->ring(), basis, parameters->embeddings(), std::span(entries.re).first(once),
                         std::span(entries.im).first(std::min(once, entries.im.size())), period,
                         parameters->transform_scale(level), inner);
        const EvaluationPolynomial d = to_evaluation(coefficients, parameters->ring(), basis, inner);
        if (zero && std::any_of(d.limb(0), d.limb(0) + d.word_count(), [](u64 word) { return word != 0; }))
            zero = false;
        if (is_repeated(rlwe.log_n(), period))
            encoded[k] = RepeatedPolynomial::of(d, rlwe.log_n() - 1 - period);
        else
            encoded[k] = PackedPolynomial::pack(d, inner);
        steps.done();
    });
    if (zero) {
        // A matrix of zeros would give a ciphertext that anybody can read, and that no reader accepts: 1 / Delta in every
        // slot of a diagonal, less than its encoding is rounded by, keeps it encrypted.
        EvaluationPolynomial one = EvaluationPolynomial::zero(parameters->ring(), basis);
        add_constant(one, std::vector<u64>(static_cast<std::size_t>(basis.size()), 1), execution.untold());
        encoded[0] = PackedPolynomial::pack(one, execution.untold());
        r.norm_ = std::max(r.norm_, 1 / parameters->transform_scale(level).hi);
    }
    for (std::size_t k = 0; k < given.size(); ++k) {
        const int index = given[k].first;
        const int step = index - index % n1;
        if (r.giants_.empty() || r.giants_.back().step != step) r.giants_.push_back({step, {}});
        const auto baby = std::lower_bound(r.baby_steps_.begin(), r.baby_steps_.end(), index % n1);
        r.giants_.back().terms.push_back({static_cast<int>(baby - r.baby_steps_.begin()), std::move(*encoded[k])});
    }
    return r;
}

std::vector<int> LinearTransform::rotations() const {
    std::set<int> steps(baby_steps_.begin(), baby_steps_.end());
    for (const Giant& giant : giants_) {
        const bool forward = static_cast<std::size_t>(giant.step) <= slots() / 2;
        const int chain = forward ? giant_step_ : static_cast<int>(slots()) - giant_step_;
        if (giant.step != 0) steps.insert(chained_ ? chain : giant.step);
    }
    steps.erase(0);
    return {steps.begin(), steps.end()};
}

bool LinearTransform::is_repeated(int log_n, int log_period) {
    // Runs of fewer numbers than a vector holds would save little.
    constexpr int kLeastLogRun = 3;
    return log_n - 1 - log_period >= kLeastLogRun;
}

std::size_t LinearTransform::diagonal_count() const {
    std::size_t count = 0;
    for (const Giant& giant : giants_) count += giant.terms.size();
    return count;
}

std::size_t LinearTransform::byte_count() const {
    std::size_t bytes = 0;
    for (const Giant& giant : giants_)
        for (const Term& term : giant.terms)
            bytes += std::visit([](const auto& diagonal) { return diagonal.byte_count(); }, term.diagonal);
    return bytes;
}

}  // namespace ciphernet::ckks
