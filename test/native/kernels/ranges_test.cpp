// Inputs that drive the lazy ranges and the rounded quotients of each path to their ends, at moduli of every size just
// below and just above a power of two. The reference is the scalar path, which kernels_test.cpp holds to 128-bit integers.

#include <array>
#include <cstring>
#include <vector>

#include "arith/primes.hpp"
#include "kernels/kernels.hpp"
#include "ring/ntt.hpp"
#include "support/test.hpp"

namespace ciphernet {
namespace {

constexpr u64 kEnd50 = u64{1} << 50;
constexpr u64 kEnd52 = u64{1} << 52;

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

/// The smallest number above 2^(bits - 1) that is a prime and 1 modulo step.
u64 smallest_prime(int bits, u64 step) {
    u64 q = ((u64{1} << (bits - 1)) / step + 1) * step + 1;
    while (!is_prime(q)) q += step;
    return q;
}

std::vector<Modulus> moduli(u64 step) {
    std::vector<Modulus> list;
    for (int bits = 20; bits <= kMaxModulusBits; ++bits) {
        list.emplace_back(largest_prime(bits, step, {}));
        list.emplace_back(smallest_prime(bits, step));
    }
    return list;
}

/// Words below bound: half of them at or next to an end or the middle of the range, the others anywhere.
AlignedBuffer words(std::size_t n, u64 bound, Rng& rng) {
    const std::array<u64, 8> ends{0, 1, 2, bound / 2, bound / 2 + 1, bound - 3, bound - 2, bound - 1};
    AlignedBuffer a(n);
    for (std::size_t i = 0; i < n; ++i) a.data()[i] = rng.below(2) == 0 ? ends[rng.below(8)] : rng.below(bound);
    return a;
}

AlignedBuffer copy(const AlignedBuffer& a) {
    AlignedBuffer r(a.size());
    std::memcpy(r.data(), a.data(), a.size() * sizeof(u64));
    return r;
}

bool same(const AlignedBuffer& a, const AlignedBuffer& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(u64)) == 0;
}

/// What every path makes of `start` by call(path, words) is what the scalar one makes.
template <class F>
void check_same(const AlignedBuffer& start, F call) {
    AlignedBuffer expected;
    for (const Kernels* k : paths()) {
        AlignedBuffer r = copy(start);
        call(*k, r.data());
        if (expected.size() == 0) {
            expected = std::move(r);
        } else {
            CHECK(same(r, expected));
        }
    }
    CHECK(expected.size() != 0);
}

}  // namespace

TEST("pointwise kernels equal the scalar path at the ends of every size of modulus") {
    Rng rng(40);
    const std::size_t n = 1024;
    for (const Modulus& m : moduli(2)) {
        const u64 q = m.value();
        const ModulusConstants* c = &m.constants();
        const AlignedBuffer a = words(n, q, rng);
        const AlignedBuffer b = words(n, q, rng);
        const AlignedBuffer z = words(n, q, rng);
        const AlignedBuffer wide = words(n, kEnd52, rng);
        check_same(z, [&](const Kernels& k, u64* r) { k.add(r, a.data(), b.data(), n, c); });
        check_same(z, [&](const Kernels& k, u64* r) { k.subtract(r, a.data(), b.data(), n, c); });
        check_same(z, [&](const Kernels& k, u64* r) { k.negate(r, a.data(), n, c); });
        check_same(z, [&](const Kernels& k, u64* r) { k.multiply(r, a.data(), b.data(), n, c); });
        check_same(z, [&](const Kernels& k, u64* r) { k.multiply_add(r, a.data(), b.data(), n, c); });
        check_same(z, [&](const Kernels& k, u64* r) { k.reduce(r, wide.data(), n, c); });
        for (const u64 w : {u64{1}, q / 2, q / 2 + 1, q - 1, rng.below(q)}) {
            const ShoupFactor f = m.shoup(w);
            check_same(z, [&](const Kernels& k, u64* r) { k.multiply_scalar(r, wide.data(), f, n, c); });
            check_same(z,
                       [&](const Kernels& k, u64* r) { k.subtract_multiply_scalar(r, a.data(), b.data(), f, n, c); });
            for (const u64 v : {u64{1}, q - 1, rng.below(q)})
                check_same(z, [&](const Kernels& k, u64* r) {
                    k.subtract_multiply_accumulate(r, a.data(), b.data(), f, z.data(), m.shoup(v), n, c);
                });
        }
    }
}

TEST("a product next to a multiple of the modulus, or halfway between two, is reduced right") {
    // x y = k q + r for r at both ends and in the middle of [0, q): y = (k q + r) / x is seldom whole, so x is a divisor
    // by construction: y is fixed, and x = r / y modulo q.
    Rng rng(41);
    const std::size_t n = 512;
    for (const Modulus& m : moduli(2)) {
        const u64 q = m.value();
        AlignedBuffer x(n);
        AlignedBuffer y(n);
        AlignedBuffer r(n);
        for (std::size_t i = 0; i < n; ++i) {
            const std::array<u64, 6> ends{0, 1, q / 2, q / 2 + 1, q - 2, q - 1};
            r.data()[i] = ends[i % 6];
            y.data()[i] = q - 1 - rng.below(q / 4);
            x.data()[i] = m.multiply(r.data()[i], m.inverse(y.data()[i]));
        }
        for (const Kernels* k : paths()) {
            AlignedBuffer product(n);
            k->multiply(product.data(), x.data(), y.data(), n, &m.constants());
            CHECK(same(product, r));
        }
    }
}

