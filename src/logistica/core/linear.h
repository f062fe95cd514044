/* Rows of X about a centre, times numbers: where they lie, row beside row, of at least FEWEST columns. */

#ifndef LOGISTICA_LINEAR_H
#define LOGISTICA_LINEAR_H

#include <stdint.h>

enum { FEWEST = 8 };

/* Rows of p columns, `stride` numbers apart from x on, which are floats if `single`, else doubles; centre (p). */
struct about {
    const void *x;
    int64_t p, stride, single;
    const double *centre;
};

/* Of each column, (p): what z = (x - centre) * scale is made with, extremes of x, and sums to add to. */
struct extremes {
    const double *scale;
    double *low, *high, *first, *second;
};

/* eta += (x - centre) slopes, of m rows: slopes (p), eta (m). */
void logistica_add_predictors(const struct about *rows, int64_t m, const double *slopes, double *eta);

/* gradient += (x - centre)' residual, of m rows: residual (m), gradient (p). */
void logistica_add_gradient(const struct about *rows, int64_t m, const double *residual, double *gradient);

/* The extremes, and the sums of weight * z and weight * z * z, of m rows: weights (m), or NULL for ones. */
void logistica_add_moments(const struct about *rows, int64_t m, const double *weights, const struct extremes *to);

#endif
