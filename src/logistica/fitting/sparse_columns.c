/* What the columns of sparse rows look like: what fitting/sparse_columns.py finds, in one pass over the entries. */

#include "../core/vector.h"

/* start         (n + 1), where each row's entries begin
   column, data  (start[n])
   weights       (n), or NULL for ones

   low, high  (p): the smallest and the largest entry so far
   stored     (p): how many entries there have been

   centre, scale  (p): z = (x - centre) * scale
   sums           (p, 4): the sums of weight * z, of weight * z * z, of weight, and of 1, over the entries so far */
#define SPARSE_COLUMNS(INDEX, BITS)                                                                                    \
    void logistica_sparse_span_##BITS(const INDEX *start, const INDEX *column, const double *data, int64_t n,          \
                                      double *low, double *high, int64_t *stored)                                      \
    {                                                                                                                  \
        for (INDEX e = start[0]; e < start[n]; e++) {                                                                  \
            const INDEX j = column[e];                                                                                 \
            const double x = data[e];                                                                                  \
            low[j] = x < low[j] ? x : low[j];                                                                          \
            high[j] = x > high[j] ? x : high[j];                                                                       \
            stored[j]++;                                                                                               \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    void logistica_sparse_sums_##BITS(const INDEX *start, const INDEX *column, const double *data, int64_t n,          \
                                      const double *weights, const double *centre, const double *scale, double *sums)  \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const double weight = weights ? weights[i] : 1.0;                                                          \
            for (INDEX e = start[i]; e < start[i + 1]; e++) {                                                          \
                const INDEX j = column[e];                                                                             \
                const double z = (data[e] - centre[j]) * scale[j], counted = weight * z;                               \
                double *const to = sums + 4 * (int64_t)j;                                                              \
                to[0] += counted;                                                                                      \
                to[1] += counted * z;                                                                                  \
                to[2] += weight;                                                                                       \
                to[3] += 1.0;                                                                                          \
            }                                                                                                          \
        }                                                                                                              \
    }

SPARSE_COLUMNS(int32_t, 32)
SPARSE_COLUMNS(int64_t, 64)
