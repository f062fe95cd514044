/* One row of a matrix in CSR form: its entries from `from` to `to`, without the latter. Where all entries of the matrix
   are ones, data is NULL. */

#ifndef LOGISTICA_SPARSE_ROWS_H
#define LOGISTICA_SPARSE_ROWS_H

#include <stdint.h>

#include "vector.h"

PART double entry(const double *data, int64_t e) { return data ? data[e] : 1.0; }

/* The row times v (p): four sums, so that none waits for the one before; and out += the row times r, with out (p). Rows
   are too short for vectors, and what they are gathered from, or added to, lies anywhere. */
#define SPARSE_ROW(INDEX, BITS)                                                                                        \
    PART double row_times_##BITS(const INDEX *restrict column, const double *restrict data, INDEX from, INDEX to,      \
                                 const double *restrict v)                                                             \
    {                                                                                                                  \
        double a = 0.0, b = 0.0, c = 0.0, d = 0.0;                                                                     \
        if (!data) {                                                                                                   \
            for (; from + 4 <= to; from += 4) {                                                                        \
                a += v[column[from]];                                                                                  \
                b += v[column[from + 1]];                                                                              \
                c += v[column[from + 2]];                                                                              \
                d += v[column[from + 3]];                                                                              \
            }                                                                                                          \
            for (; from < to; from++)                                                                                  \
                a += v[column[from]];                                                                                  \
            return (a + b) + (c + d);                                                                                  \
        }                                                                                                              \
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
    PART void add_row_##BITS(const INDEX *restrict column, const double *restrict data, INDEX from, INDEX to,          \
                             double r, double *restrict out)                                                           \
    {                                                                                                                  \
        if (!data)                                                                                                     \
            for (; from < to; from++)                                                                                  \
                out[column[from]] += r;                                                                                \
        else                                                                                                           \
            for (; from < to; from++)                                                                                  \
                out[column[from]] += data[from] * r;                                                                   \
    }                                                                                                                  \
                                                                                                                       \
    /* sums (p) += weight times the row, and products, rows `stride` numbers apart, += its products with itself, on    \
       and above the diagonal, since columns ascend. An entry is read once for four others. */                         \
    PART void add_square_of_row_##BITS(const INDEX *restrict column, const double *restrict data, INDEX e, INDEX end,  \
                                       double weight, int64_t stride, double *restrict sums,                           \
                                       double *restrict products)                                                      \
    {                                                                                                                  \
        add_row_##BITS(column, data, e, end, weight, sums);                                                            \
        for (; e + 4 <= end; e += 4) {                                                                                 \
            double x[4], *to[4];                                                                                       \
            for (int a = 0; a < 4; a++) {                                                                              \
                x[a] = weight * entry(data, e + a);                                                                    \
                to[a] = products + (int64_t)column[e + a] * stride;                                                    \
                for (int b = 0; b < a; b++)                                                                            \
                    to[b][column[e + a]] += x[b] * entry(data, e + a);                                                 \
                to[a][column[e + a]] += x[a] * entry(data, e + a);                                                     \
            }                                                                                                          \
            for (INDEX f = e + 4; f < end; f++)                                                                        \
                for (int a = 0; a < 4; a++)                                                                            \
                    to[a][column[f]] += x[a] * entry(data, f);                                                         \
        }                                                                                                              \
        for (; e < end; e++)                                                                                           \
            add_row_##BITS(column, data, e, end, weight * entry(data, e), products + (int64_t)column[e] * stride);     \
    }

SPARSE_ROW(int32_t, 32)
SPARSE_ROW(int64_t, 64)

#endif
