#include "kernels/kernels.hpp"

#include <array>
#include <cstring>
#include <numeric>

#include "arith/modulus.hpp"
#include "arith/primes.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

constexpr u64 kMask52 = (u64{1} << 52) - 1;
constexpr u64 kEnd50 = u64{1} << 50;

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

/// Moduli at the ends of the range and of every size that parameters use.
std::vector<Modulus> moduli() {
    std::vector<Modulus> list;
    for (const u64 q :
         {u64{3}, u64{5}, u64{17}, u64{65537}, (u64{1} << 49) + 1, (u64{1} << 50) - 27, (u64{1} << 50) - 1})
        list.emplace_back(q);
    for (int bits = 20; bits <= kMaxModulusBits; bits += 3) list.emplace_back(largest_prime(bits, 2048, {}));
    // Just below a power of two the estimates are almost exact; elsewhere they are not.
    Rng rng(19);
    for (const double size : {0x1p21, 0x1p35, 0x1p47, 0x1p49, 0x1p49})
        for (int i = 0; i < 2; ++i) list.emplace_back(nearest_prime(size * rng.uniform(1, 2), 2048, {}));
    return list;
}

/// Residues below `bound`: 0 everywhere, the largest everywhere, a mix of range ends, or random.
enum class Fill { zero, largest, ends, random };
constexpr std::array kFills{Fill::zero, Fill::largest, Fill::ends, Fill::random};

AlignedBuffer filled(std::size_t n, u64 bound, Fill fill, Rng& rng) {
    AlignedBuffer a(n);
    const std::array<u64, 8> ends{0, 1, bound - 1, bound / 2, bound / 2 + 1, bound - 1, 2, 0};
    for (std::size_t i = 0; i < n; ++i) {
        switch (fill) {
            case Fill::zero:
                a.data()[i] = 0;
                break;
            case Fill::largest:
                a.data()[i] = bound - 1;
                break;
            case Fill::ends:
                a.data()[i] = ends[rng.below(8)] % bound;
                break;
            case Fill::random:
                a.data()[i] = rng.below(bound);
                break;
        }
    }
    return a;
}

AlignedBuffer copy(const AlignedBuffer& a) {
    AlignedBuffer r(a.size());
    std::memcpy(r.data(), a.data(), a.size() * sizeof(u64));
    return r;
}

/// Whether every word of r is expected(i).
template <class F>
bool matches(const AlignedBuffer& r, F expected) {
    for (std::size_t i = 0; i < r.size(); ++i)
        if (r.data()[i] != expected(i)) return false;
    return true;
}

/// body(path, modulus, n, fill of a, fill of b, rng) over everything that the loops can meet.
template <class F>
void for_each_case(F body) {
    Rng rng(20);
    for (const Kernels* k : paths())
        for (const Modulus& m : moduli())
            for (const std::size_t n : {std::size_t{8}, std::size_t{24}, std::size_t{64}, std::size_t{200}})
                for (const Fill fa : kFills)
                    for (const Fill fb : kFills) body(*k, m, n, fa, fb, rng);
}

}  // namespace

TEST("the chosen path is one of those available, scalar first") {
    const auto list = paths();
    CHECK_EQ(std::string(list.front()->name), "scalar");
    bool found = false;
    for (const Kernels* k : list) found = found || k == &kernels();
    CHECK(found);
}

