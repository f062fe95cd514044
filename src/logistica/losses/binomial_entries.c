/* The binomial loss straight from rows in CSR form, of which only the entries are read: eta, the loss, its gradient,
   and the Hessian if asked for, some rows at a time. */

#include "../core/sparse_rows.h"
#include "terms.h"

enum { CHUNK = 512 };

/* n rows of p columns, and their predictors: what a unit of each column adds, and their value where all are zero.

   start         (n + 1), where each row's entries begin
   column, data  (start[n]); data is NULL where all entries are ones
   slopes        (p)
   offset        (n), or NULL */
struct entries {
    const void *start, *column;
    const double *data;
    int64_t n, p;
    const double *slopes;
    double constant;
    const double *offset;
};

/* Sums to add to: the gradient (1 + p), of residual and of residual * x; and, unless they are NULL, of the second
   derivative times x (p), and times its products, on and above the diagonal, rows `stride` numbers apart. */
struct sums {
    double *gradient, *columns, *products;
    int64_t stride;
};

PART int64_t shorter(int64_t a, int64_t b) { return a < b ? a : b; }

/* The Hessian of z = (1, (x - centre) * scale), the 1 only with an intercept, from the sums over x; `hessian` (q, q)
   holds their products in its last p rows and columns. */
PART void centre_products(int64_t p, int64_t intercept, const double *centre, const double *scale, double total,
                          const double *columns, double *hessian)
{
    const int64_t q = p + intercept;
    double *const inner = hessian + intercept * (q + 1);
    for (int64_t j = 0; j < p; j++)
        for (int64_t l = j; l < p; l++) {
            const double crossed = centre[j] * columns[l] + columns[j] * centre[l];
            const double moved = inner[j * q + l] - (crossed - total * (centre[j] * centre[l]));
            inner[j * q + l] = inner[l * q + j] = moved * (scale[j] * scale[l]);
        }
    if (!intercept)
        return;
    hessian[0] = total;
    for (int64_t j = 0; j < p; j++)
        hessian[1 + j] = hessian[(1 + j) * q] = scale[j] * (columns[j] - total * centre[j]);
}

/* logistica_entries_slope: the terms, and the gradient. logistica_entries_curved: the Hessian too; `hessian` (q, q) and
   `columns` (p) are zeros before. Columns of a row ascend. */
#define ENTRIES(INDEX, BITS)                                                                                           \
    PART double add_entries_##BITS(const struct entries *x, const int64_t *y, const double *weights,                   \
                                   const struct sums *to, struct terms *terms)                                         \
    {                                                                                                                  \
        const INDEX *const start = x->start, *const column = x->column;                                                \
        double eta[CHUNK], residual[CHUNK], proba[CHUNK], total = 0.0;                                                 \
        for (int64_t first = 0; first < x->n; first += CHUNK) {                                                        \
            const int64_t m = shorter(CHUNK, x->n - first);                                                            \
            const INDEX *const at = start + first;                                                                     \
            const double *const counted = weights ? weights + first : 0;                                               \
            for (int64_t i = 0; i < m; i++)                                                                            \
                eta[i] = row_times_##BITS(column, x->data, at[i], at[i + 1], x->slopes) + x->constant;                 \
            if (x->offset)                                                                                             \
                for (int64_t i = 0; i < m; i++)                                                                        \
                    eta[i] += x->offset[first + i];                                                                    \
            logistica_binomial_terms(eta, y + first, counted, m, residual, proba, terms);                              \
            for (int64_t i = 0; i < m; i++) {                                                                          \
                to->gradient[0] += residual[i];                                                                        \
                add_row_##BITS(column, x->data, at[i], at[i + 1], residual[i], to->gradient + 1);                      \
            }                                                                                                          \
            for (int64_t i = 0; to->products && i < m; i++) {                                                          \
                const double bend = (counted ? counted[i] : 1.0) * (proba[i] * (1.0 - proba[i]));                      \
                total += bend;                                                                                         \
                add_square_of_row_##BITS(column, x->data, at[i], at[i + 1], bend, to->stride, to->columns,             \
                                         to->products);                                                                \
            }                                                                                                          \
        }                                                                                                              \
        return total;                                                                                                  \
    }                                                                                                                  \
                                                                                                                       \
    ON_EACH_PROCESSOR void logistica_entries_slope_##BITS(const struct entries *x, const int64_t *y,                   \
                                                          const double *weights, double *gradient,                     \
                                                          struct terms *terms)                                         \
    {                                                                                                                  \
        const struct sums to = {gradient, 0, 0, 0};                                                                    \
        add_entries_##BITS(x, y, weights, &to, terms);                                                                 \
    }                                                                                                                  \
                                                                                                                       \
    ON_EACH_PROCESSOR void logistica_entries_curved_##BITS(                                                            \
        const struct entries *x, const int64_t *y, const double *weights, const double *centre, const double *scale,   \
        int64_t intercept, double *gradient, double *columns, double *hessian, struct terms *terms)                    \
    {                                                                                                                  \
        const int64_t q = x->p + intercept;                                                                            \
        const struct sums to = {gradient, columns, hessian + intercept * (q + 1), q};                                  \
        const double total = add_entries_##BITS(x, y, weights, &to, terms);                                            \
        centre_products(x->p, intercept, centre, scale, total, columns, hessian);                                      \
    }

ENTRIES(int32_t, 32)
ENTRIES(int64_t, 64)
