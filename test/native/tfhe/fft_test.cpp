#include "tfhe/fft.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/test.hpp"

namespace ciphernet::tfhe {
namespace {

using test::Int128;

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

/// a b modulo X^n + 1 and 2^64 by the definition.
std::vector<u64> schoolbook(const std::vector<i64>& a, const std::vector<u64>& b) {
    const std::size_t n = a.size();
    std::vector<u64> r(n, 0);
    for (std::size_t i = 0; i < n; ++i) {
        const u64 x = static_cast<u64>(a[i]);
        for (std::size_t j = 0; j < n - i; ++j) r[i + j] += x * b[j];
        for (std::size_t j = n - i; j < n; ++j) r[i + j - n] -= x * b[j];
    }
    return r;
}

/// The digit, in integers: x + offset modulo 2^64, cut out and centred.
i64 digit_of(u64 x, const GadgetDigit& digit) {
    return static_cast<i64>((x + digit.offset) << digit.shift_left >> digit.shift_right) - static_cast<i64>(digit.half);
}

constexpr GadgetDigit kDigit{0x0000015000000000, 5, 42, 0x1p21};

std::vector<u64> words(Rng& rng, std::size_t n) {
    std::vector<u64> r(n);
    for (u64& x : r) x = rng.next();
    r[0] = 0;
    r[1] = ~u64{0};
    r[2] = u64{1} << 63;
    r[n - 1] = (u64{1} << 63) - 1;
    return r;
}

double norm(const std::vector<i64>& a) {
    double sum = 0;
    for (const i64 x : a) sum += static_cast<double>(x) * static_cast<double>(x);
    return std::sqrt(sum);
}

std::vector<i64> as_signed(const std::vector<u64>& a) {
    std::vector<i64> r(a.size());
    std::ranges::transform(a, r.begin(), [](u64 x) { return static_cast<i64>(x); });
    return r;
}

/// What a product of the digits of a and the words b gives on a path, on top of `start`.
std::vector<u64> product(const Fft& fft, const std::vector<u64>& a, const std::vector<u64>& b, u64 start) {
    const std::size_t n = fft.n();
    AlignedArray<double> digits(n), torus(n), chunks(n), sum(n);
    fft.forward_digits(digits.data(), a.data(), kDigit);
    fft.forward_torus(torus.data(), b.data());
    for (std::size_t i = 0; i < n / 2; ++i) {
        const std::size_t at = i / kFftChunk * 2 * kFftChunk + i % kFftChunk;
        chunks.data()[at] = torus.data()[i];
        chunks.data()[at + kFftChunk] = torus.data()[n / 2 + i];
    }
    double* const r = sum.data();
    const double* const left = digits.data();
    fft.path().fft_external_product(&r, &left, chunks.data(), 1, 1, 1, n / 2);
    std::vector<u64> result(n, start);
    fft.inverse_add(result.data(), r);
    return result;
}

TEST("the Fourier transform turns negacyclic convolution into a product of points, within its bound") {
    Rng rng(81);
    for (std::size_t n = Fft::kSmallest; n <= 8192; n *= 2) {
        const std::vector<u64> a = words(rng, n);
        const std::vector<u64> b = words(rng, n);
        std::vector<i64> digits(n);
        std::ranges::transform(a, digits.begin(), [](u64 x) { return digit_of(x, kDigit); });
        const std::vector<u64> exact = schoolbook(digits, b);
        const double norms = norm(digits) * norm(as_signed(b));
        for (const Kernels* path : paths()) {
            const Fft fft(n, *path);
            const std::vector<u64> found = product(fft, a, b, 12345);
            double worst = 0;
            double squares = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const auto error = static_cast<double>(static_cast<i64>(found[i] - 12345 - exact[i]));
                worst = std::max(worst, std::fabs(error));
                squares += error * error;
            }
            CHECK_LE(worst, fft_error_bound(n) * norms + 1);
            CHECK_NEAR(squares / static_cast<double>(n) / (fft_error_variance(n) * norms * norms), 0.85, 0.25);
        }
    }
}

TEST("a product with a power of X turns a polynomial at every size, also where schoolbook takes too long") {
    Rng rng(82);
    for (std::size_t n = Fft::kSmallest; n <= Fft::kLargest; n *= 2) {
        const std::vector<u64> b = words(rng, n);
        for (const Kernels* path : paths()) {
            const Fft fft(n, *path);
            const std::size_t k = static_cast<std::size_t>(rng.below(n));
            // The digit of a word is 1 at k and 0 elsewhere.
            const u64 zero = (u64{1} << 58) - kDigit.offset;
            std::vector<u64> a(n, zero);
            a[k] += u64{1} << 37;
            const std::vector<u64> found = product(fft, a, b, 0);
            const double bound = fft_error_bound(n) * norm(as_signed(b)) + 1;
            double worst = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const u64 expected = i >= k ? b[i - k] : 0 - b[n - k + i];
                worst = std::max(worst, std::fabs(static_cast<double>(static_cast<i64>(found[i] - expected))));
            }
            CHECK_LE(worst, bound);
        }
    }
}

