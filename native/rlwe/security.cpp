#include "rlwe/security.hpp"

#include <array>

namespace ciphernet::rlwe {
namespace {

constexpr int kSmallestLogN = 10;
constexpr std::array<double, 8> kMaxLogQp{26, 53, 106, 214, 430, 868, 1747, 3523};  // N = 2^10 … 2^17

}  // namespace

std::string_view to_string(Security security) { return security == Security::none ? "none" : "classical-128"; }

double max_log_qp(int log_n) {
    const int row = log_n - kSmallestLogN;
    return row < 0 || row >= static_cast<int>(kMaxLogQp.size()) ? 0 : kMaxLogQp[static_cast<std::size_t>(row)];
}

double max_log_q_sparse(int log_n, int weight) {
    // Bossuat, Troncoso-Pastoriza, Hubaux, "Bootstrapping for approximate homomorphic encryption with negligible
    // failure-probability by using sparse-secret encapsulation", 2022.
    return log_n == 16 && weight == 32 ? 117 : 0;
}

}  // namespace ciphernet::rlwe
