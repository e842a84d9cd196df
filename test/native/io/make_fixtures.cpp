#include <cstdio>

#include "io/fixtures.hpp"

/// Usage: ciphernet_fixtures <folder> — writes fixtures, in a folder a format version. Done once a version: what is committed
/// never changes again, for it stands for the files that users have.
int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("Usage: ciphernet_fixtures <folder>\n", stderr);
        return 2;
    }
    for (const ciphernet::io::test::Fixture& file : ciphernet::io::test::make_fixtures()) {
        std::ofstream out(std::string(argv[1]) + "/" + file.name, std::ios::binary);
        out.write(reinterpret_cast<const char*>(file.bytes.data()), static_cast<std::streamsize>(file.bytes.size()));
        if (!out.flush()) {
            std::fprintf(stderr, "Cannot write %s.\n", file.name.c_str());
            return 1;
        }
    }
    return 0;
}
