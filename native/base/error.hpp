#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ciphernet {

/// What a user can do wrong, or what can go wrong around us. The names are the stable codes of the TypeScript side
/// (lib/errors.ts holds the same list with a remedy for each; a test compares the two).
enum class ErrorCode {
    invalid_argument,        ///< a wrong type, shape or range
    not_finite,              ///< NaN or an infinity among the values
    value_out_of_range,      ///< a value that does not fit below the modulus of its level
    parameters_invalid,      ///< a parameter set that cannot exist
    security_insufficient,   ///< log2(QP) above the table for the asked security
    parameters_mismatch,     ///< two objects of different parameter sets
    level_exhausted,         ///< no level left for what was asked
    scale_mismatch,          ///< operands whose scales cannot be brought together
    degree_mismatch,         ///< a ciphertext that must be relinearized or rescaled first
    key_missing,             ///< an evaluation key that was not generated
    transparent_ciphertext,  ///< a ciphertext that anybody can read (a = 0)
    format_truncated,        ///< bytes end too early
    format_trailing,         ///< bytes go on after the end of the object
    format_magic,            ///< not our bytes at all
    format_version,          ///< a version of the format that this build does not read
    format_type,             ///< another kind of object
    format_corrupt,          ///< checksum, residue or field out of range
    format_too_large,        ///< a length above the bound for this object
    secret_refused,          ///< secret material where none may be
    sharing_refused,         ///< a result that cannot be shared without giving the key away
    cancelled,               ///< stopped because the caller asked for it
    disposed,                ///< a handle that was already disposed
    out_of_memory,           ///< memory ran out; nothing was changed
    environment_invalid,     ///< an environment variable with a value that cannot be used
    system,                  ///< the operating system refused (randomness, threads)
    internal,                ///< a defect of ours
};

/// The code as users see it, e.g. "LEVEL_EXHAUSTED".
std::string_view to_string(ErrorCode code);

/// Every code, in order (for the test that compares it with the TypeScript list).
const std::vector<ErrorCode>& all_error_codes();

/// A mistake that a user can reach. The message names the offending values and the remedy.
class Error : public std::runtime_error {
public:
    using Details = std::vector<std::pair<std::string, std::string>>;

    Error(ErrorCode code, const std::string& message, Details details = {})
        : std::runtime_error(message), code_(code), details_(std::move(details)) {}

    ErrorCode code() const { return code_; }
    /// Name and value of what was wrong, for programs.
    const Details& details() const { return details_; }

private:
    ErrorCode code_;
    Details details_;
};

}  // namespace ciphernet
