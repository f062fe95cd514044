/* Rows of X about a centre, where they lie, by vectors of LANES numbers; linear.c includes this for each length.

   What comes from memory is read row by row, or a few rows at once: of many short ones at once the processor does not
   foresee which comes next, and takes twice as long. What is near already is read AT_ONCE rows at a time. Where the
   columns are no multiple of LANES the last vector takes some of those before it once more, which then do not count: p
   is at least LANES. Of `single` the compiler makes two loops. */

#define NAME(name) WITH_SUFFIX(name, LANES)

typedef double NAME(vector) __attribute__((vector_size(LANES * sizeof(double))));
typedef float NAME(short_vector) __attribute__((vector_size(LANES * sizeof(float))));

/* Some rows of X: `stride` numbers apart, floats if `single`. */
TARGET PART NAME(vector) NAME(load)(const void *x, int64_t at, const int single)
{
    NAME(vector) values;
    if (single) {
        NAME(short_vector) floats;
        memcpy(&floats, (const float *)x + at, sizeof floats);
        values = __builtin_convertvector(floats, NAME(vector));
    } else
        memcpy(&values, (const double *)x + at, sizeof values);
    return values;
}

TARGET PART double NAME(sum)(NAME(vector) v)
{
#if LANES == 8
    typedef int64_t places __attribute__((vector_size(64)));
    v += __builtin_shuffle(v, (places){4, 5, 6, 7, 0, 1, 2, 3});
    v += __builtin_shuffle(v, (places){2, 3, 0, 1, 6, 7, 4, 5});
#elif LANES == 4
    typedef int64_t places __attribute__((vector_size(32)));
    v += __builtin_shuffle(v, (places){2, 3, 0, 1});
#endif
    return v[0] + v[1];
}

/* The lesser and the greater of each pair; of no number and another, either. C has no conditional of vectors. */
TARGET PART NAME(vector) NAME(lesser)(NAME(vector) a, NAME(vector) b)
{
#if LANES == 8
    return _mm512_min_pd(a, b);
#elif LANES == 4
    return _mm256_min_pd(a, b);
#else
    for (int k = 0; k < LANES; k++)
        a[k] = a[k] < b[k] ? a[k] : b[k];
    return a;
#endif
}

TARGET PART NAME(vector) NAME(greater)(NAME(vector) a, NAME(vector) b)
{
#if LANES == 8
    return _mm512_max_pd(a, b);
#elif LANES == 4
    return _mm256_max_pd(a, b);
#else
    for (int k = 0; k < LANES; k++)
        a[k] = a[k] > b[k] ? a[k] : b[k];
    return a;
#endif
}

TARGET PART void NAME(add_predictors)(const struct about *rows, int64_t m, const double *slopes, double *eta,
                                      const int single)
{
    const int64_t p = rows->p, stride = rows->stride, rest = p % LANES, whole = p - rest;
    double last[LANES] = {0.0};
    for (int64_t j = 0; j < rest; j++)
        last[LANES - rest + j] = slopes[whole + j];
    NAME(vector) last_slopes, last_centre = {0.0};
    memcpy(&last_slopes, last, sizeof last_slopes);
    if (rest)
        last_centre = NAME(load)(rows->centre, p - LANES, 0);
    for (int64_t i = 0; i < m; i++) {
        NAME(vector) sum = {0.0};
        for (int64_t j = 0; j < whole; j += LANES)
            sum += (NAME(load)(rows->x, i * stride + j, single) - NAME(load)(rows->centre, j, 0)) *
                   NAME(load)(slopes, j, 0);
        if (rest)
            sum += (NAME(load)(rows->x, i * stride + p - LANES, single) - last_centre) * last_slopes;
        eta[i] += NAME(sum)(sum);
    }
}

/* Add to one vector of columns, from j on, what `count` rows from i on make of it. */
TARGET PART void NAME(add_to_gradient)(const struct about *rows, int64_t i, const int count, int64_t j,
                                       NAME(vector) centre, const double *residual, double *gradient, const int single)
{
    NAME(vector) sums = NAME(load)(gradient, 0, 0);
    UNROLLED for (int r = 0; r < count; r++)
        sums += (NAME(load)(rows->x, (i + r) * rows->stride + j, single) - centre) * residual[i + r];
    memcpy(gradient, &sums, sizeof sums);
}

TARGET PART void NAME(add_rows_to_gradient)(const struct about *rows, int64_t i, const int count,
                                            const double *residual, double *gradient, double *last, const int single)
{
    const int64_t p = rows->p, whole = p - p % LANES;
    for (int64_t j = 0; j < whole; j += LANES)
        NAME(add_to_gradient)(rows, i, count, j, NAME(load)(rows->centre, j, 0), residual, gradient + j, single);
    if (whole < p)
        NAME(add_to_gradient)(rows, i, count, p - LANES, NAME(load)(rows->centre, p - LANES, 0), residual, last,
                              single);
}

