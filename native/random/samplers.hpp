#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "random/gaussian_table.hpp"
#include "random/stream.hpp"

namespace ciphernet {

// Every sampler is a function of the stream's bytes alone: the same on every machine and instruction set. Each says how
// it reads them, so that an independent program (tools/random_vectors.py) gives the same values.

/// r[i] uniform in [0, q), n of them. 1 <= q < 2^50.
/// Words of the stream in order, cut to the bits of q - 1; those not below q are skipped.
/// Constant time in the values given out: only the skipped ones, which are independent of them, show in the time.
void sample_uniform(std::uint64_t* r, std::size_t n, std::uint64_t q, Stream& stream);

/// r[i] uniform on {-1, 0, 1}, exactly.
/// Bytes of the stream in order; those above 242 = 3^5 - 1 are skipped, each other gives five ternary digits, lowest
/// first, less one. Constant time in r: only the positions of skipped bytes, independent of the rest, show in the time.
void sample_ternary(std::int8_t* r, std::size_t n, Stream& stream);

/// r[i] from the discrete Gaussian with kGaussianSigma = 3.19; |r[i]| <= 29, statistical distance below 2^-60 a sample.
/// One word of the stream a sample: the lowest bit is the sign, the upper 63 are looked up in the cumulative table.
/// Constant time in r: every entry is compared with every word, without branches; no floating point.
/// (Cumulative-table sampling, as in Bos, Costello, Naehrig, Stebila, 2014/599.)
void sample_gaussian(std::int32_t* r, std::size_t n, Stream& stream);

/// r[i] in {-1, 0, 1} with exactly `weight` nonzero entries, uniform among all such vectors. weight <= n < 2^32.
/// Floyd's algorithm (Bentley and Floyd, 1987) on words of the stream: the low bits, cut to those of the bound and
/// skipped above it, are the position, the top bit is the sign (1 for minus).
/// Constant time in r: positions are found and written by passing over the whole list and vector; only skipped words
/// show in the time. Takes n · weight + weight² steps, so for sparse secrets only.
void sample_fixed_weight(std::int8_t* r, std::size_t n, std::size_t weight, Stream& stream);

/// r[i] from the discrete Gaussian of variance kGaussianSigma² · ceil(sigma² / kGaussianSigma²), that is sigma²
/// rounded up by at most 10.2; for noise flooding. 0 < sigma <= 2^55, |r[i]| < 2^60.
/// A sum of base samples with the factors of wide_gaussian_factors. Statistical distance below 2^-52 a sample.
/// Constant time in r; sigma is public.
void sample_wide_gaussian(std::int64_t* r, std::size_t n, double sigma, Stream& stream);

/// Positive integers c_i with c_0 = 1 and sum of squares M = ceil(sigma² / kGaussianSigma²), up to 2^-50 of M.
/// Each satisfies c_i² <= 3.75 (c_0² + … + c_{i-1}²), under which the sum of a discrete Gaussian of variance
/// s² = kGaussianSigma² (c_0² + … + c_{i-1}²) and c_i times a fresh base sample is a discrete Gaussian up to a relative
/// error of 2^-59: c_i² / s² + 1 / kGaussianSigma² <= 1 / eta² with the smoothing parameter eta = 1.4636 of the integers
/// for epsilon = 2^-60, as a standard deviation. (Micciancio and Walter, 2017/259, section 4.) Public data only.
std::vector<std::int64_t> wide_gaussian_factors(double sigma);

}  // namespace ciphernet
