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
