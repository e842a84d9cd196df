#include "ring/ntt.hpp"

#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "arith/primes.hpp"
#include "base/sha256.hpp"
#include "support/test.hpp"
#include "vectors/ntt_vectors.hpp"

namespace ciphernet {
namespace {

std::vector<const Kernels*> paths() {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    return {list, list + count};
}

Ntt make(int log_n, int bits) { return Ntt(log_n, Modulus(largest_prime(bits, u64{2} << log_n, {}))); }

AlignedBuffer from(const std::vector<u64>& words) {
    AlignedBuffer a(words.size());
    std::memcpy(a.data(), words.data(), words.size() * sizeof(u64));
    return a;
}

bool same(const AlignedBuffer& a, const std::vector<u64>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), b.size() * sizeof(u64)) == 0;
}

std::size_t reversed(std::size_t i, int bits) {
    std::size_t r = 0;
    for (int b = 0; b < bits; ++b) r |= (i >> b & 1) << (bits - 1 - b);
    return r;
}

std::string digest_of(const AlignedBuffer& a) {
    std::vector<std::uint8_t> bytes;
    for (const u64 word : a.span())
        for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
    std::string text;
    for (const std::uint8_t byte : sha256(bytes)) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

/// Coefficients that drive the lazy ranges to their ends, and random ones.
std::vector<std::vector<u64>> inputs(std::size_t n, u64 q, Rng& rng) {
    std::vector<std::vector<u64>> list{std::vector<u64>(n, 0), std::vector<u64>(n, q - 1), rng.residues(n, q)};
    std::vector<u64> mixed(n);
    for (u64& x : mixed) x = std::array<u64, 4>{0, q - 1, q / 2, 1}[rng.below(4)];
    list.push_back(mixed);
    for (std::size_t i = 0; i < n; ++i) mixed[i] = i < n / 2 ? q - 1 : 0;
    list.push_back(mixed);
    for (std::size_t i = 0; i < n; ++i) mixed[i] = i % 2 == 0 ? q - 1 : 0;
    list.push_back(mixed);
    return list;
}

}  // namespace

TEST("a transform of a wrong length or modulus is refused") {
    CHECK_THROWS_CODE(Ntt(2, Modulus(17)), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ntt(18, Modulus(largest_prime(50, u64{1} << 19, {}))), ErrorCode::parameters_invalid);
    CHECK_THROWS_CODE(Ntt(4, Modulus(17)), ErrorCode::parameters_invalid);       // 17 - 1 is no multiple of 32
    CHECK_THROWS_CODE(Ntt(3, Modulus(17 * 97)), ErrorCode::parameters_invalid);  // 1 modulo 16, not prime
}

TEST("the transform gives the values that Python integers give") {
    for (const vectors::NttVector& v : vectors::kNtt) {
        const Ntt ntt(v.log_n, Modulus(v.q));
        CHECK_EQ(ntt.psi(), v.psi);
        // SplitMix64 from the seed itself: test::Rng adds the seed of the run.
        std::vector<u64> coefficients(ntt.n());
        u64 state = v.seed;
        for (u64& x : coefficients) {
            u64 z = state += 0x9e3779b97f4a7c15ULL;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
            x = (z ^ (z >> 31)) % v.q;
        }
        for (const Kernels* k : paths()) {
            AlignedBuffer a = from(coefficients);
            k->ntt_forward(a.data(), &ntt.table());
            for (std::size_t i = 0; i < 4; ++i) CHECK_EQ(a.data()[i], v.first[i]);
            CHECK_EQ(a.data()[ntt.n() - 1], v.last);
            CHECK_EQ(digest_of(a), std::string(v.digest));
            k->ntt_inverse(a.data(), &ntt.table());
            CHECK(same(a, coefficients));
        }
    }
}

TEST("entry i of the transform is the value at psi^(2 brv(i) + 1)") {
    Rng rng(30);
    for (int log_n = 3; log_n <= 9; ++log_n) {
        for (const int bits : {20, 37, 50}) {
            const Ntt ntt = make(log_n, bits);
            const Modulus& m = ntt.modulus();
            const std::vector<u64> coefficients = rng.residues(ntt.n(), m.value());
            AlignedBuffer a = from(coefficients);
            ntt.forward(a.data());
            for (std::size_t i = 0; i < ntt.n(); ++i) {
                const u64 x = m.power(ntt.psi(), 2 * reversed(i, log_n) + 1);
                u64 value = 0;
                for (std::size_t j = ntt.n(); j-- > 0;) value = m.add(m.multiply(value, x), coefficients[j]);
                CHECK_EQ(a.data()[i], value);
            }
        }
    }
}

TEST("the tables hold the powers of psi in bit-reversed order, and their inverses") {
    for (const int log_n : {3, 8}) {
        const Ntt ntt = make(log_n, 50);
        const Modulus& m = ntt.modulus();
        const NttTable& t = ntt.table();
        for (std::size_t i = 0; i < ntt.n(); ++i) {
            CHECK_EQ(t.roots[i], m.power(ntt.psi(), reversed(i, log_n)));
            CHECK_EQ(m.multiply(t.roots[i], t.inverse_roots[i]), 1);
            CHECK_EQ(t.root_quotients[i], m.shoup(t.roots[i]).quotient);
            CHECK_EQ(t.inverse_root_quotients[i], m.shoup(t.inverse_roots[i]).quotient);
        }
        CHECK_EQ(m.multiply(t.n_inverse.w, ntt.n()), 1);
    }
}

