/* What rows add to the derivatives, for compiled loops that make their own eta. */

#ifndef LOGISTICA_TERMS_H
#define LOGISTICA_TERMS_H

#include <stdint.h>

/* Sums over rows: of the loss, and of the squared and the absolute derivatives, by their weights. */
struct terms {
    double loss, residual_square, residual_sum;
};

void logistica_binomial_terms(const double *eta, const int64_t *y, const double *weights, int64_t n, double *residual,
                              double *proba, struct terms *terms);
void logistica_multinomial_terms(const double *eta, const int64_t *y, const double *weights, int64_t n, int64_t k,
                                 int64_t left_out, double *residual, double *proba, struct terms *terms);

#endif
