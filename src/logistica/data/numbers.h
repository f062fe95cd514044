/* Plain decimal numbers to the nearest float64, halves to even, in one pass, without memory or locale.

   - W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990: the product or quotient of two
     numbers that float64 holds is rounded once;
   - D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51(8), 2021 (after
     M. Eisel): the first 64 or 128 bits of the product with a power of five tell the 53 bits, in all but a few cases.

   This is GNU C: it has integers of 128 bits, and numbers below 0 stay below 0 when they are shifted to the right. */

#ifndef LOGISTICA_NUMBERS_H
#define LOGISTICA_NUMBERS_H

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float64 must be computed in float64"
#endif

enum { LOWEST_POWER = -330, HIGHEST_POWER = 22, MOST_DIGITS = 19 };

static const uint64_t EXACT_INTEGER = (uint64_t)1 << 53;
static const uint64_t NEGATIVE = (uint64_t)1 << 63;

static const double POWERS_OF_TEN[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static inline int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* The bits of digits * 10**power, a normal number; 0 if 128 bits do not tell them. */
static uint64_t rounded(uint64_t digits, int power, const uint64_t *powers_of_five)
{
    const uint64_t *five = powers_of_five + 2 * (power - LOWEST_POWER);
    const int shift = __builtin_clzll(digits);
    unsigned __int128 product = (unsigned __int128)(digits << shift) * five[0];
    uint64_t high = (uint64_t)(product >> 64), low = (uint64_t)product;
    if ((high & 0x1FF) == 0x1FF) {
        const uint64_t more = (uint64_t)(((unsigned __int128)(digits << shift) * five[1]) >> 64);
        low += more;
        high += low < more;
        if (low == UINT64_MAX && (power < -27 || power > 55))
            return 0;
    }
    const int top = (int)(high >> 63);
    uint64_t mantissa = high >> (top + 9);
    const int64_t exponent = ((217706 * (int64_t)power) >> 16) + 63 + top - shift + 1023;
    if (exponent <= 0 || exponent >= 2046)
        return 0;
    if (low <= 1 && power >= -4 && power <= 23 && (mantissa & 3) == 1 && mantissa << (top + 9) == high)
        mantissa &= ~(uint64_t)1; /* exactly half-way: to even */
    mantissa = (mantissa + (mantissa & 1)) >> 1; /* 2**53, after rounding up, carries into the exponent */
    return ((uint64_t)exponent << 52) + (mantissa - ((uint64_t)1 << 52));
}

/* Read the eight digits at `at` at once, as Lemire (2021, section 4) does; 0 if there are no eight. */
static inline int eight_digits(const uint8_t *at, uint64_t *value)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    uint64_t bytes;
    memcpy(&bytes, at, sizeof bytes);
    const uint64_t each = bytes - 0x3030303030303030;
    if (((bytes + 0x4646464646464646) | each) & 0x8080808080808080)
        return 0;
    const uint64_t pairs = 10 * each + (each >> 8);
    *value = ((pairs & 0x000000FF000000FF) * (100 + (1000000ull << 32)) +
              (pairs >> 16 & 0x000000FF000000FF) * (1 + (10000ull << 32))) >> 32;
    return 1;
#else
    return 0;
#endif
}

/* Read a number at *at, in a text that goes to `end`, as the bits of a float64; 0 if there is no plain one. */
static int number(const uint8_t **at, const uint8_t *end, const uint64_t *powers_of_five, uint64_t *bits)
{
    const uint8_t *here = *at;
    const uint64_t sign = *here == '-' ? NEGATIVE : 0;
    here += sign != 0;
    const uint8_t *first = here;
    uint64_t digits = 0;
    int power = 0;
    for (; is_digit(*here); here++)
        digits = 10 * digits + (*here - '0');
    int64_t n_digits = here - first;
    if (n_digits > 1 && *first == '0')
        return 0;
    if (*here == '.') {
        const uint8_t *const point = here++;
        for (uint64_t eight; end - here >= 8 && eight_digits(here, &eight); here += 8)
            digits = 100000000 * digits + eight;
        for (; is_digit(*here); here++)
            digits = 10 * digits + (*here - '0');
        if (here == point + 1 || here - point > 1000)
            return 0;
        power = (int)(point + 1 - here);
        n_digits -= power;
    }
    if (n_digits == 0)
        return 0;
    if (n_digits > MOST_DIGITS) {
        for (; *first == '0' || *first == '.'; first++)
            n_digits -= *first == '0';
        if (n_digits > MOST_DIGITS)
            return 0;
    }
    if (*here == 'e' || *here == 'E') {
        here++;
        const int below = *here == '-';
        here += below || *here == '+';
        const uint8_t *const start = here;
        int exponent = 0;
        for (; is_digit(*here) && here - start < 4; here++)
            exponent = 10 * exponent + (*here - '0');
        if (here == start || is_digit(*here))
            return 0;
        power += below ? -exponent : exponent;
    }
    double value = 0;
    if (digits == 0) {
        /* zero, whatever the power */
    } else if (power < LOWEST_POWER || power > HIGHEST_POWER) {
        return 0;
    } else if (digits <= EXACT_INTEGER && power >= -22) {
        value = power < 0 ? (double)digits / POWERS_OF_TEN[-power] : (double)digits * POWERS_OF_TEN[power];
    } else {
        const uint64_t found = rounded(digits, power, powers_of_five);
        if (found == 0)
            return 0;
        memcpy(&value, &found, sizeof value);
    }
    if (value >= (double)EXACT_INTEGER)
        return 0;
    memcpy(bits, &value, sizeof value);
    *bits |= sign;
    *at = here;
    return 1;
}

#endif