TEST("4096 products that all lie halfway between two multiples of 2^52 add up exactly") {
    const std::size_t n = 40;
    const std::size_t terms = 4096;
    const Modulus m(largest_prime(50, 2, {}));
    // 2^51 odd: rounded to 2^52 times the even neighbour, below it for 1, above it for 3.
    for (const u64 odd : {u64{1}, u64{3}, (u64{1} << 48) - 1, (u64{1} << 48) - 3}) {
        AlignedBuffer half(n);
        AlignedBuffer factor(n);
        for (std::size_t i = 0; i < n; ++i) {
            half.data()[i] = u64{1} << 49;
            factor.data()[i] = 4 * odd;
        }
        const std::vector<const u64*> a(terms, half.data());
        const std::vector<const u64*> b(terms, factor.data());
        const std::vector<u64> w(terms, 4 * odd);
        for (const std::size_t count :
             {std::size_t{1}, std::size_t{2047}, std::size_t{2048}, std::size_t{2049}, terms}) {
            const u64 expected = m.reduce((u128{odd} << 51) * count);
            for (const Kernels* k : paths()) {
                AlignedBuffer r(n);
                k->dot(r.data(), a.data(), b.data(), count, n, &m.constants());
                for (std::size_t i = 0; i < n; ++i) CHECK_EQ(r.data()[i], expected);
                k->dot_scalar(r.data(), a.data(), w.data(), count, n, &m.constants());
                for (std::size_t i = 0; i < n; ++i) CHECK_EQ(r.data()[i], expected);
                std::vector<AlignedBuffer> results;
                std::vector<u64*> rows;
                for (int row = 0; row < 4; ++row) rows.push_back(results.emplace_back(n).data());
                const std::vector<const u64*> weights(4, w.data());
                const std::vector<const ModulusConstants*> moduli(4, &m.constants());
                k->dot_scalar_rows(rows.data(), a.data(), weights.data(), 4, count, n, moduli.data());
                for (const AlignedBuffer& row : results)
                    for (std::size_t i = 0; i < n; ++i) CHECK_EQ(row.data()[i], expected);
            }
        }
    }
}

TEST("dot products equal the scalar path at the ends of every size of modulus") {
    Rng rng(42);
    const std::size_t n = 104;
    for (const Modulus& m : moduli(2)) {
        for (const std::size_t terms :
             {std::size_t{1}, std::size_t{3}, std::size_t{15}, std::size_t{16}, std::size_t{30}}) {
            std::vector<AlignedBuffer> rows;
            std::vector<const u64*> a;
            std::vector<const u64*> b;
            for (std::size_t j = 0; j < 2 * terms; ++j) rows.push_back(words(n, kEnd50, rng));
            for (std::size_t j = 0; j < terms; ++j) a.push_back(rows[j].data());
            for (std::size_t j = 0; j < terms; ++j) b.push_back(rows[terms + j].data());
            const AlignedBuffer w = words(terms, kEnd50, rng);
            const AlignedBuffer start(n);
            check_same(start,
                       [&](const Kernels& k, u64* r) { k.dot(r, a.data(), b.data(), terms, n, &m.constants()); });
            check_same(start, [&](const Kernels& k, u64* r) {
                k.dot_scalar(r, a.data(), w.data(), terms, n, &m.constants());
            });
        }
    }
}

TEST("transforms equal the scalar path at primes next to powers of two, for words at the ends of the range") {
    Rng rng(43);
    // 46 and 48 bits are where a path may change how lazily it reduces; more layers, larger bounds.
    for (const int log_n : {10, 11, 12, 16, 17}) {
        for (const int bits : {20, 33, 46, 47, 48, 49, 50}) {
            if (log_n > 12 && bits != 46 && bits != 48) continue;  // time
            for (const u64 q : {largest_prime(bits, u64{2} << log_n, {}), smallest_prime(bits, u64{2} << log_n)}) {
                const Ntt ntt(log_n, Modulus(q));
                for (int i = 0; i < 4; ++i) {
                    AlignedBuffer start = words(ntt.n(), q, rng);
                    // Ends only: residues next to 0 and next to q, sign by sign.
                    if (i == 0)
                        for (u64& x : start.span()) x = rng.below(2) == 0 ? 0 : q - 1;
                    if (i == 1)
                        for (u64& x : start.span()) x = q / 2 + rng.below(2);
                    check_same(start, [&](const Kernels& k, u64* r) { k.ntt_forward(r, &ntt.table()); });
                    check_same(start, [&](const Kernels& k, u64* r) { k.ntt_inverse(r, &ntt.table()); });
                }
            }
        }
    }
}

}  // namespace ciphernet
