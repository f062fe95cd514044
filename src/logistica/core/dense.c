/* Rows of a dense matrix, less their centre, times a few columns of numbers: straight from where they lie, four rows at
   once, so that each number that is loaded serves several products. */

#include "vector.h"

/* COLUMNS of ten outputs stay in the nearest cache while many rows pass by. */
enum { LANES = 8, ROWS = 4, OUTPUTS = 5, COLUMNS = 256 };

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));

#define UNROLLED _Pragma("GCC unroll 8")

struct rows {
    const double *of[ROWS];
};

/* Up to four rows, the last repeated where there are fewer. */
PART struct rows rows_at(const double *x, int64_t stride, int64_t left)
{
    struct rows rows;
    for (int64_t i = 0; i < ROWS; i++)
        rows.of[i] = x + (i < left ? i : left - 1) * stride;
    return rows;
}

/* Where the columns end that are taken together from `from`: no few are left for the last. */
PART int64_t end_of_columns(int64_t from, int64_t p) { return p - from < 2 * COLUMNS ? p : from + COLUMNS; }

/* Add (row - centre)[from .. from + LANES) times each output's slopes. */
PART void add_products(const struct rows *rows, const double *centre, int64_t from, const double *slopes,
                          int64_t width, int outputs, lanes sums[ROWS][OUTPUTS])
{
    lanes middle, x[ROWS];
    memcpy(&middle, centre + from, sizeof middle);
    UNROLLED for (int i = 0; i < ROWS; i++)
    {
        memcpy(&x[i], rows->of[i] + from, sizeof x[i]);
        x[i] -= middle;
    }
    UNROLLED for (int a = 0; a < outputs; a++)
    {
        lanes slope;
        memcpy(&slope, slopes + a * width, sizeof slope);
        UNROLLED for (int i = 0; i < ROWS; i++) sums[i][a] += x[i] * slope;
    }
}

/* Add to out what the columns from `from` to `to` make of up to four rows. */
PART void times_some(const struct rows *rows, int64_t from, int64_t to, const double *centre, const double *slopes,
                        int64_t width, int outputs, int64_t k, int64_t n, double *out)
{
    lanes sums[ROWS][OUTPUTS] = {0};
    const int64_t whole = to / LANES * LANES;
    for (int64_t j = from; j < whole; j += LANES)
        add_products(rows, centre, j, slopes + j, width, outputs, sums);
    if (whole < to)
        add_products(rows, centre, to - LANES, slopes + whole, width, outputs, sums);
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < outputs; a++) {
            const lanes sum = sums[i][a];
            out[i * k + a] += ((sum[0] + sum[1]) + (sum[2] + sum[3])) + ((sum[4] + sum[5]) + (sum[6] + sum[7]));
        }
}

/* Add the rows, each times its values of some outputs, to out[a * p + j]. */
PART void add_some(const struct rows *rows, int64_t from, int64_t to, const double *centre,
                      const double values[ROWS][OUTPUTS], int outputs, int64_t p, double *out)
{
    for (int64_t j = from; j < to; j += LANES) {
        lanes middle, x[ROWS];
        memcpy(&middle, centre + j, sizeof middle);
        UNROLLED for (int i = 0; i < ROWS; i++)
        {
            memcpy(&x[i], rows->of[i] + j, sizeof x[i]);
            x[i] -= middle;
        }
        UNROLLED for (int a = 0; a < outputs; a++)
        {
            lanes sum;
            memcpy(&sum, out + a * p + j, sizeof sum);
            UNROLLED for (int i = 0; i < ROWS; i++) sum += x[i] * values[i][a];
            memcpy(out + a * p + j, &sum, sizeof sum);
        }
    }
}

/* Add to out what the columns from `from` to `to` of up to four rows make of their values. */
PART void transposed_some(const struct rows *rows, int64_t from, int64_t to, const double *centre,
                             const double *values, int64_t k, int64_t n, int outputs, int64_t p, double *out)
{
    double four[ROWS][OUTPUTS] = {0};
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < outputs; a++)
            four[i][a] = values[i * k + a];
    const int64_t whole = to / LANES * LANES;
    add_some(rows, from, whole, centre, four, outputs, p, out);
    for (int64_t j = whole; j < to; j++)
        for (int a = 0; a < outputs; a++)
            for (int i = 0; i < ROWS; i++)
                out[a * p + j] += (rows->of[i][j] - centre[j]) * four[i][a];
}

#define FOR_EACH_NUMBER_OF_OUTPUTS(left, call)                                                                         \
    switch (left) {                                                                                                    \
    case 1: call(1); break;                                                                                            \
    case 2: call(2); break;                                                                                            \
    case 3: call(3); break;                                                                                            \
    case 4: call(4); break;                                                                                            \
    default: call(OUTPUTS);                                                                                            \
    }

/* out = constant + (x - centre) slopes.

   x         (n, p), rows `stride` numbers apart, p at least LANES
   centre    (p)
   slopes    (k, p), `width` numbers apart: if p is no multiple of LANES, the slopes of the last LANES columns follow the
             others of theirs, those that were there already as zeros
   constant  (k)
   out       (n, k) */
ON_EACH_PROCESSOR void logistica_dense_times(const double *x, int64_t n, int64_t p, int64_t stride,
                                             const double *centre, const double *slopes, int64_t width,
                                             const double *constant, int64_t k, double *out)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t a = 0; a < k; a++)
            out[i * k + a] = constant[a];
    for (int64_t from = 0; from < p; from = end_of_columns(from, p))
        for (int64_t i = 0; i < n; i += ROWS) {
            const struct rows rows = rows_at(x + i * stride, stride, n - i);
            const int64_t here = n - i < ROWS ? n - i : ROWS, to = end_of_columns(from, p);
            for (int64_t a = 0; a < k; a += OUTPUTS) {
#define TIMES(outputs)                                                                                                 \
    times_some(&rows, from, to, centre, slopes + a * width, width, outputs, k, here, out + i * k + a)
                FOR_EACH_NUMBER_OF_OUTPUTS(k - a, TIMES)
            }
        }
}

/* out += values' (x - centre).

   x       (n, p), rows `stride` numbers apart
   values  (n, k)
   out     (k, p) */
ON_EACH_PROCESSOR void logistica_dense_transposed(const double *x, int64_t n, int64_t p, int64_t stride,
                                                  const double *centre, const double *values, int64_t k, double *out)
{
    for (int64_t from = 0; from < p; from = end_of_columns(from, p))
        for (int64_t i = 0; i < n; i += ROWS) {
            const struct rows rows = rows_at(x + i * stride, stride, n - i);
            const int64_t here = n - i < ROWS ? n - i : ROWS, to = end_of_columns(from, p);
            for (int64_t a = 0; a < k; a += OUTPUTS) {
#define TRANSPOSED(outputs)                                                                                            \
    transposed_some(&rows, from, to, centre, values + i * k + a, k, here, outputs, p, out + a * p)
                FOR_EACH_NUMBER_OF_OUTPUTS(k - a, TRANSPOSED)
            }
        }
}
