/* Coordinate descent on a quadratic model with an L1 and a ridge penalty: see solvers/proximal/coordinate_descent.py.
   What is no number stays none: it does not end as a coefficient of 0. */

#include "../../core/vector.h"

PART double shrunk(double value, double by)
{
    return value > by ? value - by : value < -by ? value + by : isnan(value) ? value : 0.0;
}

/* Where a coordinate's own parabola, with its penalties, has its lowest point; where it is no parabola, as it is. */
PART double lowest(double at, double slope, double bend, double lasso, double ridge)
{
    return bend + ridge <= 0.0 ? at : shrunk(bend * at - slope, lasso) / (bend + ridge);
}

/* The larger of what moves were worth so far and one more; NaN for good once one was. */
PART double larger(double so_far, double size)
{
    return size <= so_far || isnan(so_far) ? so_far : size;
}

/* Whole cycles over all coordinates, by their Gram matrix; return how many, or most + 1 if they were not enough.

   gram          (d, d), symmetric
   slope         (d): the gradient of the quadratic at `at`, and kept so
   at            (d)
   lasso, ridge  (d)
   enough        the cycles end when no move was worth more: its square times the bend */
ON_EACH_PROCESSOR int64_t logistica_descend_gram(const double *gram, int64_t d, double *slope, double *at,
                                                 const double *lasso, const double *ridge, int64_t most, double enough)
{
    for (int64_t cycle = 1; cycle <= most; cycle++) {
        double largest = 0.0;
        for (int64_t j = 0; j < d; j++) {
            const double *const row = gram + j * d, bend = row[j];
            const double to = lowest(at[j], slope[j], bend, lasso[j], ridge[j]), move = to - at[j];
            if (move == 0.0)
                continue;
            at[j] = to;
            largest = larger(largest, move * move * (bend + ridge[j]));
#pragma omp simd
            for (int64_t i = 0; i < d; i++)
                slope[i] += row[i] * move;
        }
        if (largest <= enough)
            return cycle;
    }
    return most + 1;
}

/* One cycle over some columns of a sparse matrix, with a weight for each row; for m outputs the second derivative of a
   row is weighted_k * (1[k = l] - proba_l), or for one output just weighted_k.

   start, row, data  columns in CSC form
   which     (count), the columns of the cycle
   m         outputs
   residual  (n, m): the derivative of the quadratic in each row's predictors, and kept so, the intercepts apart
   weighted, proba  (n, m); proba is NULL for one output
   at        (columns, m)
   bend      (columns, m), once the intercepts have followed
   lasso, ridge  (columns)
   intercept  (m): by how much they have moved, and kept so; NULL where there are none
   beside     (columns, m, m): what the intercepts add to the slope of each coordinate
   following  (columns, m, m): by how much they fall for a move of each
   largest    the greatest square of a move times the bend */
#define DESCEND_COLUMNS(INDEX, BITS)                                                                                   \
    ON_EACH_PROCESSOR void logistica_descend_columns_##BITS(                                                           \
        const INDEX *start, const INDEX *row, const double *data, const int64_t *which, int64_t count, int64_t m,      \
        double *residual, const double *weighted, const double *proba, double *at, const double *bend,                 \
        const double *lasso, const double *ridge, double *intercept, const double *beside, const double *following,    \
        double *largest)                                                                                               \
    {                                                                                                                  \
        for (int64_t c = 0; c < count; c++) {                                                                          \
            const int64_t j = which[c];                                                                                \
            for (int64_t k = 0, p = j * m; k < m; k++, p++) {                                                          \
                double slope = 0.0;                                                                                    \
                for (INDEX e = start[j]; e < start[j + 1]; e++)                                                        \
                    slope += data[e] * residual[(int64_t)row[e] * m + k];                                              \
                for (int64_t l = 0; intercept && l < m; l++)                                                           \
                    slope += beside[p * m + l] * intercept[l];                                                         \
                const double to = lowest(at[p], slope, bend[p], lasso[j], ridge[j]), move = to - at[p];                \
                if (move == 0.0)                                                                                       \
                    continue;                                                                                          \
                at[p] = to;                                                                                            \
                *largest = larger(*largest, move * move * (bend[p] + ridge[j]));                                       \
                for (int64_t l = 0; intercept && l < m; l++)                                                           \
                    intercept[l] -= following[p * m + l] * move;                                                       \
                for (INDEX e = start[j]; e < start[j + 1]; e++) {                                                      \
                    const int64_t i = (int64_t)row[e] * m;                                                             \
                    const double change = data[e] * move * weighted[i + k];                                            \
                    residual[i + k] += change;                                                                         \
                    for (int64_t l = 0; proba && l < m; l++)                                                           \
                        residual[i + l] -= change * proba[i + l];                                                      \
                }                                                                                                      \
            }                                                                                                          \
        }                                                                                                              \
    }

DESCEND_COLUMNS(int32_t, 32)
DESCEND_COLUMNS(int64_t, 64)
