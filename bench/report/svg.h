/* svg: what gnuplot drew, made a part of a page. Knows how gnuplot's SVG terminal (5.4) writes:
 * another version still gives a diagram, though perhaps one without series to hide. */
#ifndef SVG_H
#define SVG_H

#include <stdio.h>

#include "plot.h"

/* Writes gnuplot's SVG into the page: texts put in, black become the colour of text, groups named
 * by series. The marks are defined by the first one of the page. */
void svg_write(FILE *page, const char *svg, const struct plot *p, const char *description);

#endif
