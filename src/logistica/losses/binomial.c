/* The binomial loss over rows. The mathematics, and its names, are those of losses/binomial.py. */

#include <math.h>

#include "../core/vector.h"
#include "terms.h"

enum { CHUNK = 256 };

static inline int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }

/* Return some weights, or as many ones. */
static inline const double *weights_or_ones(const double *weights, int64_t start, double *ones)
{
    if (weights)
        return weights + start;
    for (int i = 0; i < CHUNK; i++)
        ones[i] = 1.0;
    return ones;
}

/* Up to CHUNK rows: residual = weight * d loss, and proba that of the less likely class, of eta, y and weights. */
static inline void add_terms(const double *eta, const int64_t *y, const double *weights, int64_t n, double *residual,
                             double *proba, struct terms *terms)
{
    double loss = 0.0, square = 0.0, sum = 0.0;
#pragma omp simd reduction(+ : loss, square, sum)
    for (int64_t i = 0; i < n; i++) {
        const double sign = 1.0 - 2.0 * (double)y[i], against = sign * eta[i];
        const double tail = exp_of_negative(-fabs(against)), total = 1.0 + tail;
        const double wrong = (against >= 0.0 ? 1.0 : tail) / total, counted = wrong * weights[i];
        residual[i] = sign * counted;
        proba[i] = tail / total;
        loss += weights[i] * ((against > 0.0 ? against : 0.0) + log1p_of_share(tail));
        square += wrong * counted;
        sum += counted;
    }
    terms->loss += loss;
    terms->residual_square += square;
    terms->residual_sum += sum;
}

/* Everything that rows add to the derivatives, from their eta.

   eta, residual, proba  (n)
   y                     (n), 0 or 1
   weights               (n), or NULL for ones */
ON_EACH_PROCESSOR void logistica_binomial_terms(const double *eta, const int64_t *y, const double *weights, int64_t n,
                                                double *residual, double *proba, struct terms *terms)
{
    double ones[CHUNK];
    for (int64_t start = 0; start < n; start += CHUNK)
        add_terms(eta + start, y + start, weights_or_ones(weights, start, ones), shorter(CHUNK, n - start),
                  residual + start, proba + start, terms);
}

/* The loss and its gradient straight from rows of X, without a copy of them.

   x         (n, p), rows `stride` numbers apart
   centre    (p)
   slopes    (p): what a unit of x adds to eta
   constant  eta at the centre
   offset    (n), or NULL
   gradient  (1 + p): the sums of residual, and of residual * (x - centre), are added to it */
ON_EACH_PROCESSOR void logistica_binomial_slope(const double *x, int64_t n, int64_t p, int64_t stride,
                                                const double *centre, const double *slopes, double constant,
                                                const int64_t *y, const double *weights, const double *offset,
                                                double *gradient, struct terms *terms)
{
    double ones[CHUNK], eta[CHUNK], residual[CHUNK], proba[CHUNK];
    for (int64_t start = 0; start < n; start += CHUNK) {
        const int64_t m = shorter(CHUNK, n - start);
        const double *const first = x + start * stride;
        for (int64_t i = 0; i < m; i++) {
            const double *const row = first + i * stride;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (int64_t j = 0; j < p; j++)
                sum += (row[j] - centre[j]) * slopes[j];
            eta[i] = constant + sum + (offset ? offset[start + i] : 0.0);
        }
        add_terms(eta, y + start, weights_or_ones(weights, start, ones), m, residual, proba, terms);
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < m; i++)
            sum += residual[i];
        gradient[0] += sum;
        for (int64_t i = m; i < CHUNK && i % 4; i++)
            residual[i] = 0.0;
        for (int64_t i = 0; i < m; i += 4) { /* four rows at once: the gradient is read and written less often */
            const double *const a = first + i * stride, *const b = first + shorter(i + 1, m - 1) * stride,
                         *const c = first + shorter(i + 2, m - 1) * stride,
                         *const d = first + shorter(i + 3, m - 1) * stride;
            const double ra = residual[i], rb = residual[i + 1], rc = residual[i + 2], rd = residual[i + 3];
#pragma omp simd
            for (int64_t j = 0; j < p; j++)
                gradient[1 + j] += ((a[j] - centre[j]) * ra + (b[j] - centre[j]) * rb) +
                                   ((c[j] - centre[j]) * rc + (d[j] - centre[j]) * rd);
        }
    }
}