TEST("pointwise kernels equal 128-bit arithmetic on every path") {
    for_each_case([](const Kernels& k, const Modulus& m, std::size_t n, Fill fa, Fill fb, Rng& rng) {
        const u64 q = m.value();
        const ModulusConstants* c = &m.constants();
        const AlignedBuffer a = filled(n, q, fa, rng);
        const AlignedBuffer b = filled(n, q, fb, rng);
        const u64* x = a.data();
        const u64* y = b.data();
        AlignedBuffer r(n);
        k.add(r.data(), x, y, n, c);
        CHECK(matches(r, [&](std::size_t i) { return m.add(x[i], y[i]); }));
        k.subtract(r.data(), x, y, n, c);
        CHECK(matches(r, [&](std::size_t i) { return m.subtract(x[i], y[i]); }));
        k.negate(r.data(), x, n, c);
        CHECK(matches(r, [&](std::size_t i) { return m.negate(x[i]); }));
        k.multiply(r.data(), x, y, n, c);
        CHECK(matches(r, [&](std::size_t i) { return m.multiply(x[i], y[i]); }));
        const AlignedBuffer start = filled(n, q, fb, rng);
        AlignedBuffer sum = copy(start);
        k.multiply_add(sum.data(), x, y, n, c);
        CHECK(matches(sum, [&](std::size_t i) { return m.add(start.data()[i], m.multiply(x[i], y[i])); }));
    });
}

TEST("a Barrett estimate that is two too small is made good") {
    // That takes a modulus just above 2^49 whose constant is rounded down by almost 1, and large factors.
    Rng rng(24);
    u64 q = 0;
    double worst = 0;
    for (int i = 0; i < 1000; ++i) {
        const u64 candidate = (u64{1} << 49) + (rng.below(u64{1} << 39) | 1);
        const double lost = static_cast<double>(static_cast<u64>((u128{1} << 101) % candidate)) / 0x1p49;
        if (lost <= worst) continue;
        worst = lost;
        q = candidate;
    }
    const Modulus m(q);
    const std::size_t n = 20000;
    AlignedBuffer a(n);
    AlignedBuffer b(n);
    std::size_t two_too_small = 0;
    for (std::size_t i = 0; i < n; ++i) {
        const u64 x = a.data()[i] = q - 1 - rng.below(q >> 7);
        const u64 y = b.data()[i] = q - 1 - rng.below(q >> 7);
        const u64 high = static_cast<u64>((u128{x} * y) >> (m.constants().bits - 1));
        const u64 estimate = static_cast<u64>((u128{high} * m.constants().barrett) >> 52);
        if (static_cast<u64>(u128{x} * y / q) == estimate + 2) ++two_too_small;
    }
    CHECK(two_too_small > 10);
    for (const Kernels* k : paths()) {
        AlignedBuffer r(n);
        k->multiply(r.data(), a.data(), b.data(), n, &m.constants());
        CHECK(matches(r, [&](std::size_t i) { return m.multiply(a.data()[i], b.data()[i]); }));
        AlignedBuffer sum = copy(a);
        k->multiply_add(sum.data(), a.data(), b.data(), n, &m.constants());
        CHECK(matches(sum, [&](std::size_t i) { return m.add(a.data()[i], m.multiply(a.data()[i], b.data()[i])); }));
    }
}

TEST("products with a constant equal 128-bit arithmetic on every path") {
    for_each_case([](const Kernels& k, const Modulus& m, std::size_t n, Fill fa, Fill fb, Rng& rng) {
        const u64 q = m.value();
        const ModulusConstants* c = &m.constants();
        const AlignedBuffer wide = filled(n, kMask52 + 1, fa, rng);
        const AlignedBuffer a = filled(n, q, fa, rng);
        const AlignedBuffer b = filled(n, q, fb, rng);
        AlignedBuffer r(n);
        k.reduce(r.data(), wide.data(), n, c);
        CHECK(matches(r, [&](std::size_t i) { return wide.data()[i] % q; }));
        for (const u64 w : {u64{0}, u64{1}, q - 1, rng.below(q)}) {
            k.multiply_scalar(r.data(), wide.data(), m.shoup(w), n, c);
            CHECK(matches(r, [&](std::size_t i) { return m.reduce(u128{wide.data()[i]} * w); }));
            k.subtract_multiply_scalar(r.data(), a.data(), b.data(), m.shoup(w), n, c);
            CHECK(matches(r, [&](std::size_t i) { return m.multiply(m.subtract(a.data()[i], b.data()[i]), w); }));
            const u64 v = rng.below(q);
            k.subtract_multiply_accumulate(r.data(), a.data(), b.data(), m.shoup(w), b.data(), m.shoup(v), n, c);
            CHECK(matches(r, [&](std::size_t i) {
                const u64 product = m.multiply(m.subtract(a.data()[i], b.data()[i]), w);
                return m.add(product, m.multiply(b.data()[i], v));
            }));
        }
    });
}

