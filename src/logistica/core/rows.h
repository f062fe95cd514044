/* Rows of X where they lie, for loops that read them without a copy. */

#ifndef LOGISTICA_ROWS_H
#define LOGISTICA_ROWS_H

#include <stdint.h>

#include "vector.h"

enum layout { ROWS_OF_DOUBLE, ROWS_OF_FLOAT, COLUMNS_OF_DOUBLE, COLUMNS_OF_FLOAT };

/* n rows of p numbers: rows `stride` numbers apart from x on, or p columns of n numbers each. */
struct matrix {
    int64_t n, p, layout;
    const void *x;
    int64_t stride;
    const void *const *columns;
};

/* A loop is written for each layout, once for both types (see binomial_rows.h), and this calls the one that suits. */
#define FOR_LAYOUT(matrix, loop, ...)                                                                                  \
    do {                                                                                                               \
        switch ((matrix)->layout) {                                                                                    \
        case ROWS_OF_DOUBLE:                                                                                           \
            loop##_rows_of_double(__VA_ARGS__);                                                                           \
            break;                                                                                                     \
        case ROWS_OF_FLOAT:                                                                                            \
            loop##_rows_of_float(__VA_ARGS__);                                                                            \
            break;                                                                                                     \
        case COLUMNS_OF_DOUBLE:                                                                                        \
            loop##_columns_of_double(__VA_ARGS__);                                                                        \
            break;                                                                                                     \
        default:                                                                                                       \
            loop##_columns_of_float(__VA_ARGS__);                                                                         \
        }                                                                                                              \
    } while (0)

#endif
