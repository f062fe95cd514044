/* Updates over mini-batches, many in one call: what solvers/walk.py does, without returning to Python in between.

   An update costs the entries of its batch, and a few passes over the parameters. Rows are read where they are, those of
   the next batch ahead of time, and of sparse rows only the entries: with z = (x - centre) * scale, the centres add one
   number to each output's eta, and one to its gradient (objective/linear.py). For several outputs dense rows are turned,
   so that the loops run over rows side by side. */

#include <math.h>

#include "../core/vector.h"
#include "../losses/terms.h"
#include "updates.h"

enum { CHUNK = 64 }; /* rows that are taken at once; eta, residual and proba of so many are in scratch memory */

/* Rows in the order in which they are taken; those of X are at `place` of a dense or a sparse matrix. */
struct rows {
    int64_t n, batch_size;
    const int64_t *place;
    const double *x; /* dense: numbers of a row side by side, rows `stride` numbers apart; NULL if sparse */
    int64_t stride;
    const void *start, *column; /* sparse: of 64 bits if `wide`, else of 32 */
    const double *data;
    int64_t wide;
    const int64_t *y;
    const double *weights, *offset; /* (n), (n, outputs); or NULL */
};

/* The mean objective of all rows, of which a batch is a part: q = intercept + columns, parameters (q, outputs). */
struct objective {
    int64_t columns, outputs, intercept;
    const double *centre, *scale; /* (columns) */
    const double *ridge;          /* (q), or NULL */
    const double *lasso;          /* (q, outputs), or NULL */
    double total_weight, all_rows;
};

struct walk {
    double *point, *mean; /* (q, outputs) */
    struct rule rule;
    const double *sizes;   /* of the step of each update */
    double begin;          /* how many updates come before those whose points are averaged */
    int64_t by_rows;       /* whether a smaller batch counts for less */
    int64_t updates, averaged;
    double running;        /* the sum of the batches' losses so far, each by its share of all rows */
};

struct scratch {
    double *gradient, *slopes; /* (q, outputs), (columns, outputs) */
    double *constant;          /* (outputs) */
    double *eta, *residual, *proba; /* (CHUNK, outputs) */
    double *turned;            /* (columns, CHUNK), if dense */
    double *by_output;         /* (outputs, CHUNK), if dense */
};

/* Functions that are compiled with the loop that calls them, for each processor. */
#if defined(__GNUC__)
#define INSIDE static inline __attribute__((always_inline))
#define READ_AHEAD(address) __builtin_prefetch(address)
#else
#define INSIDE static inline
#define READ_AHEAD(address)
#endif

enum { LINE = 8, MOST_LINES = 8 }; /* numbers side by side in the cache; longer rows the processor foresees itself */

static inline int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

static inline int64_t at(const void *from, int64_t i, int64_t wide)
{
    return wide ? ((const int64_t *)from)[i] : ((const int32_t *)from)[i];
}

/* What a unit of x adds to each eta, and eta where x is zero (dense: at the centre). */
INSIDE void find_slopes(const struct objective *f, const double *point, int64_t m, int dense, const struct scratch *s)
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

/* Sparse rows: eta = constant + x slopes. */
INSIDE void sparse_eta(const struct rows *r, const int64_t *place, int64_t n, int64_t m, const struct scratch *s)
{
    const int64_t wide = r->wide;
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = at(r->start, place[i], wide), to = at(r->start, place[i] + 1, wide);
        if (m == 1) {
            double sum = 0.0;
            for (int64_t e = from; e < to; e++)
                sum += r->data[e] * s->slopes[at(r->column, e, wide)];
            s->eta[i] = s->constant[0] + sum;
            continue;
        }
        double *const eta = s->eta + i * m;
        for (int64_t k = 0; k < m; k++)
            eta[k] = s->constant[k];
        for (int64_t e = from; e < to; e++) {
            const double x = r->data[e], *const slopes = s->slopes + at(r->column, e, wide) * m;
            for (int64_t k = 0; k < m; k++)
                eta[k] += x * slopes[k];
        }
    }
}

/* Sparse rows: gradient += x' residual. */
INSIDE void add_sparse(const struct rows *r, const int64_t *place, int64_t n, int64_t m, const double *residual,
                              double *gradient)
{
    const int64_t wide = r->wide;
    for (int64_t i = 0; i < n; i++) {
        const int64_t from = at(r->start, place[i], wide), to = at(r->start, place[i] + 1, wide);
        if (m == 1) {
            for (int64_t e = from; e < to; e++)
                gradient[at(r->column, e, wide)] += r->data[e] * residual[i];
            continue;
        }
        for (int64_t e = from; e < to; e++) {
            const double x = r->data[e];
            double *const to_column = gradient + at(r->column, e, wide) * m;
            for (int64_t k = 0; k < m; k++)
                to_column[k] += x * residual[i * m + k];
        }
    }
}

/* Have rows brought near that are needed soon. */
INSIDE void read_ahead(const struct rows *r, int64_t columns, int64_t start)
{
    const int64_t end = smaller(start + CHUNK, r->n);
    for (int64_t i = start; i < end; i++) {
        const int64_t place = r->place[i];
        const int64_t from = r->x ? place * r->stride : at(r->start, place, r->wide);
        const int64_t length = r->x ? columns : at(r->start, place + 1, r->wide) - from;
        const double *const numbers = r->x ? r->x + from : r->data + from;
        const char *const indices = (const char *)r->column + from * (r->wide ? 8 : 4);
        for (int64_t e = 0; e < length && e < LINE * MOST_LINES; e += LINE) {
            READ_AHEAD(numbers + e);
            if (!r->x)
                READ_AHEAD(indices + e * (r->wide ? 8 : 4));
        }
    }
}

