/* Products of dense rows by vectors of LANES doubles: dense.c includes this for each width, and says how many ROWS
   and OUTPUTS it takes at once. */

#define NAME(name) WITH_SUFFIX(name, LANES)
#define lanes NAME(lanes)
#define bits NAME(bits)
#define rows NAME(rows)

typedef double lanes __attribute__((vector_size(LANES * sizeof(double))));
typedef int64_t bits __attribute__((vector_size(LANES * sizeof(double))));

struct rows {
    const double *of[ROWS];
};

/* Up to ROWS rows, the last repeated where there are fewer. */
PART struct rows NAME(rows_at)(const double *x, int64_t stride, int64_t left)
{
    struct rows some;
    for (int64_t i = 0; i < ROWS; i++)
        some.of[i] = x + (i < left ? i : left - 1) * stride;
    return some;
}

PART double NAME(total)(const lanes *of)
{
    lanes sum = *of;
#if LANES == 8
    sum += __builtin_shuffle(sum, (bits){4, 5, 6, 7, 0, 1, 2, 3});
    sum += __builtin_shuffle(sum, (bits){2, 3, 0, 1, 6, 7, 4, 5});
#elif LANES == 4
    sum += __builtin_shuffle(sum, (bits){2, 3, 0, 1});
#endif
    return sum[0] + sum[1];
}

/* Add (row - centre)[from .. from + LANES) times each output's slopes. */
PART void NAME(add_products)(const struct rows *some, const double *centre, int64_t from, const double *slopes,
                             int64_t width, int outputs, lanes sums[ROWS][OUTPUTS])
{
    lanes middle, x[ROWS];
    memcpy(&middle, centre + from, sizeof middle);
    UNROLLED for (int i = 0; i < ROWS; i++)
    {
        memcpy(&x[i], some->of[i] + from, sizeof x[i]);
        x[i] -= middle;
    }
    UNROLLED for (int a = 0; a < outputs; a++)
    {
        lanes slope;
        memcpy(&slope, slopes + a * width, sizeof slope);
        UNROLLED for (int i = 0; i < ROWS; i++) sums[i][a] += x[i] * slope;
    }
}

/* Add to out what the columns from `from` to `to` make of up to ROWS rows. */
PART void NAME(times_some)(const struct rows *some, int64_t from, int64_t to, const double *centre,
                           const double *slopes, int64_t width, int outputs, int64_t k, int64_t n, double *out)
{
    lanes sums[ROWS][OUTPUTS] = {0};
    const int64_t whole = to / PACKED * PACKED;
    for (int64_t j = from; j < whole; j += LANES)
        NAME(add_products)(some, centre, j, slopes + j, width, outputs, sums);
    for (int64_t j = 0; whole < to && j < PACKED; j += LANES)
        NAME(add_products)(some, centre, to - PACKED + j, slopes + whole + j, width, outputs, sums);
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < outputs; a++)
            out[i * k + a] += NAME(total)(&sums[i][a]);
}

/* Add the rows' numbers at j, each times the row's values of some outputs, to out[a * p + j]; of the numbers only those
   that are kept, where some are to be. */
PART void NAME(add_vector)(const struct rows *some, int64_t j, const bits *kept, const double *centre,
                           const double values[ROWS][OUTPUTS], int outputs, int64_t p, double *out)
{
    lanes middle, x[ROWS];
    memcpy(&middle, centre + j, sizeof middle);
    UNROLLED for (int i = 0; i < ROWS; i++)
    {
        memcpy(&x[i], some->of[i] + j, sizeof x[i]);
        x[i] -= middle;
        if (kept)
            x[i] = (lanes)((bits)x[i] & *kept);
    }
    UNROLLED for (int a = 0; a < outputs; a++)
    {
        lanes sum;
        memcpy(&sum, out + a * p + j, sizeof sum);
        UNROLLED for (int i = 0; i < ROWS; i++) sum += x[i] * values[i][a];
        memcpy(out + a * p + j, &sum, sizeof sum);
    }
}

/* Add to out what the columns from `from` to `to` of up to ROWS rows make of their values. */
PART void NAME(transposed_some)(const struct rows *some, int64_t from, int64_t to, const double *centre,
                                const double *values, int64_t k, int64_t n, int outputs, int64_t p, double *out)
{
    double these[ROWS][OUTPUTS] = {0};
    for (int64_t i = 0; i < n; i++)
        for (int a = 0; a < outputs; a++)
            these[i][a] = values[i * k + a];
    int64_t j = from;
    for (; j + LANES <= to; j += LANES)
        NAME(add_vector)(some, j, 0, centre, these, outputs, p, out);
    if (j < to) {
        bits kept;
        for (int i = 0; i < LANES; i++)
            kept[i] = to - LANES + i < j ? 0 : -1;
        NAME(add_vector)(some, to - LANES, &kept, centre, these, outputs, p, out);
    }
}

TARGET void NAME(logistica_dense_times)(const double *x, int64_t n, int64_t p, int64_t stride, const double *centre,
                                        const double *slopes, int64_t width, const double *constant, int64_t k,
                                        double *out)
{
    for (int64_t i = 0; i < n; i++)
        for (int64_t a = 0; a < k; a++)
            out[i * k + a] = constant[a];
    for (int64_t from = 0; from < p; from = end_of_columns(from, p))
        for (int64_t i = 0; i < n; i += ROWS) {
            const struct rows some = NAME(rows_at)(x + i * stride, stride, n - i);
            const int64_t here = n - i < ROWS ? n - i : ROWS, to = end_of_columns(from, p);
            for (int64_t a = 0; a < k; a += OUTPUTS) {
#define TIMES(outputs)                                                                                                 \
    NAME(times_some)(&some, from, to, centre, slopes + a * width, width, outputs, k, here, out + i * k + a)
                FOR_EACH_NUMBER_OF_OUTPUTS(k - a, TIMES)
            }
        }
}

TARGET void NAME(logistica_dense_transposed)(const double *x, int64_t n, int64_t p, int64_t stride,
                                             const double *centre, const double *values, int64_t k, double *out)
{
    for (int64_t from = 0; from < p; from = end_of_columns(from, p))
        for (int64_t i = 0; i < n; i += ROWS) {
            const struct rows some = NAME(rows_at)(x + i * stride, stride, n - i);
            const int64_t here = n - i < ROWS ? n - i : ROWS, to = end_of_columns(from, p);
            for (int64_t a = 0; a < k; a += OUTPUTS) {
#define TRANSPOSED(outputs)                                                                                            \
    NAME(transposed_some)(&some, from, to, centre, values + i * k + a, k, here, outputs, p, out + a * p)
                FOR_EACH_NUMBER_OF_OUTPUTS(k - a, TRANSPOSED)
            }
        }
}

#undef lanes
#undef bits
#undef rows
#undef NAME
#undef TIMES
#undef TRANSPOSED
#undef LANES
#undef TARGET
#undef ROWS
#undef OUTPUTS
