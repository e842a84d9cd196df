#include "ring/mixed_radix.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>
#include <vector>

#include "base/assert.hpp"
#include "kernels/kernels.hpp"
#include "ring/operations.hpp"

namespace ciphernet {
namespace {

/// Coefficients handled together: the residues of some thirty limbs stay in the second-level cache.
constexpr std::size_t kBlock = 512;

/// Numbers that a thread makes integers of at a time; they stay in the first-level cache.
constexpr std::size_t kStretch = 1024;

constexpr int kWordBits = 49;
/// Digits lie within 1.25 * 2^48 of zero: half a unit of the digit above, and a lower part beyond it.
constexpr u64 kExcess = u64{1} << 49;

/// The integer nearest to x, |x| <= 2^51: a sum in [2^52, 2^53) has no room for a fraction, and its low bits are the
/// integer's.
constexpr double kRounder = 0x1.8p52;
double nearest(double x) { return (x + kRounder) - kRounder; }
u64 excess_word(double integer) {
    return std::bit_cast<u64>(integer + kRounder) - (std::bit_cast<u64>(kRounder) - kExcess);
}

/// x < 2^52: beside the exponent of 2^52 a word is 2^52 + x.
double as_double(u64 x) { return std::bit_cast<double>(x | std::bit_cast<u64>(0x1p52)) - 0x1p52; }

double high(double x) { return x; }
double high(DoubleDouble x) { return x.hi; }
double low(double) { return 0; }
double low(DoubleDouble x) { return x.lo; }

void store(DoubleDouble& r, DoubleDouble x) { r = x; }
void store(double& r, DoubleDouble x) { r = x.hi; }

}  // namespace

MixedRadix::MixedRadix(const Ring& ring) : ring_(&ring) {
    const auto limbs = static_cast<std::size_t>(ring.q_count());
    steps_.reserve(limbs * (limbs - 1) / 2);
    for (int i = 1; i < ring.q_count(); ++i) {
        const Modulus& q = ring.modulus(i);
        for (int t = 0; t < i; ++t) {
            const u64 radix = ring.modulus(t).value();
            const u64 inverse = q.inverse(q.reduce(radix));
            steps_.push_back({{inverse, q.negate(inverse), q.multiply(inverse, q.reduce((radix - 1) / 2))}});
        }
    }
}

std::size_t MixedRadix::digits(u64* rows, const u64* const* residues, const u64* ones,
                               const CoefficientPolynomial& a) const {
    const auto limbs = static_cast<std::size_t>(a.limb_count());
    for (std::size_t t = 0; t < limbs; ++t) {
        // Only the first step finds the residues elsewhere; it leaves those of the quotient in the rows.
        const auto row = [&](std::size_t i) { return t == 0 ? residues[i] : rows + i * kBlock; };
        const Modulus& q = a.modulus(static_cast<int>(t));
        u64* digit = rows + t * kBlock;
        const u64* shifted[] = {row(t), ones};
        const u64 weights[] = {1, (q.value() - 1) / 2};
        kernels().dot_scalar(digit, shifted, weights, 2, kBlock, &q.constants());
        u64 rest[8] = {};  // lane by lane, so that the loop is no chain
        for (std::size_t i = t + 1; i < limbs; ++i) {
            u64* quotient = rows + i * kBlock;
            const u64* terms[] = {row(i), digit, ones};
            kernels().dot_scalar(quotient, terms, step(t, i).w, 3, kBlock, &a.modulus(static_cast<int>(i)).constants());
            for (std::size_t k = 0; k < kBlock; k += 8)
                for (std::size_t lane = 0; lane < 8; ++lane) rest[lane] |= quotient[k + lane];
        }
        if (std::all_of(std::begin(rest), std::end(rest), [](u64 word) { return word == 0; })) return t + 1;
    }
    return limbs;
}

template <class Real>
void MixedRadix::compose_blocks(Real* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                                const Execution& execution) const {
    CIPHERNET_ASSERT(&a.ring() == ring_ && a.basis().p == 0 && a.limb_count() > 0);
    CIPHERNET_ASSERT(count * stride <= a.n() && count > 0);
    const auto limbs = static_cast<std::size_t>(a.limb_count());
    std::vector<double> radix(limbs);
    std::vector<double> half(limbs);
    for (std::size_t t = 0; t < limbs; ++t) {
        radix[t] = static_cast<double>(a.modulus(static_cast<int>(t)).value());
        half[t] = (radix[t] - 1) / 2;  // primes are odd: exact
    }
    // A few runs of blocks a task: the workspace is allocated once for each.
    constexpr std::size_t kRun = 4 * kBlock;
    execution.parallel_for((count + kRun - 1) / kRun, [&](std::size_t run) {
        AlignedBuffer workspace((limbs + 1) * kBlock);
        u64* rows = workspace.data();
        u64* ones = rows + limbs * kBlock;
        std::fill_n(ones, kBlock, u64{1});
        std::vector<const u64*> residues(limbs);
        const std::size_t end = std::min(count, (run + 1) * kRun);
        for (std::size_t begin = run * kRun; begin < end; begin += kBlock) {
            const std::size_t size = std::min(kBlock, end - begin);
            for (std::size_t i = 0; i < limbs; ++i) {
                const u64* limb = a.limb(static_cast<int>(i)) + begin * stride;
                u64* row = rows + i * kBlock;
                residues[i] = stride == 1 && size == kBlock ? limb : row;
                if (residues[i] == limb) continue;
                for (std::size_t k = 0; k < size; ++k) row[k] = limb[k * stride];
                std::fill(row + size, row + kBlock, u64{0});
            }
            const std::size_t used = digits(rows, residues.data(), ones, a);
            const auto digit = [&](std::size_t t, std::size_t k) { return as_double(rows[t * kBlock + k]) - half[t]; };
            DoubleDouble x[kBlock];
            for (std::size_t k = 0; k < kBlock; ++k) x[k] = {digit(used - 1, k), 0};
            for (std::size_t t = used - 1; t-- > 0;)
                for (std::size_t k = 0; k < kBlock; ++k) x[k] = x[k] * radix[t] + digit(t, k);
            for (std::size_t k = 0; k < size; ++k) store(r[begin + k], x[k]);
        }
    });
}

void MixedRadix::compose(DoubleDouble* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                         const Execution& execution) const {
    compose_blocks(r, a, count, stride, execution);
}

void MixedRadix::compose(double* r, const CoefficientPolynomial& a, std::size_t count, std::size_t stride,
                         const Execution& execution) const {
    compose_blocks(r, a, count, stride, execution);
}

template <class Real>
void WideIntegers::fill(std::span<const Real> x, double bound, std::size_t stride, const Execution& execution) {
    CIPHERNET_ASSERT(bound <= 0x1p1000 && stride > 0);
    padded_ = (x.size() * stride + 7) / 8 * 8;
    // k words hold |x| <= 2^(49k - 1), whose leading digit is at most 2^48.
    count_ = 1;
    while (bound > std::ldexp(1.0, static_cast<int>(count_) * kWordBits - 1)) ++count_;
    words_ = AlignedBuffer((count_ + 1) * padded_);
    u64* ones = words_.data() + count_ * padded_;
    execution.parallel_for((x.size() + kStretch - 1) / kStretch, [&](std::size_t stretch) {
        const std::size_t begin = stretch * kStretch;
        const std::size_t size = std::min(kStretch, x.size() - begin);
        const std::size_t first = begin * stride;
        const std::size_t end = begin + size == x.size() ? padded_ : first + size * stride;
        double hi[kStretch], lo[kStretch];
        for (std::size_t i = 0; i < size; ++i) {
            hi[i] = high(x[begin + i]);
            lo[i] = low(x[begin + i]);
        }
        std::fill(ones + first, ones + end, u64{1});
        // Zeros where no number stands.
        if (end - first != size)
            for (std::size_t j = 0; j < count_; ++j)
                std::fill(words_.data() + j * padded_ + first, words_.data() + j * padded_ + end, kExcess);
        for (std::size_t j = count_ - 1; j > 0; --j) {
            const double unit = std::ldexp(1.0, static_cast<int>(j) * kWordBits);
            const double unit_inverse = 1 / unit;
            u64* word = words_.data() + j * padded_ + first;
            for (std::size_t i = 0; i < size; ++i) {
                const double digit = nearest(hi[i] * unit_inverse);
                // hi - digit * unit is a multiple of hi's last place below unit/2 or hi itself: exact. So is the sum
                // that makes hi the leading part again.
                const double rest = hi[i] - digit * unit;
                const double sum = rest + lo[i];
                const double tail = rest - sum;
                word[i * stride] = excess_word(digit);
                hi[i] = sum;
                lo[i] = tail + lo[i];
            }
        }
        u64* word = words_.data() + first;
        for (std::size_t i = 0; i < size; ++i) {
            const double integer = nearest(hi[i]);
            const double rest = hi[i] - integer;
            // Half-way in hi: lo decides (the rounder went to even). Nowhere else can it, since it is at most half a unit
            // in hi's last place.
            const double up = rest == 0.5 && lo[i] >= 0 ? 1.0 : 0.0;
            const double down = rest == -0.5 && lo[i] < 0 ? 1.0 : 0.0;
            word[i * stride] = excess_word(integer + (up - down));
        }
    });
}

WideIntegers::WideIntegers(std::span<const double> x, double bound, std::size_t stride, const Execution& execution) {
    fill(x, bound, stride, execution);
}
WideIntegers::WideIntegers(std::span<const DoubleDouble> x, double bound, std::size_t stride,
                           const Execution& execution) {
    fill(x, bound, stride, execution);
}

void WideIntegers::reduce(u64* r, const Modulus& q) const {
    std::vector<const u64*> terms(count_ + 1);
    std::vector<u64> weights(count_ + 1);
    u64 excess = 0;
    u64 weight = 1;
    const u64 unit = q.reduce(u64{1} << kWordBits);
    for (std::size_t j = 0; j < count_; ++j) {
        terms[j] = words_.data() + j * padded_;
        weights[j] = weight;
        excess = q.add(excess, q.multiply(weight, q.reduce(kExcess)));
        weight = q.multiply(weight, unit);
    }
    terms[count_] = words_.data() + count_ * padded_;
    weights[count_] = q.negate(excess);
    kernels().dot_scalar(r, terms.data(), weights.data(), count_ + 1, padded_, &q.constants());
}

EvaluationPolynomial to_evaluation(const WideIntegers& coefficients, const Ring& ring, Basis basis,
                                   const Execution& execution) {
    CIPHERNET_ASSERT(coefficients.padded_count() == ring.n());
    EvaluationPolynomial r(ring, basis);
    for_each_limb(execution, ring.n(), r.limb_count(), [&](int i) {
        coefficients.reduce(r.limb(i), r.modulus(i));
        ring.ntt(r.prime(i)).forward(r.limb(i));
    });
    return r;
}

}  // namespace ciphernet
