#include <array>
#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "kernels/kernel_tables.hpp"

namespace ciphernet {
namespace {

struct Available {
    std::array<const Kernels*, 3> tables{&kKernelsScalar};  // the widest last
    std::size_t count = 1;

    Available() {
#if defined(CIPHERNET_X86_KERNELS)
        // Every flag that the files of an instruction set are compiled with (CMakeLists.txt). GCC and Clang also ask the
        // operating system whether it saves the wide registers.
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) tables[count++] = &kKernelsAvx2;
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
            __builtin_cpu_supports("avx512ifma") && __builtin_cpu_supports("avx512vbmi"))
            tables[count++] = &kKernelsAvx512Ifma;
#elif defined(CIPHERNET_NEON_KERNELS)
        tables[count++] = &kKernelsNeon;  // part of every 64-bit ARM
#endif
    }
};

const Available& available() {
    static const Available list;
    return list;
}

const Kernels& choose() {
    const Available& list = available();
    const char* wish = std::getenv("CIPHERNET_CPU");
    if (!wish || !*wish) return *list.tables[list.count - 1];
    std::string names;
    for (std::size_t i = 0; i < list.count; ++i) {
        if (std::string(wish) == list.tables[i]->name) return *list.tables[i];
        names += (i == 0 ? "" : ", ") + std::string(list.tables[i]->name);
    }
    throw Error(ErrorCode::environment_invalid,
                "Expected CIPHERNET_CPU to be one of: " + names + " on this CPU, but found \"" + wish + "\".",
                {{"CIPHERNET_CPU", wish}});
}

}  // namespace

const Kernels& kernels() {
    static const Kernels& chosen = choose();
    return chosen;
}

const Kernels* const* available_kernels(std::size_t* count) {
    *count = available().count;
    return available().tables.data();
}

}  // namespace ciphernet
