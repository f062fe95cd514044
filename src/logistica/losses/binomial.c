/* The binomial loss over rows. The mathematics, and its names, are those of losses/binomial.py. */

#include <float.h>
#include <math.h>
#include <string.h>

#include "../core/products.h"
#include "binomial.h"

enum { CHUNK = 512 };

PART int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }

/* Return n weights, or as many ones. */
PART const double *weights_or_ones(const double *weights, int64_t start, int64_t n, double *ones)
{
    if (weights)
        return weights + start;
    for (int64_t i = 0; i < n; i++)
        ones[i] = 1.0;
    return ones;
}

/* 1 for class 0, -1 for class 1, by the sign's bit: AVX2 has no instruction that makes a double of a large integer, and
   the whole loop would not be made of vectors. */
PART double sign_of(int64_t y)
{
    const uint64_t bits = UINT64_C(0x3ff0000000000000) | (uint64_t)y << 63;
    double sign;
    memcpy(&sign, &bits, sizeof sign);
    return sign;
}

/* Up to CHUNK rows: residual = weight * d loss, and proba that of the less likely class, of eta, y and weights. */
PART void add_terms(const double *eta, const int64_t *y, const double *weights, int64_t n, double *residual,
                             double *proba, struct terms *terms)
{
    double loss = 0.0, square = 0.0, sum = 0.0;
#pragma omp simd reduction(+ : loss, square, sum)
    for (int64_t i = 0; i < n; i++) {
        const double sign = sign_of(y[i]), against = sign * eta[i];
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
        add_terms(eta + start, y + start, weights_or_ones(weights, start, shorter(CHUNK, n - start), ones),
                  shorter(CHUNK, n - start), residual + start, proba + start, terms);
}

#define REAL double
#define NAME(loop) loop##_of_double
#include "binomial_rows.h"
#undef REAL
#undef NAME
#define REAL float
#define NAME(loop) loop##_of_float
#include "binomial_rows.h"

/* What up to CHUNK rows are made of on the way. */
struct scratch {
    double ones[CHUNK], eta[CHUNK], residual[CHUNK], proba[CHUNK];
};

/* Some rows' terms and gradient, (1 + p): the sums of residual, and of residual * (x - centre). Returns the weights. */
PART const double *add_slope(const struct linear *linear, const int64_t *y, const double *weights,
                                      int64_t start, int64_t m, struct scratch *scratch, double *gradient,
                                      struct terms *terms)
{
    double *const eta = scratch->eta, *const residual = scratch->residual;
    double sum = 0.0;
    for (int64_t i = 0; i < m; i++)
        eta[i] = linear->constant + (linear->offset ? linear->offset[start + i] : 0.0);
    const int vectors = suits_vectors(&linear->x);
    const struct about about = rows_about(&linear->x, start, linear->centre);
    if (vectors)
        logistica_add_predictors(&about, m, linear->slopes, eta);
    else
        FOR_LAYOUT(&linear->x, predictors, linear, start, m, eta);
    const double *const counted = weights_or_ones(weights, start, m, scratch->ones);
    add_terms(eta, y + start, counted, m, residual, scratch->proba, terms);
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < m; i++)
        sum += residual[i];
    gradient[0] += sum;
    for (int64_t i = m; i < CHUNK && i % 4; i++)
        residual[i] = 0.0;
    if (vectors)
        logistica_add_gradient(&about, m, residual, gradient + 1);
    else
        FOR_LAYOUT(&linear->x, gradient, linear, start, m, residual, gradient + 1);
    return counted;
}

/* The loss and its gradient straight from rows of X, without a copy of them. */
ON_EACH_PROCESSOR void logistica_binomial_slope(const struct linear *linear, const int64_t *y, const double *weights,
                                                double *gradient, struct terms *terms)
{
    struct scratch scratch;
    const int64_t at_once = rows_at_once(linear->x.p, CHUNK);
    for (int64_t start = 0; start < linear->x.n; start += at_once)
        add_slope(linear, y, weights, start, shorter(at_once, linear->x.n - start), &scratch, gradient, terms);
}

/* The same, and the Hessian of z = (1, (x - centre) * scale), the 1 only with an intercept: the products of the columns
   of z, times the root of each row's second derivative, with one another.

   hessian  (q, q), of q columns of z
   room     panels * (IN_PANEL + panels * IN_TILE) numbers: see products.h */
ON_EACH_PROCESSOR void logistica_binomial_curved(const struct linear *linear, const int64_t *y, const double *weights,
                                                 const double *scale, int64_t intercept, double *gradient,
                                                 double *hessian, double *room, struct terms *terms)
{
    struct scratch scratch;
    const int64_t p = linear->x.p, q = p + (intercept ? 1 : 0), count = panels_of(q);
    double *const panels = room, *const sums = room + count * IN_PANEL;
    memset(room, 0, (size_t)(count * IN_PANEL + count * count * IN_TILE) * sizeof(double));
    const int64_t at_once = rows_at_once(p, CHUNK);
    for (int64_t start = 0; start < linear->x.n; start += at_once) {
        const int64_t m = shorter(at_once, linear->x.n - start);
        const double *const counted = add_slope(linear, y, weights, start, m, &scratch, gradient, terms);
        const double *const proba = scratch.proba;
        double *const factor = scratch.eta;
#pragma omp simd
        for (int64_t i = 0; i < m; i++)
            factor[i] = sqrt(counted[i] * (proba[i] * (1.0 - proba[i])));
        for (int64_t done = 0; done < m; done += TOGETHER) {
            const int64_t rows = shorter(TOGETHER, m - done);
            FOR_LAYOUT(&linear->x, panels, linear, start + done, rows, scale, factor + done, panels);
            for (int64_t i = 0; intercept && i < rows; i++)
                panels[p / PANEL * IN_PANEL + i * PANEL + p % PANEL] = factor[done + i];
            logistica_add_products(panels, panels, rows, count, sums);
        }
    }
    logistica_unfold_products(sums, q, intercept, hessian);
}

