/* svmlight text in its plain form to rows: one pass, without memory or locale.

   Lines end with LF, CRLF or CR; blank lines and comments are skipped. Whatever is not plainly
   `label index:value ...`, with indices that rise, ends the pass at once; the caller then reads the text in another
   way. Nothing that is shared changes, so that threads may run it at once. */

#include "numbers.h"

enum { MOST_INDEX_DIGITS = 9 };

static inline int is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }

static inline int ends_field(uint8_t byte) { return byte <= ' ' || byte == '#'; }

/* Read a number that may begin with a plus sign. */
static inline int signed_number(const uint8_t **at, const uint8_t *end, const uint64_t *powers_of_five, double *value)
{
    uint64_t bits;
    if (**at == '+') {
        ++*at;
        if (**at == '-')
            return 0;
    }
    if (!number(at, end, powers_of_five, &bits) || !ends_field(**at))
        return 0;
    memcpy(value, &bits, sizeof bits);
    return 1;
}

/* Read all rows of a text.

   text       n_bytes, and a NUL after them
   first, last  the smallest and the largest index that is allowed
   labels, counts  room for all rows: the label of each, and its number of entries
   indices, values  room for all entries, in the order of the text
   n_entries  set to the number of all entries

   Returns the number of rows; -1 if anything in the text is not plain. */
int64_t logistica_plain_svmlight(const uint8_t *text, int64_t n_bytes, const uint64_t *powers_of_five, int64_t first,
                                int64_t last, double *labels, int64_t *counts, int32_t *indices, double *values,
                                int64_t *n_entries)
{
    const uint8_t *here = text, *const end = text + n_bytes;
    int64_t row = 0, entry = 0;
    while (here < end) {
        while (is_blank(*here))
            here++;
        if (*here != '#' && *here != '\n' && *here != '\r' && here < end) {
            if (!signed_number(&here, end, powers_of_five, labels + row))
                return -1;
            const int64_t start = entry;
            for (int64_t before = -1;; entry++) {
                while (is_blank(*here))
                    here++;
                if (ends_field(*here))
                    break;
                const uint8_t *const name = here;
                int64_t index = 0;
                for (; is_digit(*here) && here - name < MOST_INDEX_DIGITS; here++)
                    index = 10 * index + (*here - '0');
                if (here == name || *here++ != ':' || index <= before || index < first || index > last)
                    return -1;
                if (!signed_number(&here, end, powers_of_five, values + entry))
                    return -1;
                indices[entry] = (int32_t)index;
                before = index;
            }
            counts[row++] = entry - start;
        }
        if (*here == '#')
            while (here < end && *here != '\n' && *here != '\r')
                here++;
        if (*here == '\n' || *here == '\r')
            here++;
        else if (here < end)
            return -1;
    }
    *n_entries = entry;
    return row;
}
