#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <vector>

#include "arith/primes.hpp"
#include "base/aligned_buffer.hpp"
#include "bench.hpp"
#include "ring/ntt.hpp"

namespace ciphernet::bench {
namespace {

/// One timed stretch: long beside the clock's resolution, short beside a time slice.
constexpr double kStretchMilliseconds = 2;

struct Subject {
    Ntt ntt;
    AlignedBuffer values;

    Subject(int log_n, u64 prime) : ntt(log_n, Modulus(prime)), values(std::size_t{1} << log_n) {
        u64 x = 1;  // any residues: the time depends on none
        for (u64& value : values.span()) value = (x = x * 6364136223846793005U + 1442695040888963407U) % prime;
    }
};

const Kernels& kernels_named(const std::string& name) {
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    for (std::size_t i = 0; i < count; ++i)
        if (list[i]->name == name) return *list[i];
    throw std::invalid_argument("no kernels named " + name);
}

/// The mean over a stretch of calls, after one that warms the caches.
template <class Body>
double mean_milliseconds(const Body& once) {
    once();
    const double one = milliseconds(once);
    const auto repeats = std::max<std::size_t>(1, static_cast<std::size_t>(kStretchMilliseconds / std::max(one, 1e-4)));
    const double all = milliseconds([&] {
        for (std::size_t i = 0; i < repeats; ++i) once();
    });
    return all / static_cast<double>(repeats);
}

/// `terms` products a value and their reduction, all operands in the first-level cache.
double multiply_accumulate(const Kernels& table, int log_n, int terms, int prime_bits) {
    const std::size_t n = std::size_t{1} << log_n;
    const auto count = static_cast<std::size_t>(terms);
    const Modulus q(largest_prime(prime_bits, 2, {}));
    AlignedBuffer values((2 * count + 1) * n);
    std::ranges::fill(values.span(), q.value() - 1);
    std::vector<const u64*> a(count), b(count);
    for (std::size_t j = 0; j < count; ++j) {
        a[j] = values.data() + (2 * j + 1) * n;
        b[j] = values.data() + (2 * j + 2) * n;
    }
    return mean_milliseconds([&] { table.dot(values.data(), a.data(), b.data(), count, n, &q.constants()); });
}

/// Reads memory once from end to end: more than any cache holds.
double memory_read(int log_n, int limbs) {
    static AlignedBuffer memory;
    static volatile u64 sink = 0;
    const std::size_t words = static_cast<std::size_t>(limbs) << log_n;
    if (memory.size() != words) {
        memory = AlignedBuffer(words);
        std::ranges::fill(memory.span(), u64{1});
    }
    return milliseconds([&] {
        std::array<u64, 8> sums{};
        for (std::size_t i = 0; i < words; i += sums.size())
            for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += memory.data()[i + k];
        for (const u64 sum : sums) sink = sink + sum;
    });
}

}  // namespace

/// Requests, each answered by the milliseconds of one call, an average over a stretch of them:
///   (ntt_forward | ntt_inverse) <instruction set> <log_n>      in place, in cache as far as the caches hold it
///   multiply_accumulate <instruction set> <log_n> <terms>
///   memory_read <log_n> <limbs>                                once, of a block of that size
int ntt_bench(const Options& options) {
    const int bits = options.integer("prime-bits");
    std::vector<std::string> levels;
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    for (std::size_t i = 0; i < count; ++i) levels.emplace_back(list[i]->name);

    std::map<int, std::unique_ptr<Subject>> subjects;
    const auto transform = [&](const Kernels& table, bool forward, int log_n) {
        std::unique_ptr<Subject>& subject = subjects[log_n];
        if (!subject) subject = std::make_unique<Subject>(log_n, largest_prime(bits, u64{2} << log_n, {}));
        const auto run = forward ? table.ntt_forward : table.ntt_inverse;
        return mean_milliseconds([&] { run(subject->values.data(), &subject->ntt.table()); });
    };
    const auto time = [&](std::span<const std::string> words) {
        if (words.size() < 3) throw std::invalid_argument("expected an operation and what it takes");
        const int last = std::stoi(words[2]);
        if (words[0] == "memory_read") return memory_read(std::stoi(words[1]), last);
        const Kernels& table = kernels_named(words[1]);
        if (words[0] == "ntt_forward" || words[0] == "ntt_inverse")
            return transform(table, words[0] == "ntt_forward", last);
        if (words[0] == "multiply_accumulate" && words.size() == 4)
            return multiply_accumulate(table, last, std::stoi(words[3]), bits);
        throw std::invalid_argument("no operation named " + words[0]);
    };
    return serve(Json().add("cpu_levels", levels).add("cpu_level", kernels().name).text(),
                 [&](std::span<const std::string> words) { return Json().add("ms", time(words)).text(); });
}

}  // namespace ciphernet::bench
