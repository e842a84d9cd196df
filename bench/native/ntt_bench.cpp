#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>

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

}  // namespace

/// Requests: (ntt_forward | ntt_inverse) <instruction set> <log_n> -> the milliseconds of one transform, in place, in
/// cache as far as the machine's caches hold it; an average over a stretch of them.
int ntt_bench(const Options& options) {
    const int bits = options.integer("prime-bits");
    std::vector<std::string> levels;
    std::size_t count = 0;
    const Kernels* const* list = available_kernels(&count);
    for (std::size_t i = 0; i < count; ++i) levels.emplace_back(list[i]->name);

    std::map<int, std::unique_ptr<Subject>> subjects;
    return serve(Json().add("cpu_levels", levels).add("cpu_level", kernels().name).text(),
                 [&](std::span<const std::string> words) {
                     if (words.size() != 3) throw std::invalid_argument("expected: operation, instruction set, log_n");
                     const Kernels& table = kernels_named(words[1]);
                     const int log_n = std::stoi(words[2]);
                     std::unique_ptr<Subject>& subject = subjects[log_n];
                     if (!subject) subject = std::make_unique<Subject>(log_n, largest_prime(bits, u64{2} << log_n, {}));
                     const auto transform = words[0] == "ntt_forward" ? table.ntt_forward : table.ntt_inverse;
                     const auto once = [&] { transform(subject->values.data(), &subject->ntt.table()); };
                     once();
                     const double one = milliseconds(once);
                     const auto repeats =
                         std::max<std::size_t>(1, static_cast<std::size_t>(kStretchMilliseconds / std::max(one, 1e-4)));
                     const double all = milliseconds([&] {
                         for (std::size_t i = 0; i < repeats; ++i) once();
                     });
                     return Json().add("ms", all / static_cast<double>(repeats)).text();
                 });
}

}  // namespace ciphernet::bench
