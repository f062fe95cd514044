/* From gradients to steps: the rules of solvers/descent/updates.py, whose names these are, for n parameters. */

#ifndef LOGISTICA_UPDATES_H
#define LOGISTICA_UPDATES_H

#include <math.h>
#include <stdint.h>

enum { PLAIN, MOMENTUM, NESTEROV, MOMENTS };

struct rule {
    int64_t kind;
    double numbers[3];
    double *memory[2];
};

struct step {
    const double *gradient; /* times the update's share */
    const double *lasso;    /* (n), or NULL where there is no L1 penalty: its strength a unit of weight */
    double size, proximal_size;
    int64_t number;
};

/* Where the L1 penalty takes a point; NaN stays NaN. */
PART double proximal(double aim, double pull)
{
    const double shrunk = fabs(aim) - pull;
    return copysign(shrunk < 0.0 ? 0.0 : shrunk, aim);
}

PART void move_plainly(const struct step *step, int64_t n, double *point)
{
    const double size = step->size, *const gradient = step->gradient;
#pragma omp simd
    for (int64_t i = 0; i < n; i++)
        point[i] -= size * gradient[i];
    if (step->lasso)
        for (int64_t i = 0; i < n; i++)
            point[i] = proximal(point[i], step->proximal_size * step->lasso[i]);
}

PART void move_with_momentum(const struct step *step, int64_t n, double momentum, double *velocity,
                                      double *point)
{
    const double size = step->size, *const gradient = step->gradient;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + gradient[i];
        point[i] -= size * velocity[i];
    }
}

PART void move_as_nesterov(const struct step *step, int64_t n, double momentum, double *velocity,
                                    double *point)
{
    const double size = step->size, *const gradient = step->gradient;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        velocity[i] = momentum * velocity[i] + gradient[i];
        point[i] -= size * (gradient[i] + momentum * velocity[i]);
    }
}

/* Both with an L1 penalty: what it pulls is part of the velocity, which ends where a coefficient is held at zero. */
PART void move_with_momentum_and_lasso(const struct step *step, int64_t n, double momentum, int nesterov,
                                                double *velocity, double *point)
{
    const double size = step->size, inverse = 1.0 / (size > 0x1p-1022 ? size : 0x1p-1022);
    for (int64_t i = 0; i < n; i++) {
        const double gradient = step->gradient[i], kept = momentum * velocity[i];
        const double aim = point[i] - size * (nesterov ? gradient : kept + gradient);
        const double landed = proximal(aim, step->proximal_size * step->lasso[i]);
        const double held = landed == 0.0 && aim != 0.0, next = kept + gradient + (aim - landed) * inverse;
        velocity[i] = held ? 0.0 : next;
        point[i] = nesterov ? landed - size * momentum * velocity[i] : landed;
    }
}

PART void move_by_moments(const struct step *step, int64_t n, const double *numbers, double *mean,
                                   double *square, double *point)
{
    const double beta_1 = numbers[0], beta_2 = numbers[1], epsilon = numbers[2], size = step->size;
    const double mean_unit = 1.0 - pow(beta_1, (double)step->number);
    const double square_unit = 1.0 - pow(beta_2, (double)step->number), *const gradient = step->gradient;
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        mean[i] = beta_1 * mean[i] + (1.0 - beta_1) * gradient[i];
        square[i] = beta_2 * square[i] + (1.0 - beta_2) * (gradient[i] * gradient[i]);
        point[i] -= size * (mean[i] / mean_unit) / (sqrt(square[i] / square_unit) + epsilon);
    }
}

PART void move(const struct rule *rule, const struct step *step, int64_t n, double *point)
{
    const double momentum = rule->numbers[0];
    if (rule->kind == MOMENTS)
        move_by_moments(step, n, rule->numbers, rule->memory[0], rule->memory[1], point);
    else if (rule->kind == PLAIN)
        move_plainly(step, n, point);
    else if (step->lasso)
        move_with_momentum_and_lasso(step, n, momentum, rule->kind == NESTEROV, rule->memory[0], point);
    else if (rule->kind == NESTEROV)
        move_as_nesterov(step, n, momentum, rule->memory[0], point);
    else
        move_with_momentum(step, n, momentum, rule->memory[0], point);
}

#endif