TEST("a result may take the place of an operand") {
    for_each_case([](const Kernels& k, const Modulus& m, std::size_t n, Fill fa, Fill fb, Rng& rng) {
        const ModulusConstants* c = &m.constants();
        const AlignedBuffer a = filled(n, m.value(), fa, rng);
        const AlignedBuffer b = filled(n, m.value(), fb, rng);
        const ShoupFactor w = m.shoup(m.value() - 1);
        const auto both = [&](auto&& call) {
            AlignedBuffer apart(n);
            AlignedBuffer first = copy(a);
            AlignedBuffer second = copy(b);
            call(apart.data(), a.data(), b.data());
            call(first.data(), first.data(), b.data());
            call(second.data(), a.data(), second.data());
            CHECK(matches(first, [&](std::size_t i) { return apart.data()[i]; }));
            CHECK(matches(second, [&](std::size_t i) { return apart.data()[i]; }));
        };
        both([&](u64* r, const u64* x, const u64* y) { k.add(r, x, y, n, c); });
        both([&](u64* r, const u64* x, const u64* y) { k.subtract(r, x, y, n, c); });
        both([&](u64* r, const u64* x, const u64* y) { k.multiply(r, x, y, n, c); });
        both([&](u64* r, const u64* x, const u64* y) { k.subtract_multiply_scalar(r, x, y, w, n, c); });
        both(
            [&](u64* r, const u64* x, const u64* y) { k.subtract_multiply_accumulate(r, x, a.data(), w, y, w, n, c); });
        AlignedBuffer negated = copy(a);
        k.negate(negated.data(), negated.data(), n, c);
        CHECK(matches(negated, [&](std::size_t i) { return m.negate(a.data()[i]); }));
    });
}

TEST("dot products of any length up to 4096 are reduced once and exactly") {
    Rng rng(21);
    for (const Kernels* k : paths()) {
        for (const Modulus& m : moduli()) {
            for (const std::size_t terms : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{7},
                                            std::size_t{15}, std::size_t{16}, std::size_t{4096}}) {
                for (const Fill fill : kFills) {
                    const std::size_t n = terms > 100 ? 40 : 72;
                    // A few distinct vectors, used in turn, keep 4096 terms small.
                    std::vector<AlignedBuffer> vectors;
                    for (int i = 0; i < 5; ++i) vectors.push_back(filled(n, kEnd50, fill, rng));
                    std::vector<const u64*> a(terms);
                    std::vector<const u64*> b(terms);
                    std::vector<u64> w(terms);
                    for (std::size_t j = 0; j < terms; ++j) {
                        a[j] = vectors[j % 5].data();
                        b[j] = vectors[(j * j + 1) % 5].data();
                        w[j] = fill == Fill::random ? rng.below(kEnd50) : vectors[0].data()[0];
                    }
                    AlignedBuffer r(n);
                    k->dot(r.data(), a.data(), b.data(), terms, n, &m.constants());
                    CHECK(matches(r, [&](std::size_t i) {
                        u128 sum = 0;
                        for (std::size_t j = 0; j < terms; ++j) sum += u128{a[j][i]} * b[j][i];
                        return m.reduce(sum);
                    }));
                    k->dot_scalar(r.data(), a.data(), w.data(), terms, n, &m.constants());
                    CHECK(matches(r, [&](std::size_t i) {
                        u128 sum = 0;
                        for (std::size_t j = 0; j < terms; ++j) sum += u128{a[j][i]} * w[j];
                        return m.reduce(sum);
                    }));
                }
            }
        }
    }
}

