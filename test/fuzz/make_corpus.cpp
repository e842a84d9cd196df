#include <cstdio>
#include <filesystem>
#include <fstream>

#include "sets.hpp"

using namespace ciphernet;
using namespace ciphernet::io;
using namespace ciphernet::io::fuzz;

namespace {

namespace fs = std::filesystem;

/// What scripts/fuzz.cjs gives as the longest input.
constexpr std::size_t kMostSeedBytes = 70000;

void save(const fs::path& folder, const std::string& file, ByteView bytes) {
    fs::create_directories(folder);
    std::ofstream out(folder / file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!out.flush()) throw Error(ErrorCode::system, "Cannot write " + (folder / file).string());
}

/// Every type of object and every shape that it has, under one parameter set.
void make(const fs::path& corpus, const ckks::ParametersLiteral& literal, const std::string& set) {
    io::test::Objects o(literal);
    const auto next = [&](const char* reader, const std::string& name, ByteView bytes) {
        if (bytes.size() > kMostSeedBytes) return;
        save(corpus / reader, set + name, bytes);
        if (bytes.size() < 10000 && (name.empty() || name == "-seeded" || name == "-empty"))
            save(corpus / "envelope", set + "-" + reader, bytes);
    };
    const int top = o.parameters->user_level();
    next("parameters", "", write(*o.parameters));
    next("secret-key", "", write(o.secret).view());
    next("public-key", "", write(o.public_key));
    next("plaintext", "", write(o.plaintext(top)));
    next("plaintext", "-lowest", write(o.plaintext(0)));
    next("ciphertext", "-seeded", write(o.fresh(top)));
    next("ciphertext", "-lowest", write(o.fresh_public(0)));
    ckks::Ciphertext open = o.fresh_public(0);
    std::fill_n(open.body.parts[1].limb(0), open.body.parts[1].word_count(), u64{0});
    next("ciphertext", "-transparent", write(open));
    std::vector<ckks::Ciphertext> batch;
    next("ciphertext-batch", "-empty", write(*o.parameters, batch));
    batch.push_back(o.fresh(0));
    next("ciphertext-batch", "", write(*o.parameters, batch));
    if (o.parameters->rlwe().has_special_primes()) {
        const ckks::Evaluator evaluator(o.parameters, nullptr, {});
        const ckks::Ciphertext x = o.fresh(top);
        batch.push_back(evaluator.multiply(x, x, {.relinearize = false, .rescale = false}));
        next("ciphertext", "-product", write(batch.back()));
        next("evaluation-key", "",
             write_evaluation_key(o.parameters->rlwe(), *o.keys.relinearization, o.keys.insecure));
        next("evaluation-key", "-galois",
             write_evaluation_key(o.parameters->rlwe(), *o.keys.galois.begin()->second, o.keys.insecure));
        next("evaluation-keys", "", write(o.keys));
        if (o.keys.encapsulation) {
            next("evaluation-key", "-encapsulation",
                 write_evaluation_key(o.parameters->rlwe(), *o.keys.encapsulation, o.keys.insecure));
            rlwe::EvaluationKeys alone = o.keys;
            alone.relinearization = nullptr;
            alone.galois.clear();
            next("evaluation-keys", "-encapsulation", write(alone));
            o.keys.encapsulation = nullptr;
        }
        o.keys.relinearization = nullptr;
        o.keys.galois.erase(std::next(o.keys.galois.begin()), o.keys.galois.end());
        next("evaluation-keys", "-one", write(o.keys));
    }
    batch.push_back(o.fresh_public(0));
    next("ciphertext-batch", "-transparent", write(*o.parameters, std::span(&open, 1)));
    next("ciphertext-batch", "-mixed", write(*o.parameters, batch));
    o.keys.galois.clear();
    o.keys.relinearization = nullptr;
    next("evaluation-keys", "-empty", write(o.keys));
}

}  // namespace

/// Usage: ciphernet_fuzz_corpus <folder> — writes the seeds of the fuzz targets, a folder a reader. Deterministic.
int main(int argc, char** argv) {
    if (argc != 2) {
        std::fputs("Usage: ciphernet_fuzz_corpus <folder>\n", stderr);
        return 2;
    }
    try {
        const char* names[] = {"single", "double", "secure", "deep"};
        const auto literals = set_literals();
        for (std::size_t i = 0; i < literals.size(); ++i) make(argv[1], literals[i], names[i]);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
    return 0;
}
