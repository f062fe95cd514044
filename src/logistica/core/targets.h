/* One body, several targets, one dispatcher: for loops that are made of vectors as wide as the registers.

   A vector that is wider than the registers goes through memory, at a tenth of the speed. So such a loop stands in a
   header of its own (such as dense_rows.h), which is included once for each of the three widths, in doubles: 8 for
   AVX-512, 4 for AVX2, 2 for every other machine, where the compiler makes of them what it can. Elsewhere than on
   x86-64, and by compilers that cannot, only the last is made. */

#ifndef LOGISTICA_TARGETS_H
#define LOGISTICA_TARGETS_H

#include "vector.h"

/* The functions of a width are marked by its target, and by their name, `name_8`. */
#if SEVERAL_TARGETS
#define TARGET_8 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")))
#define TARGET_4 __attribute__((target("avx2,fma")))
#endif
#define TARGET_2

#define JOINED(name, suffix) name##_##suffix
#define WITH_SUFFIX(name, suffix) JOINED(name, suffix)

/* How many doubles the registers hold of the machine that runs this. */
static inline int64_t lanes_here(void)
{
#if SEVERAL_TARGETS
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma"))
        return 2;
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                   __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
               ? 8
               : 4;
#else
    return 2;
#endif
}

/* Call the function of this name that is made for vectors of so many numbers. */
#if SEVERAL_TARGETS
#define BY_LANES(lanes, name, ...)                                                                                     \
    do {                                                                                                               \
        switch (lanes) {                                                                                               \
        case 8: name##_8(__VA_ARGS__); break;                                                                          \
        case 4: name##_4(__VA_ARGS__); break;                                                                          \
        default: name##_2(__VA_ARGS__);                                                                                \
        }                                                                                                              \
    } while (0)
#else
#define BY_LANES(lanes, name, ...) name##_2(__VA_ARGS__)
#endif

/* The one for the machine that runs it. */
#define ON_THIS_PROCESSOR(name, ...) BY_LANES(lanes_here(), name, __VA_ARGS__)

#if defined(__GNUC__)
#define UNROLLED _Pragma("GCC unroll 8")
#else
#define UNROLLED
#endif

#endif
