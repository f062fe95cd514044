/* Rows of a matrix in a solver's coordinates, the moments of their columns, and products of sparse rows. */

#include "rows.h"
#include "sparse_rows.h"

#include <stddef.h>

/* z = (1, (x - centre) * scale) for each row; without an intercept, only the latter.

   x   (n, p), rows `stride` numbers apart; may be where z's last p columns are
   z   (n, p + intercept) */
ON_EACH_PROCESSOR void logistica_standardise(const double *x, int64_t n, int64_t p, int64_t stride,
                                             const double *centre, const double *scale, int64_t intercept, double *z)
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

/* The smallest and the largest number of each column, and the weighted sums of z = (x - centre) * scale and of its
   square; where a column holds NaN, the first two mean nothing, and the sums are NaN.

   x              at least one row
   weights        (n), or NULL for ones
   low, high      (p), infinite before the first rows
   first, second  (p): the sums are added to them */
struct moments {
    const double *weights, *centre, *scale;
    double *low, *high, *first, *second;
};

#define MOMENTS(REAL)                                                                                                  \
    PART void moments_rows_of_##REAL(const struct matrix *x, const struct moments *to)                        \
    {                                                                                                                  \
        const double *const centre = to->centre, *const scale = to->scale;                                             \
        double *const low = to->low, *const high = to->high, *const first = to->first, *const second = to->second;     \
        for (int64_t i = 0; i < x->n; i++) {                                                                           \
            const REAL *const row = (const REAL *)x->x + i * x->stride;                                                \
            const double weight = to->weights ? to->weights[i] : 1.0;                                                  \
            _Pragma("omp simd") for (int64_t j = 0; j < x->p; j++)                                                     \
            {                                                                                                          \
                const double z = ((double)row[j] - centre[j]) * scale[j], weighted = weight * z;                       \
                low[j] = row[j] < low[j] ? row[j] : low[j];                                                            \
                high[j] = row[j] > high[j] ? row[j] : high[j];                                                         \
                first[j] += weighted;                                                                                  \
                second[j] += weighted * z;                                                                             \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    PART void moments_columns_of_##REAL(const struct matrix *x, const struct moments *to)                     \
    {                                                                                                                  \
        for (int64_t j = 0; j < x->p; j++) {                                                                           \
            const REAL *const column = x->columns[j];                                                                  \
            const double centre = to->centre[j], scale = to->scale[j];                                                 \
            double low = to->low[j], high = to->high[j], first = 0.0, second = 0.0;                                    \
            _Pragma("omp simd reduction(+ : first, second) reduction(min : low) reduction(max : high)")                \
            for (int64_t i = 0; i < x->n; i++) {                                                                       \
                const double z = ((double)column[i] - centre) * scale;                                                 \
                const double weighted = (to->weights ? to->weights[i] : 1.0) * z;                                      \
                low = column[i] < low ? column[i] : low;                                                               \
                high = column[i] > high ? column[i] : high;                                                            \
                first += weighted;                                                                                     \
                second += weighted * z;                                                                                \
            }                                                                                                          \
            to->low[j] = low;                                                                                          \
            to->high[j] = high;                                                                                        \
            to->first[j] += first;                                                                                     \
            to->second[j] += second;                                                                                   \
        }                                                                                                              \
    }

MOMENTS(double)
MOMENTS(float)

ON_EACH_PROCESSOR void logistica_moments(const struct matrix *x, const struct moments *moments)
{
    if (!suits_vectors(x)) {
        FOR_LAYOUT(x, moments, x, moments);
        return;
    }
    const struct extremes to = {moments->scale, moments->low, moments->high, moments->first, moments->second};
    const struct about rows = rows_about(x, 0, moments->centre);
    logistica_add_moments(&rows, x->n, moments->weights, &to);
}

/* Rows of a matrix in CSR form, times k columns of numbers: out = X v, with v (p, k) and out (n, k); and
   out += X' r, or (X * X)' r entry by entry, with r (n, k) and out (p, k).

   start    (n + 1), where each row's entries begin
   column, data  (start[n]); data is NULL where all entries are ones, here and in the loops below */
#define SPARSE_LOOPS(INDEX, BITS)                                                                                      \
    ON_EACH_PROCESSOR void logistica_sparse_times_##BITS(const INDEX *start, const INDEX *column, const double *data,  \
                                                         int64_t n, const double *v, int64_t k, double *out)           \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++, out += k) {                                                                    \
            if (k == 1) {                                                                                              \
                *out = row_times_##BITS(column, data, start[i], start[i + 1], v);                                      \
                continue;                                                                                              \
            }                                                                                                          \
            for (int64_t a = 0; a < k; a++)                                                                            \
                out[a] = 0.0;                                                                                          \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const double *const from = v + (int64_t)column[e] * k;                                                 \
                const double x = entry(data, e);                                                                       \
                _Pragma("omp simd") for (int64_t a = 0; a < k; a++) out[a] += x * from[a];                             \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    ON_EACH_PROCESSOR void logistica_sparse_transposed_##BITS(const INDEX *start, const INDEX *column,                 \
                                                              const double *data, int64_t n, const double *r,          \
                                                              int64_t k, int64_t squared, double *out)                 \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++, r += k) {                                                                      \
            if (k == 1 && !squared) {                                                                                  \
                add_row_##BITS(column, data, start[i], start[i + 1], *r, out);                                         \
                continue;                                                                                              \
            }                                                                                                          \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const double x = squared ? entry(data, e) * entry(data, e) : entry(data, e);                           \
                double *const to = out + (int64_t)column[e] * k;                                                       \
                _Pragma("omp simd") for (int64_t a = 0; a < k; a++) to[a] += x * r[a];                                 \
            }                                                                                                          \
        }                                                                                                              \
    }

