#pragma once

// clang-format off
// Written by tools/random_vectors.py; do not edit. SHA-256 of the values as little-endian
// integers of their C++ type, under the seed 00 01 … 1f.

#include <cstdint>

namespace ciphernet::vectors {

// begins 226, 155, 145, 76, 105, 219, 65, 104
inline constexpr const char* kStreamBytes =
    "39d4860e274a48c28871f7a13471db32a9f09aee0ecdde7fab80d4b4ef9c1957";

struct Uniform {
    std::uint64_t q;
    const char* digest;
    std::uint64_t next_word;
};
/// 3001 values, object 7, limb 3, and the word that the stream gives next.
inline constexpr Uniform kUniform[] = {
    {1, "5b8ddb0d04d810ce46365f950e5e2fa4965527856af8873a492ac48e8df9654b", 0x4f60203650fb2466},
    {2, "6419697e48a85ce5c6e133bd923ad71476ec692fd966bc3935ce6f4da59832a7", 0x4f60203650fb2466},
    {3, "39f26a5b77b976434fa63e2b9d458b69f2ebde48356020f333a892b7243aba4c", 0x2b972ad6a7bed49d},
    {65537, "0af6110cf3fa8f6f0cff1c73b69565c934b40c606638a242119674aa051103ab", 0x83e1ad50e95363b8},
    {562949953421313, "ab4477642d43b7250caa85c0f4717935d72742b90dcce6413dbb7ea89dacb916", 0x4db9c6e9ec587855},
    {1125899906842597, "21accc7aafff98a0851640326024849b9bf7e4e6d076bed428642d2dbcd6f8d2", 0x4f60203650fb2466},
};

// begins -1, -1, 0, 1, 1, -1, 0, 0
inline constexpr const char* kTernary =
    "82a7f7d74a4fdcc66ca5f8e5db54debf6cb0245d3d066e52221c55952b925d10";
// begins 4, -2, -1, -1, -2, 6, 1, -3
inline constexpr const char* kGaussian =
    "d733d7c079461d13404247e169d3f296f28a1c496aea9890ef8d2a85a6d2af75";
// begins 0, 0, 0, 0, 1, 0, 0, 1
inline constexpr const char* kFixedWeight =
    "922156031d4c58eadd97b880d95248546c1e4baf4fe61b21cb466db29205e871";
// begins -1435990, 711617, -352128, 740535, 1583260, 530769, 625236, 296837
inline constexpr const char* kWideGaussian =
    "1e6b7a86d577c0c19cab5e068e0e07934ac6b7baef5a064be43d0451cfe87e6f";
// Seeds of insecure_deterministic(42): public, secret, public, public, secret.
// begins 101, 136, 239, 102, 169, 243, 58, 140
inline constexpr const char* kRandomSource =
    "91aca4e29021c4e8fc3569ead35b50b980af171b77cb7bd9a945e7d218e3a142";

}  // namespace ciphernet::vectors
