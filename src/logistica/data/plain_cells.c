/* Delimited text of plain cells, which need no second look, to columns: one pass, without memory or locale.

   Whatever else stands in it (a quote, a blank line, a number that is perhaps a code) ends the pass at once; the
   caller then reads the text in another way. Nothing that is shared changes, so that threads may run it at once. */

#include "numbers.h"

enum { MOST_WHOLE_DIGITS = 18 };

enum { WHOLE, NUMBER, TEXT };

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

/* Read records of a text, as many as there is room for.

   text       fewer than 2**31 bytes, n_bytes, and a NUL after them
   at         where in the text to begin; and where the records that were read end
   columns    for each column the place of row 0, of which rows `row` to `last` - 1 are there, as bits; of text, for
              where it is
   valid      (n_columns, valid_bytes): bits that are set, and here are cleared for missing values

   Returns the number of the row after those that were read; -1 if anything in their text is not plain. */
int64_t logistica_plain_columns(const struct plain *plain, const uint8_t *text, int64_t n_bytes, int64_t *at,
                                uint64_t *const *columns, uint8_t *valid, int64_t valid_bytes, int64_t row,
                                int64_t last)
{
    const uint8_t *here = text + *at, *const end = text + n_bytes;
    const int64_t n_columns = plain->n_columns;
    for (; here < end && row < last; row++) {
        for (int64_t j = 0; j < n_columns; j++) {
            uint64_t *const value = columns[j] + row;
            const uint8_t kind = plain->kinds[j];
            const int is_plain = kind == NUMBER  ? number(&here, end, plain->powers_of_five, value)
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
    *at = here - text;
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
