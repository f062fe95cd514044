/* The products of the columns of some rows with one another, weighted and added up over the rows.

   Columns are taken PANEL at a time and rows TOGETHER at a time, so that what is multiplied stays in the nearest cache
   and the sums in registers. A panel holds PANEL numbers of each row, row after row; there are as many panels as hold
   all columns, the last filled up with zeros. */

#ifndef LOGISTICA_PRODUCTS_H
#define LOGISTICA_PRODUCTS_H

#include <stdint.h>

enum { PANEL = 8, TOGETHER = 64, IN_PANEL = PANEL * TOGETHER, IN_TILE = PANEL * PANEL };

static inline int64_t panels_of(int64_t q) { return (q + PANEL - 1) / PANEL; }

/* Add to the sums what up to TOGETHER rows make of left' right.

   left, right  (panels, TOGETHER, PANEL), of which the first n rows count
   sums         (panels, panels, PANEL, PANEL): a tile for each pair of panels, of which those on and above the diagonal
                are added to */
void logistica_add_products(const double *left, const double *right, int64_t n, int64_t panels, double *sums);

/* Write the sums as a matrix, out (q, q), symmetric; `last_first` says whether the last column comes first there. */
void logistica_unfold_products(const double *sums, int64_t q, int64_t last_first, double *out);

#endif
