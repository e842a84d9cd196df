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

/// Layers of radix 2 before the last pass, in passes of radix 8 where the registers hold one (and where the count is odd), else of
/// radix 4.
std::vector<std::uint8_t> radices_of(int layers, std::size_t lanes) {
    std::vector<std::uint8_t> radices;
    const int most_eights = lanes == 8 ? layers / 3 : layers % 2;
    int eights = most_eights;
    while ((layers - 3 * eights) % 2 != 0) --eights;
    for (int i = 0; i < (layers - 3 * eights) / 2; ++i) radices.push_back(4);
    for (int i = 0; i < eights; ++i) radices.push_back(8);
    return radices;
}

}  // namespace

Fft::Fft(std::size_t n, const Kernels& path) : path_(&path) {
    CIPHERNET_ASSERT(n >= kSmallest && n <= kLargest && (n & (n - 1)) == 0);
    const std::size_t lanes = path.fft_lanes;
    const std::vector<std::uint8_t> radices = radices_of(log2_of(n / 2) - 2 * log2_of(lanes), lanes);
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
