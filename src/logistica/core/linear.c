/* Rows of X about a centre, times numbers: see linear.h. */

#include "linear.h"

#include <string.h>

#include "targets.h"

#if SEVERAL_TARGETS
#include <immintrin.h>
#endif

/* Columns of short rows, at most. */
enum { SHORT = 64 };

#define LANES 2
#define TARGET TARGET_2
#define AT_ONCE 4
#include "linear_of_lanes.h"

#if SEVERAL_TARGETS
#define LANES 4
#define TARGET TARGET_4
#define AT_ONCE 4
#include "linear_of_lanes.h"

#define LANES 8
#define TARGET TARGET_8
#define AT_ONCE 8
#include "linear_of_lanes.h"
#endif

void logistica_add_predictors(const struct about *rows, int64_t m, const double *slopes, double *eta)
{
    ON_THIS_PROCESSOR(logistica_add_predictors, rows, m, slopes, eta);
}

void logistica_add_gradient(const struct about *rows, int64_t m, const double *residual, double *gradient)
{
    ON_THIS_PROCESSOR(logistica_add_gradient, rows, m, residual, gradient);
}

void logistica_add_moments(const struct about *rows, int64_t m, const double *weights, const struct extremes *to)
{
    ON_THIS_PROCESSOR(logistica_add_moments, rows, m, weights, to);
}
