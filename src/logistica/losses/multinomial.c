/* The multinomial loss over rows. The mathematics, and its names, are those of losses/multinomial.py. */

#include <math.h>

#include "../core/vector.h"
#include "terms.h"

/* Numbers that stay in the nearest cache while they are passed over several times. */
enum { CHUNK = 2048 };

/* Return where the largest of k numbers is; the first of equals. */
PART int64_t place_of_largest(const double *values, int64_t k)
{
    int64_t place = 0;
    for (int64_t a = 1; a < k; a++)
        place = values[a] > values[place] ? a : place;
    return place;
}

/* powers = exp(eta - the largest of the row), but 0 for the largest itself; its place is kept. Up to CHUNK numbers. */
PART void find_powers(const double *eta, int64_t n, int64_t k, int64_t *place, double *powers)
{
    for (int64_t i = 0; i < n; i++) {
        place[i] = place_of_largest(eta + i * k, k);
        const double largest = eta[i * k + place[i]];
#pragma omp simd
        for (int64_t a = 0; a < k; a++)
            powers[i * k + a] = eta[i * k + a] - largest;
    }
#pragma omp simd
    for (int64_t e = 0; e < n * k; e++)
        powers[e] = exp_of_negative(powers[e]);
    for (int64_t i = 0; i < n; i++)
        powers[i * k + place[i]] = 0.0;
}

/* Some outputs of a row: residual = weight * derivative, and the sums of its squares and of its sizes. */
PART void add_outputs(const double *derivative, int64_t k, double weight, double *residual,
                               struct terms *terms)
{
    double square = 0.0, sum = 0.0;
#pragma omp simd reduction(+ : square, sum)
    for (int64_t a = 0; a < k; a++) {
        const double counted = weight * derivative[a];
        residual[a] = counted;
        square += derivative[a] * counted;
        sum += fabs(counted);
    }
    terms->residual_square += square;
    terms->residual_sum += sum;
}

/* One row of class y: return its loss, and write its residuals, without that of the output left out, if it is one of k.
   `powers`, 0 for the largest, become probabilities. */
PART double add_row(const double *eta, int64_t k, int64_t y, double weight, int64_t left_out, int64_t place,
                             double *powers, double *residual, struct terms *terms)
{
    double rest = 0.0;
#pragma omp simd reduction(+ : rest)
    for (int64_t a = 0; a < k; a++)
        rest += powers[a];
    powers[place] = 1.0;
    /* Of others than y: nothing is taken away from what is close to it. */
    const double others = place == y ? rest : 1.0 + (rest - powers[y]), share = 1.0 / (1.0 + rest);
#pragma omp simd
    for (int64_t a = 0; a < k; a++)
        powers[a] *= share;
    const double own = powers[y];
    powers[y] = -others * share;
    const int64_t before = left_out < k ? left_out : k;
    add_outputs(powers, before, weight, residual, terms);
    if (before < k)
        add_outputs(powers + before + 1, k - before - 1, weight, residual + before, terms);
    powers[y] = own;
    return weight * ((place == y ? 0.0 : eta[place] - eta[y]) + log1p(rest));
}

/* Everything that rows add to the derivatives, from their eta.

   eta, proba  (n, k)
   y           (n), from 0 to k - 1
   weights     (n), or NULL for ones
   left_out    an output that is not solved for, or k
   residual    (n, k), or (n, k - 1) where an output is left out */
ON_EACH_PROCESSOR void logistica_multinomial_terms(const double *eta, const int64_t *y, const double *weights,
                                                   int64_t n, int64_t k, int64_t left_out, double *residual,
                                                   double *proba, struct terms *terms)
{
    double lost = 0.0;
    int64_t place[CHUNK];
    const int64_t at_once = k < CHUNK ? CHUNK / k : 1, m = left_out < k ? k - 1 : k;
    for (int64_t start = 0; start < n; start += at_once) {
        const int64_t rows = n - start < at_once ? n - start : at_once;
        find_powers(eta + start * k, rows, k, place, proba + start * k);
        for (int64_t i = start; i < start + rows; i++) {
            const double loss = add_row(eta + i * k, k, y[i], weights ? weights[i] : 1.0, left_out, place[i - start],
                                        proba + i * k, residual + i * m, terms);
            const double before = terms->loss; /* none is negative, so that Kahan's sum keeps what is lost */
            terms->loss = before + (loss - lost);
            lost = isfinite(terms->loss) ? (terms->loss - before) - (loss - lost) : 0.0;
        }
    }
}

/* What the second derivatives make of a direction of eta, times the weights.

   proba, direction  (n, k)
   weights           (n), or NULL for ones
   left_out          an output that is not solved for, or k
   out               (n, k), or (n, k - 1) where an output is left out */
ON_EACH_PROCESSOR void logistica_multinomial_bend(const double *proba, const double *direction, const double *weights,
                                                  int64_t n, int64_t k, int64_t left_out, double *out)
{
    for (int64_t i = 0; i < n; i++, proba += k, direction += k) {
        const double likeliest = direction[place_of_largest(proba, k)], weight = weights ? weights[i] : 1.0;
        double mean = 0.0; /* about the likeliest, so that a class that is all but certain loses no digits */
#pragma omp simd reduction(+ : mean)
        for (int64_t a = 0; a < k; a++)
            mean += proba[a] * (direction[a] - likeliest);
        const int64_t before = left_out < k ? left_out : k;
#pragma omp simd
        for (int64_t a = 0; a < before; a++)
            out[a] = weight * (proba[a] * ((direction[a] - likeliest) - mean));
        out += before;
        for (int64_t a = before + 1; a < k; a++)
            *out++ = weight * (proba[a] * ((direction[a] - likeliest) - mean));
    }
}
