#include "base/error.hpp"

#include <array>

namespace ciphernet {
namespace {

struct Row {
    ErrorCode code;
    std::string_view name;
};

constexpr std::array kRows{
    Row{ErrorCode::invalid_argument, "INVALID_ARGUMENT"},
    Row{ErrorCode::not_finite, "NOT_FINITE"},
    Row{ErrorCode::value_out_of_range, "VALUE_OUT_OF_RANGE"},
    Row{ErrorCode::parameters_invalid, "PARAMETERS_INVALID"},
    Row{ErrorCode::security_insufficient, "SECURITY_INSUFFICIENT"},
    Row{ErrorCode::parameters_mismatch, "PARAMETERS_MISMATCH"},
    Row{ErrorCode::level_exhausted, "LEVEL_EXHAUSTED"},
    Row{ErrorCode::scale_mismatch, "SCALE_MISMATCH"},
    Row{ErrorCode::degree_mismatch, "DEGREE_MISMATCH"},
    Row{ErrorCode::key_missing, "KEY_MISSING"},
    Row{ErrorCode::transparent_ciphertext, "TRANSPARENT_CIPHERTEXT"},
    Row{ErrorCode::format_truncated, "FORMAT_TRUNCATED"},
    Row{ErrorCode::format_trailing, "FORMAT_TRAILING"},
    Row{ErrorCode::format_magic, "FORMAT_MAGIC"},
    Row{ErrorCode::format_version, "FORMAT_VERSION"},
    Row{ErrorCode::format_type, "FORMAT_TYPE"},
    Row{ErrorCode::format_corrupt, "FORMAT_CORRUPT"},
    Row{ErrorCode::format_too_large, "FORMAT_TOO_LARGE"},
    Row{ErrorCode::secret_refused, "SECRET_REFUSED"},
    Row{ErrorCode::sharing_refused, "SHARING_REFUSED"},
    Row{ErrorCode::cancelled, "CANCELLED"},
    Row{ErrorCode::disposed, "DISPOSED"},
    Row{ErrorCode::out_of_memory, "OUT_OF_MEMORY"},
    Row{ErrorCode::environment_invalid, "ENVIRONMENT_INVALID"},
    Row{ErrorCode::system, "SYSTEM"},
    Row{ErrorCode::internal, "INTERNAL"},
};

}  // namespace

std::string_view to_string(ErrorCode code) {
    for (const Row& row : kRows)
        if (row.code == code) return row.name;
    return "INTERNAL";
}

const std::vector<ErrorCode>& all_error_codes() {
    static const std::vector<ErrorCode> codes = [] {
        std::vector<ErrorCode> list;
        for (const Row& row : kRows) list.push_back(row.code);
        return list;
    }();
    return codes;
}

}  // namespace ciphernet