TEST("dot products of several rows are those of each") {
    Rng rng(27);
    const Modulus other = moduli().back();
    for (const Kernels* k : paths()) {
        for (const Modulus& m : moduli()) {
            for (const std::size_t rows : {0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 9u}) {
                for (const std::size_t terms : {std::size_t{0}, std::size_t{1}, std::size_t{15}, std::size_t{16},
                                                std::size_t{50}, rows == 7 ? std::size_t{4096} : std::size_t{2}}) {
                    const std::size_t n = 40;
                    const Fill fill = kFills[(rows + terms) % std::size(kFills)];
                    std::vector<AlignedBuffer> vectors;
                    for (int i = 0; i < 5; ++i) vectors.push_back(filled(n, kEnd50, fill, rng));
                    std::vector<const u64*> a;
                    for (std::size_t j = 0; j < terms; ++j) a.push_back(vectors[j % 5].data());
                    std::vector<AlignedBuffer> w;
                    std::vector<const u64*> weights;
                    std::vector<AlignedBuffer> results;
                    std::vector<u64*> r;
                    for (std::size_t row = 0; row < rows; ++row) {
                        weights.push_back(
                            w.emplace_back(filled(terms, kEnd50, row == 0 ? fill : Fill::random, rng)).data());
                        r.push_back(results.emplace_back(n).data());
                    }
                    // Each with a modulus of its own.
                    std::vector<const ModulusConstants*> row_moduli;
                    for (std::size_t row = 0; row < rows; ++row)
                        row_moduli.push_back(row % 2 == 0 ? &m.constants() : &other.constants());
                    k->dot_scalar_rows(r.data(), a.data(), weights.data(), rows, terms, n, row_moduli.data());
                    for (std::size_t row = 0; row < rows; ++row)
                        CHECK(matches(results[row], [&](std::size_t i) {
                            u128 sum = 0;
                            for (std::size_t j = 0; j < terms; ++j) sum += u128{a[j][i]} * weights[row][j];
                            return (row % 2 == 0 ? m : other).reduce(sum);
                        }));
                }
            }
        }
    }
}

