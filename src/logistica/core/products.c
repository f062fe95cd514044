/* The products of columns with one another: see products.h. BLAS makes half as many of them in the same time. */

#include "products.h"

#include <string.h>

#include "targets.h"

#define LANES 2
#define TARGET TARGET_2
#define ROWS 2
#define VECTORS 4
#include "products_of_lanes.h"

#if SEVERAL_TARGETS
#define LANES 4
#define TARGET TARGET_4
#define ROWS 4
#define VECTORS 2
#include "products_of_lanes.h"

#define LANES 8
#define TARGET TARGET_8
#define ROWS 8
#define VECTORS 2
#include "products_of_lanes.h"
#endif

/* The same with vectors of so many numbers, which the machine must have. */
static void add_products_by(int lanes, const double *left, const double *right, int64_t n, int64_t panels, double *sums)
{
    BY_LANES(lanes, add_products, left, right, n, panels, sums);
}

void logistica_add_products(const double *left, const double *right, int64_t n, int64_t panels, double *sums)
{
    add_products_by(lanes_here(), left, right, n, panels, sums);
}

/* Write a tile, which starts in row a and column b, and its mirror image. */
static void unfold_tile(const double *tile, int64_t a, int64_t b, int64_t q, int64_t last_first, double *out)
{
    const int64_t rows = q - a < PANEL ? q - a : PANEL, columns = q - b < PANEL ? q - b : PANEL;
    for (int64_t i = 0; i < rows; i++) {
        double *const row = out + (last_first ? (a + i + 1) % q : a + i) * q;
        for (int64_t j = 0; j < columns; j++)
            row[last_first ? (b + j + 1) % q : b + j] = a == b && j < i ? tile[j * PANEL + i] : tile[i * PANEL + j];
    }
    for (int64_t j = 0; a != b && j < columns; j++) {
        double *const row = out + (last_first ? (b + j + 1) % q : b + j) * q;
        for (int64_t i = 0; i < rows; i++)
            row[last_first ? (a + i + 1) % q : a + i] = tile[i * PANEL + j];
    }
}

void logistica_unfold_products(const double *sums, int64_t q, int64_t last_first, double *out)
{
    const int64_t panels = panels_of(q);
    for (int64_t a = 0; a < panels; a++)
        for (int64_t b = a; b < panels; b++)
            unfold_tile(sums + (a * panels + b) * IN_TILE, a * PANEL, b * PANEL, q, last_first, out);
}

/* Up to TOGETHER rows of z (n, q), times their weights, or NULL for ones, as panels; the last is 0 beyond column q. */
static void fill_panels(const double *z, int64_t n, int64_t q, const double *weights, double *panels)
{
    for (int64_t first = 0; first < q; first += PANEL, panels += IN_PANEL) {
        const int64_t here = q - first < PANEL ? q - first : PANEL;
        for (int64_t i = 0; i < n; i++) {
            const double weight = weights ? weights[i] : 1.0;
            for (int64_t j = 0; j < here; j++)
                panels[i * PANEL + j] = z[i * q + first + j] * weight;
        }
    }
}

/* out = z' diag(weights) z, with vectors of so many numbers, or of 0: as many as the machine's hold.

   z        (n, q)
   weights  (n), or NULL for ones
   room     2 * panels * IN_PANEL + panels * panels * IN_TILE numbers
   out      (q, q) */
void logistica_symmetric_product(const double *z, int64_t n, int64_t q, const double *weights, int64_t lanes,
                                 double *room, double *out)
{
    const int64_t panels = panels_of(q), in_rows = panels * IN_PANEL, in_sums = panels * panels * IN_TILE;
    double *const right = room, *const sums = right + in_rows, *const weighted = sums + in_sums;
    const double *const left = weights ? weighted : right;
    memset(room, 0, (size_t)((weights ? 2 * in_rows : in_rows) + in_sums) * sizeof(double));
    for (int64_t start = 0; start < n; start += TOGETHER) {
        const int64_t m = n - start < TOGETHER ? n - start : TOGETHER;
        fill_panels(z + start * q, m, q, NULL, right);
        if (weights)
            fill_panels(z + start * q, m, q, weights + start, weighted);
        add_products_by(lanes ? (int)lanes : lanes_here(), left, right, m, panels, sums);
    }
    logistica_unfold_products(sums, q, 0, out);
}
