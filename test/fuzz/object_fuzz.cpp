// The reader of one type of object, CIPHERNET_FUZZ_OBJECT: whatever the bytes are, a typed error, or an object as good as
// a computed one that is written as the same bytes again; never more memory than in proportion to them.
#include <sanitizer/allocator_interface.h>

#include "io/reread.hpp"
#include "property.hpp"
#include "sets.hpp"
#include "valid.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::fuzz;

namespace {

constexpr ObjectType kType = ObjectType::CIPHERNET_FUZZ_OBJECT;
/// As in test/native/io/mutation_test.cpp: residues of 20 bits become words; messages. Parameters make tables.
constexpr std::size_t kRequestedPerByte = 10;
constexpr std::size_t kRequestedAlways = kType == ObjectType::parameters ? std::size_t{32} << 20 : 2048;

/// What this thread has asked memory for, all requests together.
thread_local std::size_t requested = 0;

void count(const volatile void*, std::size_t size) { requested += size; }
void ignore(const volatile void*) {}

/// A bundle may be loaded in part and its table of contents from its beginning alone; the parts are those of the whole.
[[maybe_unused]] void check_parts(ByteView bytes, const ckks::Parameters& set) {
    const std::uint32_t count = inspect(bytes).count.value();
    const auto entries = read_table_of_contents(bytes.first(table_of_contents_bytes(count)), set);
    require(entries.size() == count, "the table of contents has as many lines as it says");
    for (const KeyEntry& entry : entries) {
        const rlwe::EvaluationKeys one =
            read_evaluation_keys(bytes, set, {}, [&](const KeyName& name) { return name == entry.name; });
        require(one.names() == std::vector{entry.name}, "a key is loaded by its name");
        EvaluationKeysWriter writer(KeySets(set), one.names(), one.insecure);
        static_cast<void>(writer.begin());
        require(std::ranges::equal(writer.next(one), bytes.subspan(entry.offset, entry.length)),
                "a key loaded alone is the one in the bundle");
    }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    static_cast<void>(sets());
    return __sanitizer_install_malloc_and_free_hooks(count, ignore) == 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    const auto& set = set_of(bytes);
    requested = 0;
    try {
        const Bytes again = io::test::reread(kType, bytes, set);
        require(std::ranges::equal(again, bytes), "what is accepted is written again as the same bytes");
        check_accepted(kType, bytes, set);
        if constexpr (kType == ObjectType::evaluation_keys) check_parts(bytes, *set);
    } catch (const Error& e) {
        require(requested <= kRequestedPerByte * size + kRequestedAlways, "memory is in proportion to the bytes");
        require(is_refusal(e), "bad bytes are refused, nothing else is wrong");
        return 0;
    }
    return 0;
}
