/* Rows of X where they lie, for loops that read them without a copy. */

#ifndef LOGISTICA_ROWS_H
#define LOGISTICA_ROWS_H

#include <stdint.h>

#include "linear.h"
#include "vector.h"

enum layout { ROWS_OF_DOUBLE, ROWS_OF_FLOAT, COLUMNS_OF_DOUBLE, COLUMNS_OF_FLOAT };

/* n rows of p numbers: rows `stride` numbers apart from x on, or p columns of n numbers each. */
struct matrix {
    int64_t n, p, layout;
    const void *x;
    int64_t stride;
    const void *const *columns;
};

/* Rows that long vectors suit: side by side, and of enough columns. */
PART int suits_vectors(const struct matrix *x) { return x->layout <= ROWS_OF_FLOAT && x->p >= FEWEST; }

/* Such rows from `start` on. */
PART struct about rows_about(const struct matrix *x, int64_t start, const double *centre)
{
    const int64_t single = x->layout == ROWS_OF_FLOAT;
    const int64_t size = single ? sizeof(float) : sizeof(double);
    const char *const first = (const char *)x->x + start * x->stride * size;
    return (struct about){first, x->p, x->stride, single, centre};
}

/* How many rows to take at once, `most` at most, so that they stay near while they are read several times. */
PART int64_t rows_at_once(int64_t p, int64_t most)
{
    const int64_t near = 32768 / (p > 0 ? p : 1) / 8 * 8;
    return near < 16 ? 16 : near < most ? near : most;
}

/* A loop is written for each layout, once for both types (see binomial_rows.h), and this calls the one that suits. */
#define FOR_LAYOUT(matrix, loop, ...)                                                                                  \
    do {                                                                                                               \
        switch ((matrix)->layout) {                                                                                    \
        case ROWS_OF_DOUBLE:                                                                                           \
            loop##_rows_of_double(__VA_ARGS__);                                                                        \
            break;                                                                                                     \
        case ROWS_OF_FLOAT:                                                                                            \
            loop##_rows_of_float(__VA_ARGS__);                                                                         \
            break;                                                                                                     \
        case COLUMNS_OF_DOUBLE:                                                                                        \
            loop##_columns_of_double(__VA_ARGS__);                                                                     \
            break;                                                                                                     \
        default:                                                                                                       \
            loop##_columns_of_float(__VA_ARGS__);                                                                      \
        }                                                                                                              \
    } while (0)

#endif
