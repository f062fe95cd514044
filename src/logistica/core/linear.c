/* Rows of X about a centre, times numbers: see linear.h. */

#include "linear.h"

#include <string.h>

#include "targets.h"
#include "vector.h"

#if LONGER_VECTORS
#include <immintrin.h>
#endif

#define NAME(of) of##_by_2
#define TARGET
#define LANES 2
#define AT_ONCE 4
#include "linear_of_lanes.h"

#if LONGER_VECTORS
#define NAME(of) of##_by_4
#define TARGET TARGET_OF_4
#define LANES 4
#define AT_ONCE 4
#include "linear_of_lanes.h"

#define NAME(of) of##_by_8
#define TARGET TARGET_OF_8
#define LANES 8
#define AT_ONCE 8
#include "linear_of_lanes.h"
#endif

void logistica_add_predictors(const struct about *rows, int64_t m, const double *slopes, double *eta)
{
    BY_LANES(lanes_here(), predictors, rows, m, slopes, eta)
}

void logistica_add_gradient(const struct about *rows, int64_t m, const double *residual, double *gradient)
{
    BY_LANES(lanes_here(), gradient, rows, m, residual, gradient)
}

void logistica_add_moments(const struct about *rows, int64_t m, const double *weights, const struct extremes *to)
{
    BY_LANES(lanes_here(), moments, rows, m, weights, to)
}
