/* What the binomial loss needs and yields, for loops of other files too. */

#ifndef LOGISTICA_BINOMIAL_H
#define LOGISTICA_BINOMIAL_H

#include "../core/rows.h"
#include "terms.h"

/* Rows of X and their predictors: the columns' centres, what a unit of each adds to the predictor, which at the centres
   is `constant`; offset (n), or NULL. */
struct linear {
    struct matrix x;
    const double *centre, *slopes;
    double constant;
    const double *offset;
};

void logistica_binomial_curved(const struct linear *linear, const int64_t *y, const double *weights,
                               const double *scale, int64_t intercept, double *gradient, double *hessian,
                               double *room, struct terms *terms);

#endif
