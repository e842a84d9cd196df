#include "random/random_source.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <set>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/sha256.hpp"
#include "base/wipe.hpp"
#include "support/test.hpp"
#include "vectors/random_vectors.hpp"

#if !defined(_WIN32)
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace ciphernet {
namespace {

using Bytes = std::vector<std::uint8_t>;

template <class Seed>
Bytes bytes_of(const Seed& seed) {
    return {seed.bytes().begin(), seed.bytes().end()};
}

template <class Seed>
std::string text_of(const Seed& seed) {
    return {seed.bytes().begin(), seed.bytes().end()};
}

TEST("a deterministic source hands out the seeds of an independent program") {
    RandomSource source = RandomSource::insecure_deterministic(42);
    Bytes all;
    for (const bool secret : {false, true, false, false, true}) {
        const Bytes seed = secret ? bytes_of(source.next_secret_seed()) : bytes_of(source.next_public_seed());
        all.insert(all.end(), seed.begin(), seed.end());
    }
    const std::string digits = "0123456789abcdef";
    std::string text;
    for (const std::uint8_t x : sha256(all)) text += {digits[x >> 4], digits[x & 15]};
    CHECK_EQ(text, std::string(vectors::kRandomSource));
    CHECK(source.insecure());
    CHECK(!RandomSource::system().insecure());
}

TEST("seeds of the system never repeat, also when many threads ask one source") {
    RandomSource source = RandomSource::system();
    constexpr int kThreads = 4;
    constexpr int kEach = 500;
    std::vector<std::vector<std::string>> seeds(kThreads);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            for (int i = 0; i < kEach; ++i) {
                seeds[static_cast<std::size_t>(t)].push_back(text_of(source.next_public_seed()));
                seeds[static_cast<std::size_t>(t)].push_back(text_of(source.next_secret_seed()));
            }
        });
    }
    for (auto& thread : threads) thread.join();
    std::set<std::string> different;
    for (const auto& list : seeds) different.insert(list.begin(), list.end());
    for (int i = 0; i < 10; ++i) {
        different.insert(text_of(PublicSeed::from_system()));
        different.insert(text_of(SecretSeed::from_system()));
        different.insert(text_of(RandomSource::system().next_public_seed()));
    }
    CHECK_EQ(different.size(), 2u * kThreads * kEach + 30u);
}

TEST("a moved source goes on where it was") {
    RandomSource a = RandomSource::insecure_deterministic(7);
    RandomSource b = RandomSource::insecure_deterministic(7);
    static_cast<void>(a.next_public_seed());
    static_cast<void>(b.next_public_seed());
    RandomSource moved = std::move(a);
    CHECK(moved.next_public_seed() == b.next_public_seed());
}

TEST("the types keep secret seeds apart from public ones") {
    CHECK(std::is_copy_constructible_v<PublicSeed>);
    CHECK(!std::is_copy_constructible_v<SecretSeed> && !std::is_copy_assignable_v<SecretSeed>);
    CHECK(!std::is_constructible_v<PublicSeed, const SecretSeed&> && !std::is_constructible_v<PublicSeed, SecretSeed>);
    CHECK(!std::is_copy_constructible_v<RandomSource>);
}

TEST("a secret seed is wiped when it is moved from and when it is destroyed") {
    const Bytes ones(kSeedBytes, 1);
    const Bytes zeros(kSeedBytes, 0);
    SecretSeed a = SecretSeed::from_bytes(std::span(ones).first<kSeedBytes>());
    SecretSeed b = std::move(a);
    CHECK(bytes_of(a) == zeros);
    CHECK(bytes_of(b) == ones);
    a = std::move(b);
    CHECK(bytes_of(b) == zeros);
    CHECK(bytes_of(a) == ones);

    alignas(SecretSeed) unsigned char memory[sizeof(SecretSeed)];
    auto* seed = new (memory) SecretSeed(std::move(a));
    const volatile unsigned char* seen = memory;  // what is really there, not what the optimizer remembers
    CHECK_EQ(seen[5], 1);
    seed->~SecretSeed();
    for (std::size_t i = 0; i < sizeof(memory); ++i) CHECK_EQ(seen[i], 0);
}

TEST("secure_wipe zeroes exactly the bytes given") {
    Bytes bytes(20, 7);
    secure_wipe(bytes.data() + 3, 11);
    for (std::size_t i = 0; i < bytes.size(); ++i) CHECK_EQ(bytes[i], i >= 3 && i < 14 ? 0 : 7);
    secure_wipe(nullptr, 0);
}

#if !defined(_WIN32)
TEST("after a fork, parent and child hand out different seeds") {
    RandomSource source = RandomSource::system();
    static_cast<void>(source.next_secret_seed());
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const Bytes seed = bytes_of(source.next_secret_seed());
        const bool written = write(ends[1], seed.data(), seed.size()) == static_cast<ssize_t>(seed.size());
        _exit(written ? 0 : 1);
    }
    Bytes of_child(kSeedBytes);
    const ssize_t got = read(ends[0], of_child.data(), of_child.size());
    int status = 0;
    waitpid(child, &status, 0);
    close(ends[0]);
    close(ends[1]);
    REQUIRE(got == static_cast<ssize_t>(kSeedBytes) && WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(of_child != bytes_of(source.next_secret_seed()));
}
#endif

}  // namespace
}  // namespace ciphernet
