#pragma once

#include <string>
#include <vector>

#include "ckks/bootstrapping/modular_reduction.hpp"

namespace ciphernet::ckks {

/// E[-log2 |x|] of a Gaussian of variance 1.
inline constexpr double kGaussianBits = 0.916;

/// What one step adds to the result: the root mean square of a slot's error, in units of the message.
struct NoiseLine {
    std::string step;
    double deviation;
};

/// The line of what the sine is off by, which depends on the message.
inline constexpr const char* kSineLine = "sine";

/// The error of a bootstrapping before there are keys, for slots whose root mean square is `size`. Variances are added: the
/// errors of roundings and key switches are independent. (Linear steps: their formula, with the matrices' rows as they are,
/// scaled unitary ones. The modular reduction: its own program run on numbers with random errors of the known size, so that
/// what later operations make of an earlier error is what they do make of it.)
struct BootstrappingNoise {
    std::vector<NoiseLine> lines;
    double deviation;    ///< of all lines together
    double angle_error;  ///< at most this is a slot of magnitude 1 off besides, the sine being taken for its angle: for
                         ///< slots that are all alike; next to nothing for random ones
    double mean_bits;    ///< mean of -log2 |error| over real and imaginary parts, random slots of the unit square
    double constant_bits;  ///< the same when every slot is 1 + i
    /// log2 of the probability that any coefficient has a multiple of q_0 at which the polynomial is so far off that a slot
    /// changes by more than the worst of random errors; -infinity: no multiple that occurs at all is one.
    double log2_failure;
};

/// Throws Error{parameters_invalid} for a literal without bootstrapping. log_slots must be given. Where 2^log_batch
/// ciphertexts are packed into one of 2^log_slots slots, the errors are those of one of them, unpacked again: that of a
/// coefficient is the same, but fewer of them make a slot. Failure is that of any.
BootstrappingNoise bootstrapping_noise(const ParametersLiteral& literal, int log_batch = 0);

/// The largest slot that Parameters::literal().magnitude allows is off by this at most, by the sine: for NoiseEstimate.
double largest_angle_error(const ParametersLiteral& literal, double magnitude);

/// q_0 over a coefficient of magnitude 1 of the message when the modulus is raised: about 2^log_message_ratio, less where q_0 is
/// too small for that.
double message_ratio(const ParametersLiteral& literal);

}  // namespace ciphernet::ckks
