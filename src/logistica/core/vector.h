/* What the compiled loops over rows share. */

#ifndef LOGISTICA_VECTOR_H
#define LOGISTICA_VECTOR_H

#include <stdint.h>
#include <string.h>

/* Where the compiler can, it makes a function several times, and the machine that runs it takes the best. What is made
   of vectors of a width that is written, is made for several targets by targets.h. */
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#define SEVERAL_TARGETS 1
#if __GNUC__ >= 12
#define ON_EACH_PROCESSOR __attribute__((target_clones("default", "arch=x86-64-v3", "arch=x86-64-v4")))
#else /* knows no such levels, and would round vectors of 64 bytes otherwise than shorter ones, which lack fma here */
#define ON_EACH_PROCESSOR __attribute__((target_clones("default", "avx2")))
#endif
#else
#define SEVERAL_TARGETS 0
#define ON_EACH_PROCESSOR
#endif

/* A part of such a function, which must become part of each of its copies: on its own it would be made only once. */
#if defined(__GNUC__)
#define PART static inline __attribute__((always_inline))
#else
#define PART static inline
#endif

/* exp(x) for x <= 0, to one unit in the last place, without a branch; 0 stands for what is below 1e-307.

   W. J. Cody and W. Waite, "Software manual for the elementary functions", 1980, chapter 6: x = k log 2 + r, with the
   logarithm in two parts, and a polynomial in r, here Taylor's to the 13th power. */
PART double exp_of_negative(double x)
{
    const double whole = 0x1.8p52; /* adding it leaves a whole number in the last bits */
    const double kept = x < -707.0 ? -707.0 : x; /* NaN stays NaN */
    const double shifted = kept * 0x1.71547652b82fep0 + whole;
    const double k = shifted - whole;
    const double r = (kept - k * 0x1.62e42feep-1) - k * 0x1.a39ef35793c76p-33;
    double sum = 1.0 / 6227020800.0;
    sum = sum * r + 1.0 / 479001600.0;
    sum = sum * r + 1.0 / 39916800.0;
    sum = sum * r + 1.0 / 3628800.0;
    sum = sum * r + 1.0 / 362880.0;
    sum = sum * r + 1.0 / 40320.0;
    sum = sum * r + 1.0 / 5040.0;
    sum = sum * r + 1.0 / 720.0;
    sum = sum * r + 1.0 / 120.0;
    sum = sum * r + 1.0 / 24.0;
    sum = sum * r + 1.0 / 6.0;
    sum = sum * r + 0.5;
    sum = sum * r + 1.0;
    sum = sum * r + 1.0;
    uint64_t bits;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 1023) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return x < -707.0 ? 0.0 : sum * power;
}

/* log(1 + t) for t from 0 to 1, to two units in the last place: twice the artanh of t / (2 + t), by Taylor's series
   (M. Abramowitz and I. Stegun, "Handbook of mathematical functions", 1964, 4.1.27). */
PART double log1p_of_share(double t)
{
    const double ratio = t / (2.0 + t), square = ratio * ratio;
    double sum = 1.0 / 35.0;
    sum = sum * square + 1.0 / 33.0;
    sum = sum * square + 1.0 / 31.0;
    sum = sum * square + 1.0 / 29.0;
    sum = sum * square + 1.0 / 27.0;
    sum = sum * square + 1.0 / 25.0;
    sum = sum * square + 1.0 / 23.0;
    sum = sum * square + 1.0 / 21.0;
    sum = sum * square + 1.0 / 19.0;
    sum = sum * square + 1.0 / 17.0;
    sum = sum * square + 1.0 / 15.0;
    sum = sum * square + 1.0 / 13.0;
    sum = sum * square + 1.0 / 11.0;
    sum = sum * square + 1.0 / 9.0;
    sum = sum * square + 1.0 / 7.0;
    sum = sum * square + 1.0 / 5.0;
    sum = sum * square + 1.0 / 3.0;
    sum = sum * square + 1.0;
    return 2.0 * ratio * sum;
}

#endif
