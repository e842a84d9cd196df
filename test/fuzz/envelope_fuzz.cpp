// What all objects share, and what is said of bytes before they are read: inspect(), the header, length, checksum and
// fields in bounds.
#include "io/envelope.hpp"
#include "property.hpp"
#include "sets.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::fuzz;

namespace {

template <class F>
bool accepts(const F& f) {
    try {
        f();
        return true;
    } catch (const Error& e) {
        require(is_refusal(e), "bad bytes are refused, nothing else is wrong");
        return false;
    }
}

bool same(const Info& a, const Info& b) {
    return a.type == b.type && a.insecure == b.insecure && a.fingerprint == b.fingerprint &&
           a.total_bytes == b.total_bytes && a.level == b.level && a.degree == b.degree && a.count == b.count &&
           a.galois_element == b.galois_element && a.log_n == b.log_n;
}

void check_info(ByteView bytes) {
    const Info info = inspect(bytes);
    require(info.version >= kFirstVersion && info.version <= kFormatVersion, "inspect() reads known versions only");
    require(to_string(info.type) != "object", "the type has a name");
    require(info.total_bytes <= kMostBytes, "no object is above the bound");
    const ByteView start = bytes.first(std::min(bytes.size(), kInspectBytes));
    require(same(inspect(start), info), "the first bytes say all that inspect() says");
}

/// Takes fields of sizes that the bytes themselves name, as a reader does.
void walk(ByteView payload, ObjectType type) {
    Cursor cursor(payload, type);
    std::size_t taken = 0;
    while (cursor.left() > 0) {
        const std::size_t before = cursor.left();
        const std::uint8_t size = cursor.u8();
        if (size % 3 == 0)
            static_cast<void>(cursor.number(size % 9));
        else if (size % 3 == 1)
            static_cast<void>(cursor.take(std::uint64_t{size} << (size % 57)));
        else
            cursor.zero(size % 9);
        taken += before - cursor.left();
        require(taken + cursor.left() == payload.size(), "fields follow one another without gaps");
    }
    cursor.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const ByteView bytes(data, size);
    static_cast<void>(accepts([&] { check_info(bytes); }));
    static_cast<void>(accepts([&] {
        const Header header = read_header(bytes);
        std::array<std::uint8_t, kHeaderBytes> again;
        write_header(again, header);
        require(std::ranges::equal(again, bytes.first(kHeaderBytes)), "a header is written as it was read");
        const bool fits = header.total_bytes() == size;
        require(accepts([&] { check_length(bytes, header, kMostBytes); }) == fits, "the length is that of the bytes");
        const ByteView payload = open(bytes, header, kMostBytes);
        require(fits && payload.size() == size - kEnvelopeBytes, "the payload is what is inside the envelope");
        walk(payload, header.type);
    }));
    return 0;
}
