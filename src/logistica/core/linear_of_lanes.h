/* Rows of X about a centre, where they lie, by vectors of LANES numbers; linear.c includes this for each length.

   Where the columns are no multiple of LANES the last vector takes some of those before it once more, as if they were
   0: p is at least LANES. Of `single` the compiler makes two loops. */

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
    for (int64_t i = 0; i < m; i += AT_ONCE) {
        NAME(vector) sums[AT_ONCE] = {{0.0}};
        int64_t at[AT_ONCE];
        UNROLLED for (int r = 0; r < AT_ONCE; r++)
            at[r] = (i + r < m ? i + r : m - 1) * stride;
        for (int64_t j = 0; j < whole; j += LANES) {
            const NAME(vector) centre = NAME(load)(rows->centre, j, 0), slope = NAME(load)(slopes, j, 0);
            UNROLLED for (int r = 0; r < AT_ONCE; r++)
                sums[r] += (NAME(load)(rows->x, at[r] + j, single) - centre) * slope;
        }
        if (rest)
            UNROLLED for (int r = 0; r < AT_ONCE; r++)
                sums[r] += (NAME(load)(rows->x, at[r] + p - LANES, single) - last_centre) * last_slopes;
        UNROLLED for (int r = 0; r < AT_ONCE; r++)
            if (i + r < m)
                eta[i + r] += NAME(sum)(sums[r]);
    }
}

/* One vector of columns from j on: what all rows add to it. */
TARGET PART NAME(vector) NAME(times_residual)(const struct about *rows, int64_t m, int64_t j, const double *residual,
                                              const int single)
{
    const NAME(vector) centre = NAME(load)(rows->centre, j, 0);
    NAME(vector) sums[4] = {{0.0}};
    int64_t i = 0;
    for (; i + 4 <= m; i += 4)
        UNROLLED for (int r = 0; r < 4; r++)
            sums[r] += (NAME(load)(rows->x, (i + r) * rows->stride + j, single) - centre) * residual[i + r];
    for (; i < m; i++)
        sums[0] += (NAME(load)(rows->x, i * rows->stride + j, single) - centre) * residual[i];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

TARGET PART void NAME(add_gradient)(const struct about *rows, int64_t m, const double *residual, double *gradient,
                                    const int single)
{
    const int64_t p = rows->p, rest = p % LANES, whole = p - rest;
    for (int64_t j = 0; j < whole; j += LANES) {
        NAME(vector) sum = NAME(times_residual)(rows, m, j, residual, single) + NAME(load)(gradient, j, 0);
        memcpy(gradient + j, &sum, sizeof sum);
    }
    if (rest) {
        const NAME(vector) sum = NAME(times_residual)(rows, m, p - LANES, residual, single);
        for (int64_t j = LANES - rest; j < LANES; j++)
            gradient[p - LANES + j] += sum[j];
    }
}

/* One vector of columns from j on: extremes, and sums of weight * z and weight * z * z. */
TARGET PART void NAME(moments_of)(const struct about *rows, int64_t m, int64_t j, const double *weights, int64_t skip,
                                  const struct extremes *to, const int single)
{
    const NAME(vector) centre = NAME(load)(rows->centre, j, 0), scale = NAME(load)(to->scale, j, 0);
    NAME(vector) low = NAME(load)(to->low, j, 0), high = NAME(load)(to->high, j, 0);
    NAME(vector) first[2] = {{0.0}}, second[2] = {{0.0}};
    for (int64_t i = 0; i < m; i += 2)
        UNROLLED for (int r = 0; r < 2; r++) {
            if (i + r >= m)
                break;
            const NAME(vector) x = NAME(load)(rows->x, (i + r) * rows->stride + j, single);
            const NAME(vector) z = (x - centre) * scale, weighted = weights ? z * weights[i + r] : z;
            low = NAME(lesser)(x, low);
            high = NAME(greater)(x, high);
            first[r] += weighted;
            second[r] += weighted * z;
        }
    first[0] += first[1];
    second[0] += second[1];
    for (int64_t k = skip; k < LANES; k++) {
        to->low[j + k] = low[k];
        to->high[j + k] = high[k];
        to->first[j + k] += first[0][k];
        to->second[j + k] += second[0][k];
    }
}

TARGET PART void NAME(add_moments)(const struct about *rows, int64_t m, const double *weights,
                                   const struct extremes *to, const int single)
{
    const int64_t p = rows->p, rest = p % LANES;
    for (int64_t j = 0; j + LANES <= p; j += LANES)
        NAME(moments_of)(rows, m, j, weights, 0, to, single);
    if (rest)
        NAME(moments_of)(rows, m, p - LANES, weights, LANES - rest, to, single);
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
