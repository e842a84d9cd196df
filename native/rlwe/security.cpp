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
    // N = 2^16: Bossuat, Troncoso-Pastoriza, Hubaux, "Bootstrapping for approximate homomorphic encryption with negligible
    // failure-probability by using sparse-secret encapsulation", 2022. The others with the lattice estimator; all three are
    // far above 128 bits there (141, 165, 189 at 117; docs/security.md).
    return log_n >= 15 && log_n <= 17 && weight == 32 ? 117 : 0;
}

}  // namespace ciphernet::rlwe