TEST("a pair of dot products with packed factors is two dot products, on top of what is there if asked") {
    Rng rng(25);
    for (const Kernels* k : paths()) {
        for (const Modulus& m : moduli()) {
            const int bits = static_cast<int>(m.constants().bits);
            if (bits < 8) continue;
            for (const std::size_t n : {std::size_t{8}, std::size_t{24}, std::size_t{536}}) {
                for (const std::size_t terms : {std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{15},
                                                std::size_t{16}, std::size_t{19}}) {
                    // Rows of numbers below 2^50 by rows below 2^bits, three of each in turn.
                    std::vector<AlignedBuffer> x;
                    std::vector<AlignedBuffer> y;
                    std::vector<std::vector<std::uint8_t>> packed;
                    for (int i = 0; i < 3; ++i) {
                        x.push_back(filled(n, kEnd50, kFills[static_cast<std::size_t>(i) % std::size(kFills)], rng));
                        y.push_back(filled(n, u64{1} << bits, Fill::random, rng));
                        packed.emplace_back(n / 8 * static_cast<std::size_t>(bits));
                        k->pack(packed.back().data(), y.back().data(), n, bits);
                    }
                    std::vector<const u64*> a;
                    std::vector<const u64*> b0;
                    std::vector<const u64*> b1;
                    std::vector<const std::uint8_t*> packed_b0;
                    std::vector<const std::uint8_t*> packed_b1;
                    for (std::size_t j = 0; j < terms; ++j) {
                        a.push_back(x[j % 3].data());
                        b0.push_back(y[j % 3].data());
                        b1.push_back(y[(j + j / 3) % 3].data());
                        packed_b0.push_back(packed[j % 3].data());
                        packed_b1.push_back(packed[(j + j / 3) % 3].data());
                    }
                    AlignedBuffer expected0(n);
                    AlignedBuffer expected1(n);
                    k->dot(expected0.data(), a.data(), b0.data(), terms, n, &m.constants());
                    k->dot(expected1.data(), a.data(), b1.data(), terms, n, &m.constants());
                    AlignedBuffer r0(n);
                    AlignedBuffer r1(n);
                    k->dot_pair(r0.data(), r1.data(), a.data(), packed_b0.data(), packed_b1.data(), terms, false, n,
                                &m.constants());
                    CHECK(matches(r0, [&](std::size_t i) { return expected0.data()[i]; }));
                    CHECK(matches(r1, [&](std::size_t i) { return expected1.data()[i]; }));
                    k->dot_pair(r0.data(), r1.data(), a.data(), packed_b1.data(), packed_b0.data(), terms, true, n,
                                &m.constants());
                    const auto sum = [&](std::size_t i) { return m.add(expected0.data()[i], expected1.data()[i]); };
                    CHECK(matches(r0, sum));
                    CHECK(matches(r1, sum));

                    // One packed row of factors for two rows of numbers.
                    std::vector<const u64*> other;
                    for (std::size_t j = 0; j < terms; ++j) other.push_back(x[(j + 1) % 3].data());
                    k->dot(expected1.data(), other.data(), b0.data(), terms, n, &m.constants());
                    k->dot_packed(r0.data(), r1.data(), a.data(), other.data(), packed_b0.data(), terms, false, n,
                                  &m.constants());
                    CHECK(matches(r0, [&](std::size_t i) { return expected0.data()[i]; }));
                    CHECK(matches(r1, [&](std::size_t i) { return expected1.data()[i]; }));
                    k->dot_packed(r0.data(), r1.data(), other.data(), a.data(), packed_b0.data(), terms, true, n,
                                  &m.constants());
                    CHECK(matches(r0, sum));
                    CHECK(matches(r1, sum));

                    // Factors that stand for runs of neighbours.
                    for (const int log_run : {3, 4, 6}) {
                        std::vector<AlignedBuffer> spread;
                        std::vector<const u64*> spread_b;
                        for (std::size_t j = 0; j < 3; ++j) {
                            spread.emplace_back(n);
                            for (std::size_t i = 0; i < n; ++i) spread[j].data()[i] = y[j].data()[i >> log_run];
                        }
                        for (std::size_t j = 0; j < terms; ++j) spread_b.push_back(spread[j % 3].data());
                        k->dot(expected0.data(), a.data(), spread_b.data(), terms, n, &m.constants());
                        k->dot(expected1.data(), other.data(), spread_b.data(), terms, n, &m.constants());
                        k->dot_repeated(r0.data(), r1.data(), a.data(), other.data(), b0.data(), terms, false, n,
                                        log_run, &m.constants());
                        CHECK(matches(r0, [&](std::size_t i) { return expected0.data()[i]; }));
                        CHECK(matches(r1, [&](std::size_t i) { return expected1.data()[i]; }));
                        k->dot_repeated(r0.data(), r1.data(), other.data(), a.data(), b0.data(), terms, true, n,
                                        log_run, &m.constants());
                        CHECK(matches(r0, sum));
                        CHECK(matches(r1, sum));
                    }
                }
            }
        }
    }
}

std::vector<std::uint32_t> permutation(std::size_t n, Rng& rng) {
    std::vector<std::uint32_t> r(n);
    std::iota(r.begin(), r.end(), 0u);
    for (std::size_t i = n - 1; i > 0; --i) std::swap(r[i], r[rng.below(i + 1)]);
    return r;
}

TEST("a substitution moves coefficient i to i g, with a minus sign for every whole turn") {
    Rng rng(26);
    for (const Kernels* k : paths()) {
        for (const Modulus& m : moduli()) {
            for (const std::size_t n : {std::size_t{8}, std::size_t{64}, std::size_t{2048}}) {
                for (const u64 inverse : {u64{1}, u64{3}, u64{2 * n - 1}, 2 * rng.below(n) + 1}) {
                    const AlignedBuffer a = filled(n, m.value(), Fill::random, rng);
                    AlignedBuffer r(n);
                    k->substitute(r.data(), a.data(), inverse, n, &m.constants());
                    CHECK(matches(r, [&](std::size_t i) {
                        const u64 from = i * inverse % (2 * n);
                        return from < n ? a.data()[from] : m.negate(a.data()[from - n]);
                    }));
                }
            }
        }
    }
}

