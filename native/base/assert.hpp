#pragma once

#include <cstdio>
#include <cstdlib>

/// Inner invariants: on in Debug builds and in the tests, free elsewhere. Never used for what a user can reach.
#if defined(CIPHERNET_ASSERTIONS) && CIPHERNET_ASSERTIONS
#define CIPHERNET_ASSERT(condition)                                                                \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            std::fprintf(stderr, "%s:%d: invariant broken: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)
#else
// Not evaluated, but looked at: what only an assertion reads is no unused variable.
#define CIPHERNET_ASSERT(condition) static_cast<void>(sizeof(static_cast<bool>(condition)))
#endif