/* Dense rows, one output: eta = constant + (x - centre) slopes. */
INSIDE void dense_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n,
                      const struct scratch *s)
{
    const double *const centre = f->centre, *const slopes = s->slopes;
    for (int64_t i = 0; i < n; i++) {
        const double *const row = r->x + place[i] * r->stride;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < f->columns; j++)
            sum += (row[j] - centre[j]) * slopes[j];
        s->eta[i] = s->constant[0] + sum;
    }
}

/* Dense rows, one output: gradient += (x - centre)' residual, four rows at once. */
INSIDE void add_dense(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n,
                      const double *residual, double *gradient)
{
    const double *const centre = f->centre;
    for (int64_t i = 0; i < n; i += 4) {
        const double *row[4];
        double by[4];
        for (int64_t k = 0; k < 4; k++) {
            row[k] = r->x + place[smaller(i + k, n - 1)] * r->stride;
            by[k] = i + k < n ? residual[i + k] : 0.0;
        }
        const double *const a = row[0], *const b = row[1], *const c = row[2], *const d = row[3];
#pragma omp simd
        for (int64_t j = 0; j < f->columns; j++)
            gradient[j] += ((a[j] - centre[j]) * by[0] + (b[j] - centre[j]) * by[1]) +
                           ((c[j] - centre[j]) * by[2] + (d[j] - centre[j]) * by[3]);
    }
}

/* Dense rows, several outputs: turned = (x - centre)', and eta = constant + (x - centre) slopes. */
INSIDE void turned_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
                       const struct scratch *s)
{
    for (int64_t first = 0; first < f->columns; first += LINE)
        for (int64_t i = 0; i < n; i++) {
            const double *const row = r->x + place[i] * r->stride;
            for (int64_t j = first; j < smaller(first + LINE, f->columns); j++)
                s->turned[j * CHUNK + i] = row[j] - f->centre[j];
        }
    for (int64_t k = 0; k < m; k++) {
        double sum[CHUNK];
        for (int64_t i = 0; i < CHUNK; i++)
            sum[i] = s->constant[k];
        for (int64_t j = 0; j < f->columns; j++) {
            const double slope = s->slopes[j * m + k], *const x = s->turned + j * CHUNK;
#pragma omp simd
            for (int64_t i = 0; i < n; i++)
                sum[i] += x[i] * slope;
        }
        for (int64_t i = 0; i < n; i++)
            s->eta[i * m + k] = sum[i];
    }
}

/* Dense rows, as they were turned: gradient += (x - centre)' residual. */
INSIDE void add_turned(const struct objective *f, int64_t n, int64_t m, const struct scratch *s, double *gradient)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < m; k++)
            s->by_output[k * CHUNK + i] = s->residual[i * m + k];
    for (int64_t j = 0; j < f->columns; j++)
        for (int64_t k = 0; k < m; k++) {
            const double *const x = s->turned + j * CHUNK, *const residual = s->by_output + k * CHUNK;
            double sum = 0.0;
#pragma omp simd reduction(+ : sum)
            for (int64_t i = 0; i < n; i++)
                sum += x[i] * residual[i];
            gradient[j * m + k] += sum;
        }
}

/* eta = constant + x slopes, or (x - centre) slopes of dense rows. */
INSIDE void find_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
                     const struct scratch *s)
{
    if (!r->x)
        sparse_eta(r, place, n, m, s);
    else if (m == 1)
        dense_eta(r, f, place, n, s);
    else
        turned_eta(r, f, place, n, m, s);
}

/* gradient += x' residual, or (x - centre)' residual of dense rows; after their eta was found. */
INSIDE void add_products(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
                         const struct scratch *s, double *gradient)
{
    if (!r->x)
        add_sparse(r, place, n, m, s->residual, gradient);
    else if (m == 1)
        add_dense(r, f, place, n, s->residual, gradient);
    else
        add_turned(f, n, m, s, gradient);
}

/* Add the rows from `first` on, n of them, to the gradient in the user's units, and their residuals to `sums`; return
   their loss. */
INSIDE double add_rows(const struct rows *r, const struct objective *f, int64_t first, int64_t n, int64_t m,
                       const struct scratch *s, double *sums, double *gradient)
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
                sums[k] += s->residual[i * m + k];
        add_products(r, f, place, rows, m, s, gradient);
    }
    return terms.loss;
}

/* The sums over a batch become the gradient of what it stands for, in the solver's units; return the penalties. */
INSIDE double complete(const struct objective *f, const double *sums, const double *point, int64_t m, int dense,
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

INSIDE void average(const double *point, int64_t n, int64_t averaged, double *mean)
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
    double *const sums = s->constant + m;
    for (int64_t batch = first; batch < last; batch++) {
        const int64_t start = batch * r->batch_size, n = smaller(r->batch_size, r->n - start);
        find_slopes(f, walk->point, m, dense, s);
        for (int64_t e = 0; e < parameters; e++)
            s->gradient[e] = 0.0;
        for (int64_t k = 0; k < m; k++)
            sums[k] = 0.0;
        const double loss = add_rows(r, f, start, n, m, s, sums, s->gradient + f->intercept * m);
        const double share = (double)n / f->all_rows, counted = walk->by_rows ? (double)n / (double)r->batch_size : 1.0;
        const double penalty = complete(f, sums, walk->point, m, dense, share, counted / (share * f->total_weight),
                                        s->gradient);
        walk->running += (loss + share * penalty) / f->total_weight;
        const double size = walk->sizes[batch];
        const struct step step = {s->gradient, f->lasso, size, size * counted / f->total_weight, ++walk->updates};
        move(&walk->rule, &step, parameters, walk->point);
        if ((double)walk->updates > walk->begin)
            average(walk->point, parameters, ++walk->averaged, walk->mean);
    }
}
