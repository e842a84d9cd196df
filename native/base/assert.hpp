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
#define CIPHERNET_ASSERT(condition) static_cast<void>(0)
#endif
