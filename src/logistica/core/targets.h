/* Loops whose vectors are as long as the machine's registers.

   A compiler makes slow work of vectors that are longer than the registers it compiles for, and a loop that takes what
   the registers hold must be written for a length. So such a loop is written once, in a file that is included for each
   length, with LANES, TARGET and NAME defined, and the machine that runs it says which is called. */

#ifndef LOGISTICA_TARGETS_H
#define LOGISTICA_TARGETS_H

/* With these doubles in a vector: eight with AVX-512, four with AVX2, and two anywhere. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define LONGER_VECTORS 1
#define TARGET_OF_8 __attribute__((target("arch=x86-64-v4")))
#define TARGET_OF_4 __attribute__((target("arch=x86-64-v3")))
#else
#define LONGER_VECTORS 0
#endif

/* How many numbers a vector of this machine holds. */
static inline int lanes_here(void)
{
#if LONGER_VECTORS
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return 8;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"))
        return 4;
#endif
    return 2;
}

#if defined(__GNUC__)
#define UNROLLED _Pragma("GCC unroll 8")
#else
#define UNROLLED
#endif

#endif
