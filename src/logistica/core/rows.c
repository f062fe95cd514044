/* Rows of a matrix, moved, scaled and weighted: the same numbers as NumPy's, bit for bit, in one pass. */

#include "vector.h"

/* z = (1, (x - centre) * scale) for each row; without an intercept, only the latter.

   x   (n, p), rows `stride` numbers apart; may be where z's last p columns are
   z   (n, p + intercept) */
ON_EACH_PROCESSOR void logistica_standardise(const double *x, int64_t n, int64_t p, int64_t stride, const double *centre,
                                             const double *scale, int64_t intercept, double *z)
{
    for (int64_t i = 0; i < n; i++, x += stride) {
        if (intercept)
            *z++ = 1.0;
#pragma omp simd
        for (int64_t j = 0; j < p; j++)
            z[j] = (x[j] - centre[j]) * scale[j];
        z += p;
    }
}

/* out = factor * z, row by row: z and out (n, q), factor (n). */
ON_EACH_PROCESSOR void logistica_scale_rows(const double *z, const double *factor, int64_t n, int64_t q, double *out)
{
    for (int64_t i = 0; i < n; i++, z += q, out += q) {
        const double by = factor[i];
#pragma omp simd
        for (int64_t j = 0; j < q; j++)
            out[j] = z[j] * by;
    }
}

/* The smallest and the largest number of each column; where a column holds NaN, both mean nothing.

   x          (n, p), rows `stride` numbers apart, n at least 1
   low, high  (p) */
ON_EACH_PROCESSOR void logistica_span(const double *x, int64_t n, int64_t p, int64_t stride, double *low, double *high)
{
    for (int64_t j = 0; j < p; j++)
        low[j] = high[j] = x[j];
    for (int64_t i = 1; i < n; i++) {
        x += stride;
#pragma omp simd
        for (int64_t j = 0; j < p; j++) {
            low[j] = x[j] < low[j] ? x[j] : low[j];
            high[j] = x[j] > high[j] ? x[j] : high[j];
        }
    }
}

/* Rows of a matrix in CSR form, times k columns of numbers: out = X v, with v (p, k) and out (n, k); and
   out += X' r, or (X * X)' r entry by entry, with r (n, k) and out (p, k).

   start    (n + 1), where each row's entries begin
   column, data  (start[n]) */
#define SPARSE_LOOPS(INDEX, BITS)                                                                                      \
    ON_EACH_PROCESSOR void logistica_sparse_times_##BITS(const INDEX *start, const INDEX *column, const double *data,  \
                                                         int64_t n, const double *v, int64_t k, double *out)           \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++, out += k) {                                                                    \
            if (k == 1) {                                                                                              \
                double sum = 0.0;                                                                                      \
                _Pragma("omp simd reduction(+ : sum)") for (INDEX e = start[i]; e < start[i + 1]; e++) sum +=          \
                    data[e] * v[column[e]];                                                                            \
                *out = sum;                                                                                            \
                continue;                                                                                              \
            }                                                                                                          \
            for (int64_t a = 0; a < k; a++)                                                                            \
                out[a] = 0.0;                                                                                          \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const double *const from = v + (int64_t)column[e] * k;                                                          \
                _Pragma("omp simd") for (int64_t a = 0; a < k; a++) out[a] += data[e] * from[a];                       \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    ON_EACH_PROCESSOR void logistica_sparse_transposed_##BITS(const INDEX *start, const INDEX *column,                 \
                                                              const double *data, int64_t n, const double *r,          \
                                                              int64_t k, int64_t squared, double *out)                 \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++, r += k)                                                                        \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const double x = squared ? data[e] * data[e] : data[e];                                                \
                double *const to = out + (int64_t)column[e] * k;                                                                \
                if (k == 1)                                                                                            \
                    *to += x * *r;                                                                                     \
                else                                                                                                   \
                    _Pragma("omp simd") for (int64_t a = 0; a < k; a++) to[a] += x * r[a];                             \
            }                                                                                                          \
    }

SPARSE_LOOPS(int32_t, 32)
SPARSE_LOOPS(int64_t, 64)

/* The chosen columns of rows in CSR form, by column: how many entries each has, and the entries themselves.

   place      (columns of X): where a column is among the chosen, or less than 0
   count      (chosen): is added to
   next       (chosen): where a column's next entry goes, and kept so
   first      the number of the first row
   row, data  where the entries go */
#define SPARSE_BY_COLUMN(INDEX, BITS)                                                                                  \
    void logistica_sparse_count_##BITS(const INDEX *column, int64_t entries, const int32_t *place, int64_t *count)     \
    {                                                                                                                  \
        for (int64_t e = 0; e < entries; e++) {                                                                        \
            const int32_t to = place[column[e]];                                                                       \
            if (to >= 0)                                                                                               \
                count[to]++;                                                                                           \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void logistica_sparse_by_column_##BITS(const INDEX *start, const INDEX *column, const double *data, int64_t n,     \
                                           const int32_t *place, int64_t first, int64_t *next, int32_t *row,           \
                                           double *to_data)                                                            \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++)                                                                                \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const int32_t to = place[column[e]];                                                                   \
                if (to < 0)                                                                                            \
                    continue;                                                                                          \
                const int64_t at = next[to]++;                                                                         \
                row[at] = (int32_t)(first + i);                                                                        \
                to_data[at] = data[e];                                                                                 \
            }                                                                                                          \
    }

SPARSE_BY_COLUMN(int32_t, 32)
SPARSE_BY_COLUMN(int64_t, 64)
