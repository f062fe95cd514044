/* Delimited text of plain cells, which need no second look, to columns: one pass, without memory or locale.

   Whatever else stands in it (a quote, a blank line, a number that is perhaps a code) ends the pass at once; the
   caller then reads the text in another way. Nothing that is shared changes, so that threads may run it at once. This
   is GNU C: it has integers of 128 bits, and numbers below 0 stay below 0 when they are shifted to the right. Numbers
   are the nearest float64, halves to even:

   - W. D. Clinger, "How to read floating point numbers accurately", PLDI 1990: the product or quotient of two
     numbers that float64 holds is rounded once;
   - D. Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51(8), 2021 (after
     M. Eisel): the first 64 or 128 bits of the product with a power of five tell the 53 bits, in all but a few cases.
*/

#include <float.h>
#include <stdint.h>
#include <string.h>

#if FLT_EVAL_METHOD != 0
#error "float64 must be computed in float64"
#endif

enum { LOWEST_POWER = -330, HIGHEST_POWER = 22, MOST_DIGITS = 19, MOST_WHOLE_DIGITS = 18 };

enum { WHOLE, NUMBER, TEXT };

static const uint64_t EXACT_INTEGER = (uint64_t)1 << 53;
static const uint64_t NEGATIVE = (uint64_t)1 << 63;

static const double POWERS_OF_TEN[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

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

/* What the text is like.

   kinds           for each column WHOLE (int64), NUMBER (float64) or TEXT
   powers_of_five  the first 128 bits of 5**k for k from -330 to 22, as pairs (high, low)
   missing         the cells that are missing: each its length and its bytes; 255 ends them
   ends_cell       256 truth values: delimiter, quote, CR, LF and NUL */
struct plain {
    int64_t n_columns;
    const uint8_t *kinds;
    const uint64_t *powers_of_five;
    const uint8_t *missing;
    int64_t longest_missing;
    const uint8_t *ends_cell;
    uint8_t delimiter;
};

static inline int is_digit(uint8_t byte) { return (uint8_t)(byte - '0') < 10; }

/* Read a whole number at *at; 0 if there is no plain one. */
static int whole_number(const uint8_t **at, uint64_t *value)
{
    const uint8_t *here = *at;
    const int negative = *here == '-';
    here += negative;
    const uint8_t *const first = here;
    uint64_t digits = 0;
    for (; is_digit(*here); here++)
        digits = 10 * digits + (*here - '0');
    if (here == first || here - first > MOST_WHOLE_DIGITS || (*first == '0' && here - first > 1))
        return 0;
    if (digits >= EXACT_INTEGER || (negative && digits == 0)) /* -0 is another text of 0 */
        return 0;
    *value = negative ? 0 - digits : digits;
    *at = here;
    return 1;
}

/* Read a number at *at, as the bits of a float64; 0 if there is no plain one. */
static int number(const uint8_t **at, const uint64_t *powers_of_five, uint64_t *bits)
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

static int64_t length_of(const uint8_t *cell, const struct plain *plain)
{
    const uint8_t *end = cell;
    while (!plain->ends_cell[*end])
        end++;
    return end - cell;
}

static int is_missing(const uint8_t *cell, int64_t length, const struct plain *plain)
{
    if (length > plain->longest_missing)
        return 0;
    for (const uint8_t *missing = plain->missing; *missing != UINT8_MAX; missing += 1 + *missing)
        if (length == *missing && memcmp(cell, missing + 1, (size_t)length) == 0)
            return 1;
    return 0;
}

/* Find where the text at *at is, as offset and length in 32 bits each; 0 if it is missing, or perhaps a code. */
static int text_cell(const uint8_t **at, const struct plain *plain, const uint8_t *text, uint64_t *where)
{
    const uint8_t *here = *at;
    while (*here == ' ')
        here++;
    here += *here == '-' || *here == '+';
    if (*here == '0' && is_digit(here[1]))
        return 0;
    const int64_t length = length_of(*at, plain);
    if (is_missing(*at, length, plain))
        return 0;
    *where = (uint64_t)(*at - text) << 32 | (uint64_t)length;
    *at += length;
    return 1;
}

/* Read all records of a text.

   text       fewer than 2**31 bytes, n_bytes, and a NUL after them
   columns    for each column room for most_rows values, as bits; of text, for where it is
   valid      (n_columns, (most_rows + 7) / 8): bits that are set, and here are cleared for missing values

   Returns the number of records; -1 if anything in the text is not plain. */
int64_t logistica_plain_columns(const struct plain *plain, const uint8_t *text, int64_t n_bytes,
                                uint64_t *const *columns, uint8_t *valid, int64_t most_rows)
{
    const uint8_t *here = text, *const end = text + n_bytes;
    const int64_t valid_bytes = (most_rows + 7) / 8, n_columns = plain->n_columns;
    int64_t row = 0;
    for (; here < end; row++) {
        if (row == most_rows)
            return -1;
        for (int64_t j = 0; j < n_columns; j++) {
            uint64_t *const value = columns[j] + row;
            const uint8_t kind = plain->kinds[j];
            const int is_plain = kind == NUMBER  ? number(&here, plain->powers_of_five, value)
                                 : kind == WHOLE ? whole_number(&here, value)
                                                 : text_cell(&here, plain, text, value);
            if (!is_plain) {
                const int64_t length = length_of(here, plain);
                if (!is_missing(here, length, plain) || (length == 0 && n_columns == 1)) /* a blank line */
                    return -1;
                here += length;
                *value = 0;
                valid[j * valid_bytes + row / 8] &= (uint8_t) ~(1u << (row % 8));
            }
            if (j < n_columns - 1) {
                if (*here != plain->delimiter)
                    return -1;
                here++;
            }
        }
        here += here[0] == '\r' && here[1] == '\n';
        if (*here == '\n')
            here++;
        else if (here != end)
            return -1;
    }
    return row;
}

/* Put the texts of a column side by side: where each is, then the offsets at which they start, and their bytes. */
void logistica_plain_texts(const uint8_t *text, const uint64_t *where, int64_t n_rows, int32_t *offsets, uint8_t *bytes)
{
    int32_t offset = 0;
    for (int64_t row = 0; row < n_rows; row++) {
        const uint32_t length = (uint32_t)where[row];
        offsets[row] = offset;
        memcpy(bytes + offset, text + (where[row] >> 32), length);
        offset += (int32_t)length;
    }
    offsets[n_rows] = offset;
}
