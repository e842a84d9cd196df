#pragma once

#include <cstddef>
#include <span>

#include "base/aligned_buffer.hpp"
#include "kernels/kernels.hpp"

namespace ciphernet::tfhe {

/// The negacyclic Fourier transform: a polynomial a of degree below n with real coefficients modulo X^n + 1 at the n/2 roots
/// of X^(n/2) = i, which has a_k + i a_(k + n/2) as its coefficients there. Their conjugates have the conjugate values, so
/// that a product of values is the product of the polynomials.
///
/// From X^len = e^(i theta) a pass of radix r goes to the r factors X^(len/r) = s e^(2 pi i k / r), s = e^(i theta / r): the
/// negacyclic twist is merged into the twiddles, as in the NTT, and nothing is brought into another order.
class Fft {
public:
    static constexpr std::size_t kSmallest = 512;
    static constexpr std::size_t kLargest = 65536;

    /// Tables for n coefficients, a power of two in [kSmallest, kLargest], for the instruction set of `path`.
    explicit Fft(std::size_t n, const Kernels& path = kernels());

    std::size_t n() const { return 2 * table_.points; }
    /// Complex numbers of a transform; it takes as many doubles as there are coefficients.
    std::size_t points() const { return table_.points; }
    const FftTable& table() const { return table_; }
    const Kernels& path() const { return *path_; }

    void forward_torus(double* r, const u64* a) const { path_->fft_forward_torus(r, a, &table_); }
    void forward_digits(double* r, const u64* a, const GadgetDigit& digit) const {
        path_->fft_forward_digits(r, a, digit, &table_);
    }
    void inverse_add(u64* r, double* a) const { path_->fft_inverse_add(r, a, &table_); }

private:
    const Kernels* path_;
    AlignedArray<double> twiddles_;
    FftTable table_{};
};

/// A bound for one product a b of polynomials of n coefficients through the transform, times |a| |b| (Euclidean norms):
/// no coefficient is off by more, the rounding to an integer (1/2) apart. The transforms of both operands are off
/// by at most layers · eta of their norms each (Higham, "Accuracy and stability of numerical algorithms", 2002, theorem
/// 24.2), a product of points by 3 u; by Cauchy and Schwarz their sum over the points bounds every coefficient. The
/// inverse transform adds layers · eta of the norm of the product, which is at most sqrt(n / 2) |a| |b|.
double fft_error_bound(std::size_t n);

/// The variance of such an error, times |a|^2 |b|^2: roundings of relative variance u^2 / 4 taken as independent. What the
/// noise formulas use; measured variances are 0.7 to 1 of it on every path.
double fft_error_variance(std::size_t n);

}  // namespace ciphernet::tfhe
