/* blocks: how many blocks an interval of a wanted width takes. Half widths are shares: 0.03 is an
 * interval that reaches from value / 1.03 to value * 1.03. sd is that of logarithms. Pure. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include <stddef.h>

/* exp(t sd / sqrt(count)) - 1, with t of count - 1 degrees of freedom. NaN below two blocks or when
 * sd is. */
double blocks_half_width(double sd, size_t count);

/* The least number of blocks whose half width is at most `wanted`, when they vary as those seen so
 * far: the least R >= 2 with R >= (t sd / ln(1 + wanted))^2, where t depends on R. At most `most`.
 */
size_t blocks_needed(double sd, double wanted, size_t most);

#endif
