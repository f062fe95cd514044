/* Rows of a dense matrix, less their centre, times a few columns of numbers: straight from where they lie, several rows
   at once, so that each number that is loaded serves several products. */

#include "targets.h"

/* COLUMNS of ten outputs stay in the nearest cache while many rows pass by. */
enum { PACKED = 8, COLUMNS = 256 };

/* Where the columns end that are taken together from `from`: no few are left for the last. */
PART int64_t end_of_columns(int64_t from, int64_t p) { return p - from < 2 * COLUMNS ? p : from + COLUMNS; }

#define AT_MOST(most, number) ((number) < (most) ? (number) : (most))
#define FOR_EACH_NUMBER_OF_OUTPUTS(left, call)                                                                         \
    switch (left) {                                                                                                    \
    case 1: call(1); break;                                                                                            \
    case 2: call(2); break;                                                                                            \
    case 3: call(AT_MOST(OUTPUTS, 3)); break;                                                                          \
    case 4: call(AT_MOST(OUTPUTS, 4)); break;                                                                          \
    default: call(OUTPUTS);                                                                                            \
    }

/* So many rows and outputs at once that their sums, the rows and a slope fill the registers: AVX-512 has 32 of them. */
#if SEVERAL_TARGETS
#define LANES 8
#define TARGET TARGET_8
#define ROWS 4
#define OUTPUTS 5
#include "dense_rows.h"
#define LANES 4
#define TARGET TARGET_4
#define ROWS 3
#define OUTPUTS 4
#include "dense_rows.h"
#endif
#define LANES 2
#define TARGET TARGET_2
#define ROWS 3
#define OUTPUTS 4
#include "dense_rows.h"

/* out = constant + (x - centre) slopes.

   x         (n, p), rows `stride` numbers apart, p at least PACKED
   centre    (p)
   slopes    (k, p), `width` numbers apart: if p is no multiple of PACKED, the slopes of the last PACKED columns follow
             the others of theirs, those that were there already as zeros
   constant  (k)
   out       (n, k) */
void logistica_dense_times(const double *x, int64_t n, int64_t p, int64_t stride, const double *centre,
                           const double *slopes, int64_t width, const double *constant, int64_t k, double *out)
{
    ON_THIS_PROCESSOR(logistica_dense_times, x, n, p, stride, centre, slopes, width, constant, k, out);
}

/* out += values' (x - centre).

   x       (n, p), rows `stride` numbers apart, p at least PACKED
   values  (n, k)
   out     (k, p) */
void logistica_dense_transposed(const double *x, int64_t n, int64_t p, int64_t stride, const double *centre,
                                const double *values, int64_t k, double *out)
{
    ON_THIS_PROCESSOR(logistica_dense_transposed, x, n, p, stride, centre, values, k, out);
}

/* Of how many lanes the loops are that run here; those of fewer are there too, under names that end in their number. */
int64_t logistica_lanes(void) { return lanes_here(); }