/* Write eta; return how many are no finite numbers. */
PART int64_t write_eta(const double *eta, int64_t n, double *out)
{
    int64_t lost = 0;
#pragma omp simd reduction(+ : lost)
    for (int64_t i = 0; i < n; i++) {
        out[i] = eta[i];
        lost += !(fabs(eta[i]) <= DBL_MAX);
    }
    return lost;
}

/* Write the probabilities of both classes of each row, (n, 2); return how many eta are no finite numbers. */
PART int64_t write_both(const double *eta, int64_t n, double *out)
{
    int64_t lost = 0;
#pragma omp simd reduction(+ : lost)
    for (int64_t i = 0; i < n; i++) {
        const double tail = exp_of_negative(-fabs(eta[i]));
        const double likely = 1.0 / (1.0 + tail), other = tail / (1.0 + tail);
        out[2 * i] = eta[i] > 0.0 ? other : likely;
        out[2 * i + 1] = eta[i] > 0.0 ? likely : other;
        lost += !(fabs(eta[i]) <= DBL_MAX);
    }
    for (int64_t i = 0; i < n; i++)
        if (fabs(eta[i]) > 700.0) /* what exp_of_negative takes for zero, or as large as it can be, is not quite so */
            out[2 * i + (eta[i] < 0.0)] = exp(-fabs(eta[i]));
    return lost;
}

/* Four rows at once, two and two, as every processor has registers for. Such numbers are added in the order that is
   written; loops over one are taken apart by some compilers, which then round otherwise where the columns lie apart. */
typedef double pair __attribute__((vector_size(16)));

/* eta, or the probabilities of both classes, straight from rows of X, without a copy of them.

   x         (n, p), of either precision, rows and columns `row` and `column` numbers apart
   centre, slopes, constant, offset  as above
   both      whether probabilities are written
   out       (n), or for probabilities (n, 2)

   Returns the number of rows whose eta is no finite number. Every order and precision adds up alike, column by column,
   so that the same numbers have the same eta, to the bit. */
#define SCORES(REAL, BITS)                                                                                             \
    ON_EACH_PROCESSOR int64_t logistica_binomial_scores_##BITS(                                                        \
        const REAL *x, int64_t n, int64_t p, int64_t row, int64_t column, const double *centre, const double *slopes,  \
        double constant, const double *offset, int64_t both, double *out)                                              \
    {                                                                                                                  \
        double eta[CHUNK];                                                                                             \
        int64_t lost = 0;                                                                                              \
        for (int64_t start = 0; start < n; start += CHUNK) {                                                           \
            const int64_t m = shorter(CHUNK, n - start);                                                               \
            const REAL *const first = x + start * row;                                                                 \
            for (int64_t i = 0; i < m; i++)                                                                            \
                eta[i] = constant;                                                                                     \
            for (int64_t i = 0; row != 1 && i < m; i += 4) { /* the last rows again, where fewer are left */           \
                const REAL *const a = first + i * row, *const b = first + shorter(i + 1, m - 1) * row,                 \
                           *const c = first + shorter(i + 2, m - 1) * row,                                             \
                           *const d = first + shorter(i + 3, m - 1) * row;                                             \
                pair ab = {constant, constant}, cd = ab;                                                               \
                for (int64_t j = 0, k = 0; j < p; j++, k += column) {                                                  \
                    const pair u = {a[k], b[k]}, v = {c[k], d[k]};                                                     \
                    ab += (u - centre[j]) * slopes[j];                                                                 \
                    cd += (v - centre[j]) * slopes[j];                                                                 \
                }                                                                                                      \
                const double sums[] = {ab[0], ab[1], cd[0], cd[1]};                                                    \
                for (int64_t r = 0; r < 4 && i + r < m; r++)                                                           \
                    eta[i + r] = sums[r];                                                                              \
            }                                                                                                          \
            for (int64_t j = 0; row == 1 && j < p; j++) {                                                              \
                const REAL *const values = first + j * column;                                                         \
                _Pragma("omp simd") for (int64_t i = 0; i < m; i++) eta[i] +=                                          \
                    ((double)values[i] - centre[j]) * slopes[j];                                                       \
            }                                                                                                          \
            if (offset)                                                                                                \
                for (int64_t i = 0; i < m; i++)                                                                        \
                    eta[i] += offset[start + i];                                                                       \
            lost += both ? write_both(eta, m, out + 2 * start) : write_eta(eta, m, out + start);                       \
        }                                                                                                              \
        return lost;                                                                                                   \
    }

SCORES(float, 32)
SCORES(double, 64)

/* The probabilities of both classes, proba (n, 2), of eta (n). */
ON_EACH_PROCESSOR void logistica_binomial_proba(const double *eta, int64_t n, double *proba)
{
    write_both(eta, n, proba);
}
