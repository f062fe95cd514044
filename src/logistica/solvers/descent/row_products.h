/* Rows of X times slopes, and residuals times rows of X, a few rows at a time.

   Rows are read where they are, and of sparse rows only the entries: with z = (x - centre) * scale, the centres add one
   number to each output's eta, and one to its gradient (objective/linear.py). For several outputs dense rows are
   turned, so that the loops run over rows side by side. */

#ifndef LOGISTICA_ROW_PRODUCTS_H
#define LOGISTICA_ROW_PRODUCTS_H

#include <stdint.h>

#include "../../core/sparse_rows.h"

enum { CHUNK = 64 }; /* rows that are taken at once; eta, residual and proba of so many are in scratch memory */

/* Rows in the order in which they are taken; those of X are at `place` of a dense or a sparse matrix. */
struct rows {
    int64_t n, batch_size;
    const int64_t *place;
    const double *x; /* dense: numbers of a row side by side, rows `stride` numbers apart; NULL if sparse */
    int64_t stride;
    const void *start, *column; /* sparse: of 64 bits if `wide`, else of 32 */
    const double *data; /* or NULL where all are ones */
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

/* Memory of the loop's own. */
struct scratch {
    double *gradient, *slopes;      /* (q, outputs), (columns, outputs) */
    double *constant, *sums;        /* (outputs): eta where x is zero or at its centre; the sums of residuals */
    double *eta, *residual, *proba; /* (CHUNK, outputs) */
    double *turned, *by_output;     /* dense rows: (columns, CHUNK), (outputs, CHUNK) */
};

#if defined(__GNUC__)
#define READ_AHEAD(address) __builtin_prefetch(address)
#else
#define READ_AHEAD(address)
#endif

enum { LINE = 8, MOST_LINES = 8 }; /* numbers side by side in the cache; longer rows the processor foresees itself */

PART int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

PART int64_t at(const void *from, int64_t i, int64_t wide)
{
    return wide ? ((const int64_t *)from)[i] : ((const int32_t *)from)[i];
}

/* Sparse rows, with indices of either type: eta = constant + x slopes; and gradient += x' residual. */
#define SPARSE_PRODUCTS(INDEX, BITS)                                                                                   \
    PART void sparse_eta_##BITS(const struct rows *r, const int64_t *place, int64_t n, int64_t m,                      \
                                const struct scratch *s)                                                               \
    {                                                                                                                  \
        const INDEX *const start = r->start, *const column = r->column;                                                \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const INDEX from = start[place[i]], to = start[place[i] + 1];                                              \
            if (m == 1) {                                                                                              \
                s->eta[i] = s->constant[0] + row_times_##BITS(column, r->data, from, to, s->slopes);                   \
                continue;                                                                                              \
            }                                                                                                          \
            double *const eta = s->eta + i * m;                                                                        \
            for (int64_t k = 0; k < m; k++)                                                                            \
                eta[k] = s->constant[k];                                                                               \
            for (INDEX e = from; e < to; e++) {                                                                        \
                const double x = entry(r->data, e), *const slopes = s->slopes + (int64_t)column[e] * m;                \
                for (int64_t k = 0; k < m; k++)                                                                        \
                    eta[k] += x * slopes[k];                                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }                                                                                                                  \
                                                                                                                       \
    PART void add_sparse_##BITS(const struct rows *r, const int64_t *place, int64_t n, int64_t m,                      \
                                const double *residual, double *gradient)                                              \
    {                                                                                                                  \
        const INDEX *const start = r->start, *const column = r->column;                                                \
        for (int64_t i = 0; i < n; i++) {                                                                              \
            const INDEX from = start[place[i]], to = start[place[i] + 1];                                              \
            if (m == 1) {                                                                                              \
                add_row_##BITS(column, r->data, from, to, residual[i], gradient);                                      \
                continue;                                                                                              \
            }                                                                                                          \
            for (INDEX e = from; e < to; e++) {                                                                        \
                const double x = entry(r->data, e);                                                                    \
                double *const to_column = gradient + (int64_t)column[e] * m;                                           \
                for (int64_t k = 0; k < m; k++)                                                                        \
                    to_column[k] += x * residual[i * m + k];                                                           \
            }                                                                                                          \
        }                                                                                                              \
    }

SPARSE_PRODUCTS(int32_t, 32)
SPARSE_PRODUCTS(int64_t, 64)

/* Have rows brought near that are needed soon. */
PART void read_ahead(const struct rows *r, int64_t columns, int64_t start)
{
    const int64_t end = smaller(start + CHUNK, r->n);
    for (int64_t i = start; i < end; i++) {
        const int64_t place = r->place[i];
        const int64_t from = r->x ? place * r->stride : at(r->start, place, r->wide);
        const int64_t length = r->x ? columns : at(r->start, place + 1, r->wide) - from;
        const double *const numbers = r->x ? r->x : r->data;
        const char *const indices = (const char *)r->column + from * (r->wide ? 8 : 4);
        for (int64_t e = 0; e < length && e < LINE * MOST_LINES; e += LINE) {
            if (numbers)
                READ_AHEAD(numbers + from + e);
            if (!r->x)
                READ_AHEAD(indices + e * (r->wide ? 8 : 4));
        }
    }
}

/* Dense rows, one output: eta = constant + (x - centre) slopes. */
PART void dense_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n,
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
PART void add_dense(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n,
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
PART void turned_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
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
PART void add_turned(const struct objective *f, int64_t n, int64_t m, const struct scratch *s, double *gradient)
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
PART void find_eta(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
                     const struct scratch *s)
{
    if (!r->x && r->wide)
        sparse_eta_64(r, place, n, m, s);
    else if (!r->x)
        sparse_eta_32(r, place, n, m, s);
    else if (m == 1)
        dense_eta(r, f, place, n, s);
    else
        turned_eta(r, f, place, n, m, s);
}

/* gradient += x' residual, or (x - centre)' residual of dense rows; after their eta was found. */
PART void add_products(const struct rows *r, const struct objective *f, const int64_t *place, int64_t n, int64_t m,
                         const struct scratch *s, double *gradient)
{
    if (!r->x && r->wide)
        add_sparse_64(r, place, n, m, s->residual, gradient);
    else if (!r->x)
        add_sparse_32(r, place, n, m, s->residual, gradient);
    else if (m == 1)
        add_dense(r, f, place, n, s->residual, gradient);
    else
        add_turned(f, n, m, s, gradient);
}

#endif
