/* Rows of factors by their codes: see coded.py. */

#include <stdint.h>

#include "vector.h"

enum { TOGETHER = 512 };

/* Factors, each of one or more columns of codes, whose levels are counted on from those of the factor before it.

   n            rows
   levels       those of all factors
   ends         (factors): one past a factor's last column of codes
   codes        (columns of codes): n numbers each, negative for a missing value, which is read as 0
   bytes, steps (columns of codes): of how many bytes its codes are, and what each of them counts
   first        (factors): the number of a factor's first level
   here         (factors, TOGETHER): scratch */
struct coded {
    int64_t n, factors, levels;
    const int64_t *ends;
    const void *const *codes;
    const int64_t *bytes, *steps, *first;
    int32_t *here;
};

#define ADD_CODES(TYPE)                                                                                                \
    PART void add_##TYPE(const TYPE *codes, int64_t n, int32_t step, int32_t *to)                                      \
    {                                                                                                                  \
        for (int64_t i = 0; i < n; i++)                                                                                \
            to[i] += (int32_t)(codes[i] < 0 ? 0 : codes[i]) * step;                                                    \
    }

ADD_CODES(int8_t)
ADD_CODES(int16_t)
ADD_CODES(int32_t)
ADD_CODES(int64_t)

/* Write to `here` which level each factor has in the rows from `start` on, and return how many these are. */
PART int64_t find_levels(const struct coded *x, int64_t start)
{
    const int64_t n = x->n - start < TOGETHER ? x->n - start : TOGETHER;
    int64_t column = 0;
    for (int64_t f = 0; f < x->factors; f++) {
        int32_t *const to = x->here + f * TOGETHER;
        for (int64_t i = 0; i < n; i++)
            to[i] = (int32_t)x->first[f];
        for (; column < x->ends[f]; column++) {
            const int32_t step = (int32_t)x->steps[column];
            const void *const codes = x->codes[column];
            if (x->bytes[column] == 1)
                add_int8_t((const int8_t *)codes + start, n, step, to);
            else if (x->bytes[column] == 2)
                add_int16_t((const int16_t *)codes + start, n, step, to);
            else if (x->bytes[column] == 4)
                add_int32_t((const int32_t *)codes + start, n, step, to);
            else
                add_int64_t((const int64_t *)codes + start, n, step, to);
        }
    }
    return n;
}

/* The tables' entries at the rows' levels, which are added to what is there.

   tables  (k, levels);  out  (n, k) */
ON_EACH_PROCESSOR void logistica_coded_times(const struct coded *coded, const double *tables, int64_t k, double *out)
{
    for (int64_t start = 0; start < coded->n; start += TOGETHER) {
        const int64_t n = find_levels(coded, start);
        for (int64_t a = 0; a < k; a++)
            for (int64_t f = 0; f < coded->factors; f++) {
                const int32_t *const here = coded->here + f * TOGETHER;
                const double *const table = tables + a * coded->levels;
                double *const to = out + start * k + a;
                for (int64_t i = 0; i < n; i++)
                    to[i * k] += table[here[i]];
            }
    }
}

/* The sums of values by levels, which are added to what is there.

   values  (n, k);  sums  (k, levels) */
ON_EACH_PROCESSOR void logistica_coded_transposed(const struct coded *coded, const double *values, int64_t k,
                                                  double *sums)
{
    for (int64_t start = 0; start < coded->n; start += TOGETHER) {
        const int64_t n = find_levels(coded, start);
        for (int64_t a = 0; a < k; a++) {
            double *const to = sums + a * coded->levels;
            /* Row after row, so that few sums wait for the one before them. */
            for (int64_t i = 0; i < n; i++)
                for (int64_t f = 0; f < coded->factors; f++)
                    to[coded->here[f * TOGETHER + i]] += values[(start + i) * k + a];
        }
    }
}

/* The weighted sums of rows of numbers by levels, and of pairs of levels of different factors, the later factor's level
   first, which are added to what is there.

   z        (n, q): numbers
   weights  (n)
   room     (q)
   sums     (levels, q + levels) */
ON_EACH_PROCESSOR void logistica_coded_cross(const struct coded *coded, const double *z, int64_t q,
                                             const double *weights, double *room, double *sums)
{
    const int64_t wide = q + coded->levels;
    for (int64_t start = 0; start < coded->n; start += TOGETHER) {
        const int64_t n = find_levels(coded, start);
        for (int64_t i = 0; i < n; i++, z += q) {
            const double weight = weights[start + i];
            for (int64_t j = 0; j < q; j++)
                room[j] = weight * z[j];
            for (int64_t f = 0; f < coded->factors; f++) {
                double *const to = sums + coded->here[f * TOGETHER + i] * wide;
#pragma omp simd
                for (int64_t j = 0; j < q; j++)
                    to[j] += room[j];
                for (int64_t g = 0; g < f; g++)
                    to[q + coded->here[g * TOGETHER + i]] += weight;
            }
        }
    }
}
