/* One row of a matrix in CSR form: its entries from `from` to `to`, without the latter. */

#ifndef LOGISTICA_SPARSE_ROWS_H
#define LOGISTICA_SPARSE_ROWS_H

#include <stdint.h>

#include "vector.h"

/* The row times v (p): four sums, so that none waits for the one before; and out += the row times r, with out (p). Rows are
   too short for vectors, and what they are gathered from, or added to, lies anywhere. */
#define SPARSE_ROW(INDEX, BITS)                                                                                        \
    PART double row_times_##BITS(const INDEX *restrict column, const double *restrict data, INDEX from, INDEX to,      \
                                 const double *restrict v)                                                             \
    {                                                                                                                  \
        double a = 0.0, b = 0.0, c = 0.0, d = 0.0;                                                                     \
        for (; from + 4 <= to; from += 4) {                                                                            \
            a += data[from] * v[column[from]];                                                                         \
            b += data[from + 1] * v[column[from + 1]];                                                                 \
            c += data[from + 2] * v[column[from + 2]];                                                                 \
            d += data[from + 3] * v[column[from + 3]];                                                                 \
        }                                                                                                              \
        for (; from < to; from++)                                                                                      \
            a += data[from] * v[column[from]];                                                                         \
        return (a + b) + (c + d);                                                                                      \
    }                                                                                                                  \
                                                                                                                       \
    PART void add_row_##BITS(const INDEX *restrict column, const double *restrict data, INDEX from, INDEX to, double r, \
                             double *restrict out)                                                                     \
    {                                                                                                                  \
        for (; from < to; from++)                                                                                      \
            out[column[from]] += data[from] * r;                                                                       \
    }

SPARSE_ROW(int32_t, 32)
SPARSE_ROW(int64_t, 64)

#endif
