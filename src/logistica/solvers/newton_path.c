/* Newton's method over few rows, step after step. The mathematics, and its names, are those of solvers/newton.py and
   solvers/certificate.py, to which every doubt is left: the path ends before it. */

#include <math.h>
#include <string.h>

#include "../losses/binomial.h"

enum { MOST = 16 }; /* parameters */

static const double EPSILON = 0x1p-52;

/* Two classes, q parameters: rows, ridge strengths (q) or NULL, and of each column of z the largest |z| and the sum of
   squares, (q). `room` is scratch, as logistica_binomial_curved needs it, and so are the slopes of `linear`. */
struct problem {
    struct linear *linear;
    const int64_t *y;
    const double *weights, *scale, *strength, *reach, *column_square;
    double *room;
    int64_t q, doubt_after;
    double sufficient_decrease, tol, least_pivot;
};

/* A point of the path, in front of its theta (q), gradient (q), Hessian (q, q), and the factor of that: the roots of
   its diagonal (q), and the lower triangle (q, q). */
struct figures {
    double value, loss, residual_square, residual_sum, pivot, decrement, radius, bound, floor, stalled;
};

struct point {
    struct figures *is;
    double *theta, *gradient, *hessian, *root, *lower;
};

/* H = D L L' D with D = diag(root): see core/linalg.py. */
struct factor {
    double root[MOST], lower[MOST][MOST];
};

static struct point point_at(double *start, int64_t q)
{
    double *const theta = start + sizeof(struct figures) / sizeof(double);
    double *const root = theta + 2 * q + q * q;
    return (struct point){(struct figures *)start, theta, theta + q, theta + 2 * q, root, root + q};
}

/* Euclidean, of values of any size. */
static double length(const double *values, int64_t q)
{
    double largest = 0.0, square = 0.0;
    for (int64_t j = 0; j < q; j++)
        largest = fmax(largest, fabs(values[j]));
    if (!(largest > 0.0 && largest < INFINITY))
        return largest;
    for (int64_t j = 0; j < q; j++)
        square += values[j] / largest * (values[j] / largest);
    return largest * sqrt(square);
}

/* Value, gradient and Hessian at theta. */
static void evaluate(const struct problem *problem, struct point at)
{
    struct linear *const linear = problem->linear;
    const int64_t q = problem->q, p = linear->x.p, k = q - p;
    double *const slopes = (double *)linear->slopes, gradient[1 + MOST] = {0.0};
    struct terms terms = {0.0, 0.0, 0.0};
    linear->constant = k ? at.theta[0] : 0.0;
    for (int64_t j = 0; j < p; j++)
        slopes[j] = problem->scale[j] * at.theta[k + j];
    logistica_binomial_curved(linear, problem->y, problem->weights, problem->scale, k, gradient, at.hessian,
                              problem->room, &terms);
    if (k)
        at.gradient[0] = gradient[0];
    for (int64_t j = 0; j < p; j++)
        at.gradient[k + j] = gradient[1 + j] * problem->scale[j];
    at.is->value = at.is->loss = terms.loss;
    at.is->residual_square = terms.residual_square;
    at.is->residual_sum = terms.residual_sum;
    for (int64_t j = 0; problem->strength && j < q; j++) {
        const double slope = problem->strength[j] * at.theta[j];
        at.is->value += 0.5 * at.theta[j] * slope;
        at.gradient[j] += slope;
        at.hessian[j * q + j] += problem->strength[j];
    }
}

/* Returns whether the Hessian is positive definite. */
static int factorise(struct point at, int64_t q, struct factor *factor)
{
    for (int64_t j = 0; j < q; j++) {
        const double diagonal = at.hessian[j * q + j];
        if (!(diagonal > 0.0 && diagonal < INFINITY))
            return 0;
        factor->root[j] = sqrt(diagonal);
    }
    for (int64_t a = 0; a < q; a++)
        for (int64_t b = 0; b <= a; b++) {
            double left = at.hessian[a * q + b] / factor->root[b] / factor->root[a];
            for (int64_t c = 0; c < b; c++)
                left -= factor->lower[a][c] * factor->lower[b][c];
            if (a == b && !(left > 0.0))
                return 0;
            factor->lower[a][b] = a == b ? sqrt(left) : left / factor->lower[b][b];
        }
    return 1;
}

/* half = (D L)^-1 g, and step = -H^-1 g. */
static void solve(const struct factor *factor, const double *gradient, int64_t q, double *half, double *step)
{
    for (int64_t a = 0; a < q; a++) {
        double left = gradient[a] / factor->root[a];
        for (int64_t b = 0; b < a; b++)
            left -= factor->lower[a][b] * half[b];
        half[a] = left / factor->lower[a][a];
    }
    for (int64_t a = q - 1; a >= 0; a--) {
        double left = -half[a];
        for (int64_t b = a + 1; b < q; b++)
            left -= factor->lower[b][a] * step[b];
        step[a] = left / factor->lower[a][a];
    }
    for (int64_t a = 0; a < q; a++)
        step[a] /= factor->root[a];
}