TEST("external products sum over rows, for any number of ciphertexts and columns, each alike") {
    Rng rng(83);
    constexpr std::size_t kPoints = 256;
    for (const Kernels* path : paths()) {
        for (const std::size_t columns : {1U, 2U, 3U, 5U}) {
            const std::size_t rows = 2 * columns;
            std::vector<double> key(rows * columns * 2 * kPoints);
            for (double& x : key) x = static_cast<double>(rng.below(2001)) - 1000;
            std::vector<std::vector<double>> digits(3, std::vector<double>(rows * 2 * kPoints));
            for (auto& row : digits)
                for (double& x : row) x = static_cast<double>(rng.below(2001)) - 1000;
            std::vector<std::vector<double>> together(3, std::vector<double>(columns * 2 * kPoints));
            std::vector<double> alone(columns * 2 * kPoints);
            double* r[] = {together[0].data(), together[1].data(), together[2].data()};
            const double* a[] = {digits[0].data(), digits[1].data(), digits[2].data()};
            path->fft_external_product(r, a, key.data(), 3, rows, columns, kPoints);
            for (std::size_t t = 0; t < 3; ++t) {
                double* const to = alone.data();
                path->fft_external_product(&to, a + t, key.data(), 1, rows, columns, kPoints);
                CHECK(alone == together[t]);
            }
            // Whole numbers: every path is exact.
            bool exact = true;
            for (std::size_t c = 0; c < columns; ++c) {
                for (std::size_t i = 0; i < kPoints; ++i) {
                    double re = 0, im = 0;
                    for (std::size_t row = 0; row < rows; ++row) {
                        const double* w = key.data() + ((i / 8 * rows + row) * columns + c) * 16 + i % 8;
                        const double* x = digits[2].data() + 2 * row * kPoints + i;
                        re += x[0] * w[0] - x[kPoints] * w[8];
                        im += x[0] * w[8] + x[kPoints] * w[0];
                    }
                    exact = exact && alone[2 * c * kPoints + i] == re && alone[(2 * c + 1) * kPoints + i] == im;
                }
            }
            CHECK(exact);
        }
    }
}

TEST("turning and subtracting is (X^shift - 1) a for every shift") {
    Rng rng(84);
    constexpr std::size_t kSize = 512;
    const std::vector<u64> a = words(rng, kSize);
    for (const Kernels* path : paths()) {
        bool right = true;
        for (std::size_t shift = 0; shift < 2 * kSize; ++shift) {
            std::vector<u64> r(kSize);
            path->turn_subtract(r.data(), a.data(), shift, kSize);
            for (std::size_t i = 0; i < kSize; ++i) {
                const std::size_t from = (i + 2 * kSize - shift) % (2 * kSize);
                const u64 turned = from < kSize ? a[from] : 0 - a[from - kSize];
                right = right && r[i] == turned - a[i];
            }
        }
        CHECK(right);
    }
}

}  // namespace
}  // namespace ciphernet::tfhe