SPARSE_LOOPS(int32_t, 32)
SPARSE_LOOPS(int64_t, 64)

/* The weighted sums of columns, X' weight, and of their products, X' diag(weight) X, of rows in CSR form whose columns
   ascend, written to sums (p) and out (p, p), which are zeros. */
#define SPARSE_GRAM(INDEX, BITS)                                                                                       \
    ON_EACH_PROCESSOR void logistica_sparse_gram_##BITS(const INDEX *start, const INDEX *column, const double *data,   \
                                                        int64_t n, const double *weight, int64_t p, double *sums,      \
                                                        double *out)                                                   \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++)                                                                                \
            add_square_of_row_##BITS(column, data, start[i], start[i + 1], weight[i], p, sums, out);                   \
        for (int64_t j = 1; j < p; j++)                                                                                \
            for (int64_t k = 0; k < j; k++)                                                                            \
                out[j * p + k] = out[k * p + j];                                                                       \
    }

SPARSE_GRAM(int32_t, 32)
SPARSE_GRAM(int64_t, 64)

/* x' form x + x' linear of each row x, written to out (n); the form (p, p) is symmetric. */
#define SPARSE_FORMS(INDEX, BITS)                                                                                      \
    ON_EACH_PROCESSOR void logistica_sparse_forms_##BITS(const INDEX *start, const INDEX *column, const double *data,  \
                                                         int64_t n, const double *form, const double *linear,          \
                                                         int64_t p, double *out)                                       \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            double sum = 0.0;                                                                                          \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const int64_t j = column[e];                                                                           \
                const double *const with = form + j * p;                                                               \
                const double after = row_times_##BITS(column, data, e + 1, start[i + 1], with);                        \
                sum += entry(data, e) * (linear[j] + entry(data, e) * with[j] + 2.0 * after);                          \
            }                                                                                                          \
            out[i] = sum;                                                                                              \
        }                                                                                                              \
    }

SPARSE_FORMS(int32_t, 32)
SPARSE_FORMS(int64_t, 64)

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