/* (D L)^-1, of which the rows' products with one another add up to H^-1. */
static void invert(const struct factor *factor, int64_t q, double inverse[MOST][MOST])
{
    for (int64_t b = 0; b < q; b++)
        for (int64_t a = b; a < q; a++) {
            double left = a == b ? 1.0 / factor->root[b] : 0.0;
            for (int64_t c = b; c < a; c++)
                left -= factor->lower[a][c] * inverse[c][b];
            inverse[a][b] = left / factor->lower[a][a];
        }
}

/* The smallest pivot of the Hessian, the radius of the certificate, and its floor. */
static void measure(const struct problem *problem, const struct factor *factor, struct figures *is)
{
    const int64_t q = problem->q;
    const double *const reach = problem->reach;
    double inverse[MOST][MOST], noise[MOST], widest = 0.0, pivot = 1.0;
    invert(factor, q, inverse);
    for (int64_t a = 0; a < q; a++) {
        double entry = 0.0;
        for (int64_t b = 0; b <= a; b++) {
            entry = 0.0;
            for (int64_t c = a; c < q; c++)
                entry += inverse[c][a] * inverse[c][b];
            widest += (a == b ? 1.0 : 2.0) * reach[a] * fabs(entry) * reach[b];
        }
        noise[a] = fmin(sqrt(is->residual_square * problem->column_square[a]), is->residual_sum * reach[a]);
        noise[a] *= sqrt(entry);
        pivot = fmin(pivot, factor->lower[a][a]);
    }
    is->pivot = pivot * pivot;
    const double share = 8.0 * (double)q * EPSILON / is->pivot;
    is->radius = share < 1.0 ? sqrt(widest) / (1.0 - share) : INFINITY;
    is->floor = 4.0 * EPSILON * length(noise, q);
}

static void keep(const struct factor *factor, int64_t q, struct point at)
{
    for (int64_t a = 0; a < q; a++) {
        at.root[a] = factor->root[a];
        for (int64_t b = 0; b < q; b++)
            at.lower[a * q + b] = b <= a ? factor->lower[a][b] : 0.0;
    }
}

/* The certificate and the Newton step; returns whether there are any. */
static int judge(const struct problem *problem, struct point at, double *step)
{
    struct factor factor;
    double half[MOST];
    if (!factorise(at, problem->q, &factor))
        return 0;
    keep(&factor, problem->q, at);
    solve(&factor, at.gradient, problem->q, half, step);
    measure(problem, &factor, at.is);
    at.is->decrement = length(half, problem->q);
    const double product = (at.is->decrement + at.is->floor / 2.0) * at.is->radius;
    at.is->bound = product < 1.0 ? fmax(2.0 * at.is->decrement / (1.0 - product), at.is->floor) : INFINITY;
    return 1;
}

/* Full steps from the theta of the path's first point on, until the optimum is certain to tol, or rounding leaves
   nothing to gain, or `most` points are known; or until there is anything that needs more thought, such as a Hessian at
   the start with a pivot no larger than least_pivot.

   path  (most, width), of which 10 + 3 q + 2 q^2 are used

   Returns how many points are known, with their certificates; swept takes the number of sweeps. */
int64_t logistica_newton_path(const struct problem *problem, int64_t most, int64_t width, double *path, int64_t *swept)
{
    const int64_t q = problem->q;
    double step[MOST];
    for (int64_t place = 0;; place++) {
        double *const here = path + place * width;
        const struct point at = point_at(here, q), before = point_at(here - (place > 0) * width, q);
        if (place == 0) {
            evaluate(problem, at);
            *swept = 1;
        }
        if (!judge(problem, at, step) || (place >= problem->doubt_after && isinf(at.is->bound)))
            return place;
        const int small = at.is->bound <= 10.0 * at.is->floor || at.is->bound <= 1e-6;
        at.is->stalled = place > 0 && small && at.is->decrement > 0.5 * before.is->decrement;
        const int suspect = place == 0 && at.is->pivot <= problem->least_pivot;
        if (suspect || at.is->bound <= problem->tol || at.is->stalled != 0.0 || place + 1 == most)
            return place + 1;
        const struct point then = point_at(here + width, q);
        for (int64_t j = 0; j < q; j++)
            then.theta[j] = at.theta[j] + step[j];
        evaluate(problem, then);
        ++*swept;
        const double fall = problem->sufficient_decrease * at.is->decrement * at.is->decrement;
        if (!(then.is->value <= at.is->value - fall + 8.0 * EPSILON * fabs(at.is->value)))
            return place + 1;
    }
}
