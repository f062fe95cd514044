/* Loops over rows of X of one type, REAL; binomial.c includes this for each, with NAME to tell them apart. */

PART void NAME(predictors_rows)(const struct linear *linear, int64_t start, int64_t m, double *eta)
{
    const REAL *const x = linear->x.x;
    const double *const centre = linear->centre, *const slopes = linear->slopes;
    const int64_t p = linear->x.p;
    for (int64_t i = 0; i < m; i++) {
        const REAL *const row = x + (start + i) * linear->x.stride;
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (int64_t j = 0; j < p; j++)
            sum += ((double)row[j] - centre[j]) * slopes[j];
        eta[i] += sum;
    }
}

PART void NAME(predictors_columns)(const struct linear *linear, int64_t start, int64_t m, double *eta)
{
    for (int64_t j = 0; j < linear->x.p; j++) {
        const REAL *const column = (const REAL *)linear->x.columns[j] + start;
        const double centre = linear->centre[j], slope = linear->slopes[j];
#pragma omp simd
        for (int64_t i = 0; i < m; i++)
            eta[i] += ((double)column[i] - centre) * slope;
    }
}

PART void NAME(gradient_rows)(const struct linear *linear, int64_t start, int64_t m, const double *residual,
                                       double *gradient)
{
    const REAL *const first = (const REAL *)linear->x.x + start * linear->x.stride;
    const double *const centre = linear->centre;
    const int64_t p = linear->x.p, stride = linear->x.stride;
    for (int64_t i = 0; i < m; i += 4) { /* four rows at once: the gradient is read and written less often */
        const REAL *const a = first + i * stride, *const b = first + shorter(i + 1, m - 1) * stride,
                   *const c = first + shorter(i + 2, m - 1) * stride,
                   *const d = first + shorter(i + 3, m - 1) * stride;
        const double ra = residual[i], rb = residual[i + 1], rc = residual[i + 2], rd = residual[i + 3];
#pragma omp simd
        for (int64_t j = 0; j < p; j++)
            gradient[j] += (((double)a[j] - centre[j]) * ra + ((double)b[j] - centre[j]) * rb) +
                           (((double)c[j] - centre[j]) * rc + ((double)d[j] - centre[j]) * rd);
    }
}

PART void NAME(gradient_columns)(const struct linear *linear, int64_t start, int64_t m,
                                          const double *residual, double *gradient)
{
    for (int64_t j = 0; j < linear->x.p; j++) {
        const REAL *const column = (const REAL *)linear->x.columns[j] + start;
        const double centre = linear->centre[j];
        double sum = 0.0;
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < m; i++)
            sum += ((double)column[i] - centre) * residual[i];
        gradient[j] += sum;
    }
}

/* The columns of up to TOGETHER rows, less their centre, times their scale and the row's factor, as panels. */
PART void NAME(panels_rows)(const struct linear *linear, int64_t start, int64_t m, const double *scale,
                            const double *factor, double *panels)
{
    const int64_t p = linear->x.p, stride = linear->x.stride;
    const REAL *const first = (const REAL *)linear->x.x + start * stride;
    for (int64_t k = 0; k < p; k += PANEL, panels += IN_PANEL) {
        const double *const middle = linear->centre + k, *const by = scale + k;
        if (p - k < PANEL) {
            for (int64_t i = 0; i < m; i++)
                for (int64_t j = 0; j < p - k; j++)
                    panels[i * PANEL + j] = (((double)first[i * stride + k + j] - middle[j]) * by[j]) * factor[i];
            break;
        }
        for (int64_t i = 0; i < m; i++) {
            const REAL *const row = first + i * stride + k;
#pragma omp simd
            for (int64_t j = 0; j < PANEL; j++)
                panels[i * PANEL + j] = (((double)row[j] - middle[j]) * by[j]) * factor[i];
        }
    }
}

PART void NAME(panels_columns)(const struct linear *linear, int64_t start, int64_t m, const double *scale,
                               const double *factor, double *panels)
{
    for (int64_t j = 0; j < linear->x.p; j++) {
        const REAL *const column = (const REAL *)linear->x.columns[j] + start;
        double *const to = panels + j / PANEL * IN_PANEL + j % PANEL;
        const double centre = linear->centre[j], by = scale[j];
        for (int64_t i = 0; i < m; i++)
            to[i * PANEL] = (((double)column[i] - centre) * by) * factor[i];
    }
}