TARGET PART void NAME(add_gradient)(const struct about *rows, int64_t m, const double *residual, double *gradient,
                                    const int single)
{
    double last[LANES] = {0.0};
    int64_t i = 0;
    for (; i + AT_ONCE <= m; i += AT_ONCE)
        NAME(add_rows_to_gradient)(rows, i, AT_ONCE, residual, gradient, last, single);
    for (; i < m; i++)
        NAME(add_rows_to_gradient)(rows, i, 1, residual, gradient, last, single);
    for (int64_t j = rows->p - rows->p % LANES, k = LANES - rows->p % LANES; j < rows->p; j++, k++)
        gradient[j] += last[k];
}

/* One vector of columns, from j on: extremes, and sums of weight * z and weight * z * z, of `count` rows from i on. */
TARGET PART void NAME(moments_of)(const struct about *rows, int64_t i, const int count, int64_t j,
                                  const double *weights, const double *scales, double *lows, double *highs,
                                  double *firsts, double *seconds, const int single)
{
    const NAME(vector) centre = NAME(load)(rows->centre, j, 0), scale = NAME(load)(scales, j, 0);
    NAME(vector) low = NAME(load)(lows, 0, 0), high = NAME(load)(highs, 0, 0);
    NAME(vector) first = NAME(load)(firsts, 0, 0), second = NAME(load)(seconds, 0, 0);
    UNROLLED for (int r = 0; r < count; r++) {
        const NAME(vector) x = NAME(load)(rows->x, (i + r) * rows->stride + j, single);
        const NAME(vector) z = (x - centre) * scale, weighted = weights ? z * weights[i + r] : z;
        low = NAME(lesser)(x, low);
        high = NAME(greater)(x, high);
        first += weighted;
        second += weighted * z;
    }
    memcpy(lows, &low, sizeof low);
    memcpy(highs, &high, sizeof high);
    memcpy(firsts, &first, sizeof first);
    memcpy(seconds, &second, sizeof second);
}

TARGET PART void NAME(add_moments_of_rows)(const struct about *rows, int64_t i, const int count, const double *weights,
                                           const struct extremes *to, double last[4][LANES], const int single)
{
    const int64_t p = rows->p, whole = p - p % LANES;
    for (int64_t j = 0; j < whole; j += LANES)
        NAME(moments_of)(rows, i, count, j, weights, to->scale, to->low + j, to->high + j, to->first + j,
                         to->second + j, single);
    if (whole < p)
        NAME(moments_of)(rows, i, count, p - LANES, weights, to->scale, last[0], last[1], last[2], last[3], single);
}

TARGET PART void NAME(add_moments)(const struct about *rows, int64_t m, const double *weights,
                                   const struct extremes *to, const int single)
{
    const int64_t p = rows->p, rest = p % LANES;
    double last[4][LANES] = {{0.0}};
    memcpy(last[0], to->low + p - LANES, sizeof last[0]);
    memcpy(last[1], to->high + p - LANES, sizeof last[1]);
    int64_t i = 0;
    for (; p > SHORT && i + AT_ONCE <= m; i += AT_ONCE)
        NAME(add_moments_of_rows)(rows, i, AT_ONCE, weights, to, last, single);
    for (; i + 2 <= m; i += 2)
        NAME(add_moments_of_rows)(rows, i, 2, weights, to, last, single);
    for (; i < m; i++)
        NAME(add_moments_of_rows)(rows, i, 1, weights, to, last, single);
    for (int64_t j = p - rest, k = LANES - rest; j < p; j++, k++) {
        to->low[j] = last[0][k];
        to->high[j] = last[1][k];
        to->first[j] += last[2][k];
        to->second[j] += last[3][k];
    }
}

TARGET void NAME(logistica_add_predictors)(const struct about *rows, int64_t m, const double *slopes, double *eta)
{
    rows->single ? NAME(add_predictors)(rows, m, slopes, eta, 1) : NAME(add_predictors)(rows, m, slopes, eta, 0);
}

TARGET void NAME(logistica_add_gradient)(const struct about *rows, int64_t m, const double *residual,
                                          double *gradient)
{
    rows->single ? NAME(add_gradient)(rows, m, residual, gradient, 1)
                 : NAME(add_gradient)(rows, m, residual, gradient, 0);
}

TARGET void NAME(logistica_add_moments)(const struct about *rows, int64_t m, const double *weights,
                                         const struct extremes *to)
{
    rows->single ? NAME(add_moments)(rows, m, weights, to, 1) : NAME(add_moments)(rows, m, weights, to, 0);
}

#undef NAME
#undef TARGET
#undef LANES
#undef AT_ONCE
