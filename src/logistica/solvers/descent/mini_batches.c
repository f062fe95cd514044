/* Updates over mini-batches, many in one call: what solvers/descent/walk.py does, without returning to Python between.

   An update costs the entries of its batch, and a few passes over the parameters. The rows of the next batch are read
   ahead of time. */

#include <math.h>

#include "../../core/vector.h"
#include "../../losses/terms.h"
#include "row_products.h"
#include "updates.h"

struct walk {
    double *point, *mean; /* (q, outputs) */
    struct rule rule;
    const double *sizes; /* of the step of each update */
    double begin;        /* how many updates come before those whose points are averaged */
    int64_t by_rows;     /* whether a smaller batch counts for less */
    int64_t updates, averaged;
    double running; /* the sum of the batches' losses so far, each by its share of all rows */
};

/* What a unit of x adds to each eta, and eta where x is zero (dense: at the centre). */
PART void find_slopes(const struct objective *f, const double *point, int64_t m, int dense, const struct scratch *s)
{
    for (int64_t k = 0; k < m; k++)
        s->constant[k] = f->intercept ? point[k] : 0.0;
    const double *const theta = point + f->intercept * m;
    if (m == 1) {
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < f->columns; j++) {
            s->slopes[j] = f->scale[j] * theta[j];
            sum += f->centre[j] * s->slopes[j];
        }
        s->constant[0] -= dense ? 0.0 : sum;
        return;
    }
    for (int64_t j = 0; j < f->columns; j++)
        for (int64_t k = 0; k < m; k++) {
            const double slope = f->scale[j] * theta[j * m + k];
            s->slopes[j * m + k] = slope;
            if (!dense)
                s->constant[k] -= f->centre[j] * slope;
        }
}

/* Add the rows from `first` on, n of them, to the gradient in the user's units, and to the sums of residuals; return
   their loss. */
PART double add_rows(const struct rows *r, const struct objective *f, int64_t first, int64_t n, int64_t m,
                       const struct scratch *s, double *gradient)
{
    struct terms terms = {0.0, 0.0, 0.0};
    for (int64_t start = first; start < first + n; start += CHUNK) {
        const int64_t rows = smaller(CHUNK, first + n - start), *const place = r->place + start;
        read_ahead(r, f->columns, start + rows);
        find_eta(r, f, place, rows, m, s);
        if (r->offset)
            for (int64_t e = 0; e < rows * m; e++)
                s->eta[e] += r->offset[start * m + e];
        const double *const weights = r->weights ? r->weights + start : 0;
        if (m == 1)
            logistica_binomial_terms(s->eta, r->y + start, weights, rows, s->residual, s->proba, &terms);
        else
            logistica_multinomial_terms(s->eta, r->y + start, weights, rows, m, m, s->residual, s->proba, &terms);
        for (int64_t i = 0; i < rows; i++)
            for (int64_t k = 0; k < m; k++)
                s->sums[k] += s->residual[i * m + k];
        add_products(r, f, place, rows, m, s, gradient);
    }
    return terms.loss;
}

/* The sums over a batch become the gradient of what it stands for, in the solver's units; return the penalties. */
PART double complete(const struct objective *f, const double *sums, const double *point, int64_t m, int dense,
                              double share, double unit, double *gradient)
{
    double value = 0.0;
    if (f->intercept)
        for (int64_t k = 0; k < m; k++)
            gradient[k] = unit * sums[k];
    gradient += f->intercept * m;
    point += f->intercept * m;
    const double *const ridge = f->ridge ? f->ridge + f->intercept : 0;
    if (m == 1 && ridge) {
        const double sum = dense ? 0.0 : sums[0];
#pragma omp simd reduction(+ : value)
        for (int64_t j = 0; j < f->columns; j++) {
            const double pull = ridge[j] * point[j];
            value += point[j] * pull;
            gradient[j] = unit * (f->scale[j] * (gradient[j] - f->centre[j] * sum) + share * pull);
        }
        value *= 0.5;
    } else {
        for (int64_t j = 0; j < f->columns; j++)
            for (int64_t k = 0; k < m; k++) {
                const int64_t e = j * m + k;
                const double centred = dense ? gradient[e] : gradient[e] - f->centre[j] * sums[k];
                const double pull = ridge ? ridge[j] * point[e] : 0.0;
                value += 0.5 * point[e] * pull;
                gradient[e] = unit * (f->scale[j] * centred + share * pull);
            }
    }
    if (f->lasso)
        for (int64_t e = 0; e < f->columns * m; e++)
            value += f->lasso[f->intercept * m + e] * fabs(point[e]);
    return value;
}

PART void average(const double *point, int64_t n, int64_t averaged, double *mean)
{
    const double share = 1.0 / (double)averaged;
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        mean[i] = averaged == 1 ? point[i] : mean[i] + (point[i] - mean[i]) * share;
}

/* Walk on over the batches `first` to `last`, without the latter. */
ON_EACH_PROCESSOR void logistica_walk(const struct rows *r, const struct objective *f, const struct scratch *s,
                                      struct walk *walk, int64_t first, int64_t last)
{
    const int64_t m = f->outputs, parameters = (f->columns + f->intercept) * m;
    const int dense = r->x != 0;
    for (int64_t batch = first; batch < last; batch++) {
        const int64_t start = batch * r->batch_size, n = smaller(r->batch_size, r->n - start);
        find_slopes(f, walk->point, m, dense, s);
        for (int64_t e = 0; e < parameters; e++)
            s->gradient[e] = 0.0;
        for (int64_t k = 0; k < m; k++)
            s->sums[k] = 0.0;
        const double loss = add_rows(r, f, start, n, m, s, s->gradient + f->intercept * m);
        const double share = (double)n / f->all_rows, counted = walk->by_rows ? (double)n / (double)r->batch_size : 1.0;
        const double penalty = complete(f, s->sums, walk->point, m, dense, share, counted / (share * f->total_weight),
                                        s->gradient);
        walk->running += (loss + share * penalty) / f->total_weight;
        const double size = walk->sizes[batch];
        const struct step step = {s->gradient, f->lasso, size, size * counted / f->total_weight, ++walk->updates};
        move(&walk->rule, &step, parameters, walk->point);
        if ((double)walk->updates > walk->begin)
            average(walk->point, parameters, ++walk->averaged, walk->mean);
    }
}
