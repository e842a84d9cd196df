#include "tfhe/fft.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "arith/double_double.hpp"
#include "base/assert.hpp"

namespace ciphernet::tfhe {
namespace {

/// Of X^len = e^(2 pi i numerator / denominator).
struct Block {
    u64 numerator;
    u64 denominator;

    /// Part k of `radix`.
    Block part(u64 radix, u64 k) const { return {numerator + k * denominator, denominator * radix}; }
    /// s^j, s being the `radix`-th root.
    void root(u64 radix, u64 j, double& re, double& im) const {
        DoubleDouble cosine, sine;
        root_of_unity(j * numerator, denominator * radix, cosine, sine);
        re = cosine.hi;
        im = sine.hi;
    }
};

std::vector<Block> parts(const std::vector<Block>& blocks, u64 radix) {
    std::vector<Block> r;
    r.reserve(blocks.size() * radix);
    for (const Block& block : blocks)
        for (u64 k = 0; k < radix; ++k) r.push_back(block.part(radix, k));
    return r;
}

void append_roots(std::vector<double>& twiddles, const Block& block, u64 radix) {
    for (u64 j = 1; j < radix; ++j) {
        double re, im;
        block.root(radix, j, re, im);
        twiddles.push_back(re);
        twiddles.push_back(im);
    }
}

int log2_of(std::size_t n) {
    int r = 0;
    while (n > std::size_t{1} << r) ++r;
    return r;
}

/// Passes of radix 4 for `layers` layers of radix 2; where their count is odd, the last is one of radix 8. There blocks are
/// short: the streams of long ones lie a power of two apart, and sixteen of them do not fit into one set of the cache.
std::vector<std::uint8_t> radices_of(int layers) {
    std::vector<std::uint8_t> radices(static_cast<std::size_t>(layers / 2), 4);
    if (layers % 2 != 0) radices.back() = 8;
    return radices;
}

}  // namespace

Fft::Fft(std::size_t n, const Kernels& path) : path_(&path) {
    CIPHERNET_ASSERT(n >= kSmallest && n <= kLargest && (n & (n - 1)) == 0);
    const std::size_t lanes = path.fft_lanes;
    const std::vector<std::uint8_t> radices = radices_of(log2_of(n / 2) - 2 * log2_of(lanes));
    std::vector<Block> blocks{{1, 4}};
    std::vector<double> twiddles;
    for (std::size_t pass = 0; pass < radices.size(); ++pass) {
        table_.radices[pass] = radices[pass];
        for (const Block& block : blocks) append_roots(twiddles, block, radices[pass]);
        blocks = parts(blocks, radices[pass]);
    }
    while (twiddles.size() % 8 != 0) twiddles.push_back(0);
    const std::size_t last = twiddles.size();
    if (lanes > 1) {
        for (const Block& block : blocks) {
            append_roots(twiddles, block, lanes);
            for (u64 j = 1; j < lanes; ++j) {
                std::vector<double> re(lanes), im(lanes);
                for (u64 lane = 0; lane < lanes; ++lane) block.part(lanes, lane).root(lanes, j, re[lane], im[lane]);
                twiddles.insert(twiddles.end(), re.begin(), re.end());
                twiddles.insert(twiddles.end(), im.begin(), im.end());
            }
        }
    }
    twiddles_ = AlignedArray<double>(twiddles.size());
    std::copy(twiddles.begin(), twiddles.end(), twiddles_.data());
    std::size_t count = 1;
    std::size_t end = 0;
    for (const std::uint8_t radix : radices) {
        end += 2 * (radix - std::size_t{1}) * count;
        count *= radix;
    }
    table_.points = n / 2;
    table_.passes = radices.size();
    table_.twiddles = twiddles_.data();
    table_.twiddles_end = twiddles_.data() + end;
    table_.last_twiddles = twiddles_.data() + last;
    table_.scale = 0x1p-63 / static_cast<double>(n);
}

namespace {
constexpr double kUnit = 0x1p-53;
/// Of one layer of radix 2: a twiddle correct to u and a product with it, of four operations, in the norm.
constexpr double kLayerError = kUnit + 4 * kUnit / (1 - 4 * kUnit) * (0x1.6a09e667f3bcdp+0 + kUnit);
}  // namespace

double fft_error_bound(std::size_t n) {
    const double layers = log2_of(n / 2) * kLayerError;
    const double relative = layers / (1 - layers);
    return (2 * relative + 3 * kUnit) * (1 + relative) * (1 + relative) +
           relative * std::sqrt(static_cast<double>(n) / 2);
}

double fft_error_variance(std::size_t n) {
    // Three transforms and the products; about two roundings a layer and coordinate, spread over n coefficients.
    return (3 * 2 * log2_of(n / 2) + 4) * kUnit * kUnit / 4 / static_cast<double>(n);
}

}  // namespace ciphernet::tfhe
