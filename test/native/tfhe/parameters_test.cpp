#include "tfhe/parameters.hpp"

#include "support/test.hpp"
#include "tfhe/context.hpp"

namespace ciphernet::tfhe {
namespace {

template <class Change>
ParametersLiteral changed(ParametersLiteral set, const Change& change) {
    change(set);
    return set;
}

TEST("sets that cannot work are refused, with the value and its range") {
    const ParametersLiteral good = small_set(4);
    CHECK_EQ(Parameters(good).big_dimension(), 512);
    for (const auto& wrong : {
             changed(good, [](auto& s) { s.message_bits = 0; }),
             changed(good, [](auto& s) { s.message_bits = 9; }),
             changed(good, [](auto& s) { s.message_bits = 5; }),  // too few coefficients an entry
             changed(good, [](auto& s) { s.lwe_dimension = 0; }),
             changed(good, [](auto& s) { s.lwe_noise = 31; }),
             changed(good, [](auto& s) { s.glwe_dimension = 0; }),
             changed(good, [](auto& s) { s.log_n = 8; }),
             changed(good, [](auto& s) { s.log_n = 17; }),
             changed(good, [](auto& s) { s.glwe_noise = -1; }),
             changed(good, [](auto& s) { s.bootstrap = {33, 1}; }),
             changed(good, [](auto& s) { s.bootstrap = {32, 2}; }),
             changed(good, [](auto& s) { s.bootstrap = {23, 0}; }),
             changed(good, [](auto& s) { s.key_switch = {16, 1}; }),
             changed(good, [](auto& s) { s.key_switch = {8, 4}; }),
         })
        CHECK_THROWS_CODE(Parameters(wrong), ErrorCode::parameters_invalid);
}

TEST("the lines of 128 bits of security hold, and only a name goes past them") {
    const ParametersLiteral good = full_set();
    CHECK(Parameters(good).security() == Security::classical_128);
    const auto weak_lwe = changed(good, [](auto& s) { s.lwe_dimension = 917; });
    const auto weak_noise = changed(good, [](auto& s) { s.lwe_noise = 44; });
    const auto weak_glwe = changed(good, [](auto& s) { s.log_n = 10; });
    const auto weak_glwe_noise = changed(good, [](auto& s) { s.glwe_noise = 16; });
    for (const ParametersLiteral& weak : {weak_lwe, weak_noise, weak_glwe, weak_glwe_noise}) {
        CHECK_THROWS_CODE(Parameters(weak), ErrorCode::security_insufficient);
        CHECK(Parameters(changed(weak, [](auto& s) { s.security = Security::none; })).security() == Security::none);
    }
    CHECK_EQ(Parameters(changed(good,
                                [](auto& s) {
                                    s.lwe_dimension = 1117;
                                    s.lwe_noise = 40;
                                    s.log_n = 13;
                                    s.glwe_noise = 3;
                                }))
                 .n(),
             8192);
    RandomSource random = RandomSource::system();
    CHECK(!SecretKey::generate(std::make_shared<const Parameters>(good), random).insecure());
    CHECK(SecretKey::generate(std::make_shared<const Parameters>(small_set(1)), random).insecure());
}

TEST("digits of a gadget, weighted, give the word rounded to what the gadget keeps") {
    Rng rng(111);
    for (const GadgetLiteral gadget : {GadgetLiteral{23, 1}, {15, 2}, {4, 4}, {5, 3}, {1, 20}}) {
        const int kept = gadget.base_log * gadget.levels;
        for (int trial = 0; trial < 2000; ++trial) {
            const u64 x = trial == 0 ? 0 : trial == 1 ? ~u64{0} : trial == 2 ? u64{1} << 63 : rng.next();
            u64 sum = 0;
            for (int level = 0; level < gadget.levels; ++level) {
                const GadgetDigit digit = gadget_digit(gadget, level);
                const i64 d = static_cast<i64>((x + digit.offset) << digit.shift_left >> digit.shift_right) -
                              static_cast<i64>(digit.half);
                CHECK_LE(static_cast<double>(d < 0 ? -d : d + 1), digit.half);
                sum += static_cast<u64>(d) << (64 - gadget.base_log * (level + 1));
            }
            const u64 half = u64{1} << (63 - kept);
            CHECK_EQ(sum, (x + half) >> (64 - kept) << (64 - kept));
        }
    }
}

TEST("messages outside the space are refused, seeded and expanded ciphertexts are one") {
    Context context(small_set(2));
    CHECK_THROWS_CODE(encrypt(context.key, std::vector<u32>{0, 8}, context.random, {}), ErrorCode::value_out_of_range);
    CHECK_THROWS_CODE(trivial(context.parameters, std::vector<u32>{8}), ErrorCode::value_out_of_range);
    CHECK(context.decrypted(context.encrypted({0, 1, 2, 3, 4, 5, 6, 7})) == std::vector<u32>({0, 1, 2, 3, 4, 5, 6, 7}));
    CHECK(context.encrypted({1}).insecure());
    const Context other(small_set(1));
    CHECK_THROWS_CODE(other.decrypted(context.encrypted({1})), ErrorCode::parameters_mismatch);
}

}  // namespace
}  // namespace ciphernet::tfhe