TEST("every path equals the scalar one bit for bit, and the inverse undoes the transform, at every size") {
    Rng rng(31);
    for (int log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
        for (const int bits : {20, 30, 41, 46, 48, 49, 50}) {
            if (log_n > 14 && bits != 50 && bits != 48 && bits != 46) continue;  // time
            const Ntt ntt = make(log_n, bits);
            for (const std::vector<u64>& words : inputs(ntt.n(), ntt.modulus().value(), rng)) {
                AlignedBuffer values;
                AlignedBuffer coefficients;
                for (const Kernels* k : paths()) {
                    AlignedBuffer a = from(words);
                    k->ntt_forward(a.data(), &ntt.table());
                    AlignedBuffer b = from(words);
                    k->ntt_inverse(b.data(), &ntt.table());
                    if (values.size() == 0) {
                        values = from({a.data(), a.data() + a.size()});
                        coefficients = from({b.data(), b.data() + b.size()});
                    }
                    CHECK(std::memcmp(a.data(), values.data(), ntt.n() * sizeof(u64)) == 0);
                    CHECK(std::memcmp(b.data(), coefficients.data(), ntt.n() * sizeof(u64)) == 0);
                    k->ntt_inverse(a.data(), &ntt.table());
                    CHECK(same(a, words));
                    k->ntt_forward(b.data(), &ntt.table());
                    CHECK(same(b, words));
                }
            }
        }
    }
}

TEST("residues carried over from another prime are centred and transformed, on every path") {
    Rng rng(33);
    for (const int log_n : {kMinLogN, 8, 9, 12, 13}) {
        for (const int bits : {20, 46, 48, 50}) {
            const Ntt ntt = make(log_n, bits);
            const u64 q = ntt.modulus().value();
            // Smaller than the prime, next to it, below and above twice as large, and the largest there is.
            for (const u64 s : {u64{3}, q / 3 | 1, q - 2, q + 2, 2 * q - 1, 2 * q + 1, (u64{1} << 50) - 1}) {
                if (s >= u64{1} << 50) continue;
                std::vector<u64> words = rng.residues(ntt.n(), s);
                const std::array<u64, 4> ends{0, s / 2, s / 2 + 1, s - 1};
                std::copy(ends.begin(), ends.end(), words.begin());
                std::vector<u64> centred;
                for (const u64 x : words) centred.push_back(x > s / 2 ? (q - (s - x) % q) % q : x % q);
                AlignedBuffer expected = from(centred);
                ntt.forward(expected.data());
                for (const Kernels* k : paths()) {
                    const AlignedBuffer a = from(words);
                    AlignedBuffer r(ntt.n());
                    k->ntt_forward_centred(r.data(), a.data(), s, &ntt.table());
                    CHECK(same(r, {expected.data(), expected.data() + ntt.n()}));
                }
            }
        }
    }
}

TEST("the transform turns negacyclic convolution into a pointwise product") {
    Rng rng(32);
    for (int log_n = 3; log_n <= 8; ++log_n) {
        const Ntt ntt = make(log_n, 50);
        const Modulus& m = ntt.modulus();
        const std::size_t n = ntt.n();
        const std::vector<u64> x = rng.residues(n, m.value());
        const std::vector<u64> y = rng.residues(n, m.value());
        std::vector<u64> product(n, 0);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < n; ++j) {
                const u64 term = m.multiply(x[i], y[j]);
                u64& at = product[(i + j) % n];
                at = i + j < n ? m.add(at, term) : m.subtract(at, term);
            }
        }
        for (const Kernels* k : paths()) {
            AlignedBuffer a = from(x);
            AlignedBuffer b = from(y);
            k->ntt_forward(a.data(), &ntt.table());
            k->ntt_forward(b.data(), &ntt.table());
            k->multiply(a.data(), a.data(), b.data(), n, &m.constants());
            k->ntt_inverse(a.data(), &ntt.table());
            CHECK(same(a, product));
        }
    }
}

TEST("X times X^(N-1) is -1") {
    for (int log_n = kMinLogN; log_n <= kMaxLogN; ++log_n) {
        const Ntt ntt = make(log_n, 50);
        std::vector<u64> words(ntt.n(), 0);
        words[1] = 1;
        AlignedBuffer x = from(words);
        words[1] = 0;
        words[ntt.n() - 1] = 1;
        AlignedBuffer y = from(words);
        ntt.forward(x.data());
        ntt.forward(y.data());
        kernels().multiply(x.data(), x.data(), y.data(), ntt.n(), &ntt.modulus().constants());
        ntt.inverse(x.data());
        words[ntt.n() - 1] = 0;
        words[0] = ntt.modulus().value() - 1;
        CHECK(same(x, words));
    }
}

TEST("a moved transform keeps its tables") {
    Ntt first = make(10, 50);
    const Ntt second = std::move(first);
    Rng rng(33);
    const std::vector<u64> words = rng.residues(second.n(), second.modulus().value());
    AlignedBuffer a = from(words);
    second.forward(a.data());
    CHECK(!same(a, words));
    second.inverse(a.data());
    CHECK(same(a, words));
}

}  // namespace ciphernet