TEST("a permutation takes every word from where its index says") {
    Rng rng(22);
    for (const Kernels* k : paths()) {
        for (const std::size_t n : {std::size_t{8}, std::size_t{1024}, std::size_t{1} << 17}) {
            // Any permutation of the groups of eight, and any within each.
            const std::vector<std::uint32_t> groups = permutation(n / 8, rng);
            std::vector<std::uint32_t> index;
            for (const std::uint32_t group : groups)
                for (const std::uint32_t i : permutation(8, rng)) index.push_back(8 * group + i);
            const AlignedBuffer a = filled(n, ~u64{0}, Fill::random, rng);
            AlignedBuffer r(n);
            k->permute(r.data(), a.data(), index.data(), n);
            CHECK(matches(r, [&](std::size_t i) { return a.data()[index[i]]; }));
        }
    }
}

TEST("small signed numbers become their residues on every path, from any place in memory") {
    Rng rng(25);
    std::vector<std::int8_t> a(1 + 256 + 200);
    for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::int8_t>(i < 256 ? i : rng.next());
    for (const Kernels* k : paths())
        for (const Modulus& m : moduli()) {
            if (m.value() <= 128) continue;
            for (const std::size_t first : {0u, 1u}) {
                AlignedBuffer r(a.size() / 8 * 8 - 8);
                k->from_signed(r.data(), a.data() + first, r.size(), &m.constants());
                CHECK(matches(r, [&](std::size_t i) { return m.reduce_signed(i64{a[first + i]}); }));
            }
        }
}

TEST("the rounded weighted sum is the same double computation on every path, ties to even") {
    Rng rng(23);
    const std::size_t n = 256;
    for (const std::size_t terms : {std::size_t{1}, std::size_t{2}, std::size_t{13}, std::size_t{64}}) {
        for (const Fill fill : kFills) {
            std::vector<AlignedBuffer> y;
            std::vector<const u64*> at;
            std::vector<double> inverse;
            for (std::size_t j = 0; j < terms; ++j) {
                const u64 q = largest_prime(30 + static_cast<int>(j % 20), 2048, {});
                y.push_back(filled(n, q, fill, rng));
                inverse.push_back(1.0 / static_cast<double>(q));
            }
            for (const AlignedBuffer& v : y) at.push_back(v.data());
            for (const Kernels* k : paths()) {
                AlignedBuffer r(n);
                k->round_weighted_sum(r.data(), at.data(), inverse.data(), terms, n);
                CHECK(matches(r, [&](std::size_t i) {
                    volatile double sum = 0;  // volatile: rounded after every operation
                    for (std::size_t j = 0; j < terms; ++j) {
                        volatile double product = static_cast<double>(at[j][i]) * inverse[j];
                        sum = sum + product;
                    }
                    const double whole = static_cast<double>(static_cast<u64>(sum));
                    const double rest = sum - whole;
                    const u64 floor = static_cast<u64>(whole);
                    return floor + (rest > 0.5 || (rest == 0.5 && floor % 2 == 1) ? 1 : 0);
                }));
            }
        }
    }
    AlignedBuffer halves(8);
    for (u64 i = 0; i < 8; ++i) halves.data()[i] = i;  // 0, 1/2, 1, 3/2, ...
    const u64* y = halves.data();
    const double half = 0.5;
    const std::array<u64, 8> expected{0, 0, 1, 2, 2, 2, 3, 4};
    for (const Kernels* k : paths()) {
        AlignedBuffer r(8);
        k->round_weighted_sum(r.data(), &y, &half, 1, 8);
        CHECK(matches(r, [&](std::size_t i) { return expected[i]; }));
    }
}

}  // namespace ciphernet
