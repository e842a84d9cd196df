#pragma once

namespace ciphernet::addon {

/// Keeps the addon's code in memory until the process ends. Node unloads an addon with the last worker that used it,
/// but the pool's threads still run in it.
void stay_loaded();

}  // namespace ciphernet::addon
