/* Tiles of products by vectors of LANES numbers; products.c includes this for each length, with its TARGET.

   ROWS rows of a tile are made at once, in VECTORS vectors: as many sums as stay in registers. */

#define NAME(name) WITH_SUFFIX(name, LANES)

typedef double NAME(vector) __attribute__((vector_size(LANES * sizeof(double))));

#define IN_VECTOR(v) ((v) % (PANEL / LANES) * LANES)
#define OF_VECTOR(v) ((v) / (PANEL / LANES))

/* Some rows of a tile, or of two side by side: of the columns from `left` on with those from `right` on. */
TARGET static inline void NAME(add_rows)(const double *left, const double *right, int64_t n, const int vectors,
                                         double *sums)
{
    NAME(vector) sum[ROWS][VECTORS];
    UNROLLED for (int a = 0; a < ROWS; a++)
        UNROLLED for (int v = 0; v < vectors; v++)
            memcpy(&sum[a][v], sums + OF_VECTOR(v) * IN_TILE + a * PANEL + IN_VECTOR(v), sizeof sum[a][v]);
    for (int64_t i = 0; i < n; i++, left += PANEL, right += PANEL) {
        NAME(vector) x[VECTORS];
        UNROLLED for (int v = 0; v < vectors; v++)
            memcpy(&x[v], right + OF_VECTOR(v) * IN_PANEL + IN_VECTOR(v), sizeof x[v]);
        UNROLLED for (int a = 0; a < ROWS; a++)
            UNROLLED for (int v = 0; v < vectors; v++) sum[a][v] += left[a] * x[v];
    }
    UNROLLED for (int a = 0; a < ROWS; a++)
        UNROLLED for (int v = 0; v < vectors; v++)
            memcpy(sums + OF_VECTOR(v) * IN_TILE + a * PANEL + IN_VECTOR(v), &sum[a][v], sizeof sum[a][v]);
}

TARGET static void NAME(add_products)(const double *left, const double *right, int64_t n, int64_t panels, double *sums)
{
    enum { ONE = PANEL / LANES < VECTORS ? PANEL / LANES : VECTORS, TILES = VECTORS * LANES / PANEL };
    for (int64_t a = 0; a < panels; a++)
        for (int64_t b = a; b < panels; b += TILES)
            for (int row = 0; row < PANEL; row += ROWS) {
                const double *const of_left = left + a * IN_PANEL + row, *const of_right = right + b * IN_PANEL;
                double *const to = sums + (a * panels + b) * IN_TILE + row * PANEL;
                if (b + TILES <= panels)
                    NAME(add_rows)(of_left, of_right, n, VECTORS, to);
                else
                    NAME(add_rows)(of_left, of_right, n, ONE, to);
            }
}

#undef IN_VECTOR
#undef OF_VECTOR
#undef NAME
#undef TARGET
#undef LANES
#undef ROWS
#undef VECTORS
