/* page: the frame of a report: one HTML file with its style and its few lines of script inside,
 * that loads nothing (its own security policy forbids it), for a phone, a screen, dark or light,
 * and paper. */
#ifndef PAGE_H
#define PAGE_H

#include <stddef.h>
#include <stdio.h>

void page_begin(FILE *to, const char *title);
void page_end(FILE *to);

/* Opens a box of diagrams with one legend for all of them: a button for each series, which hides
 * and shows it. names[i] belongs to the series numbers[i], or i where numbers is NULL. */
void page_begin_figures(FILE *to, const char *const names[], const int numbers[], size_t count);
void page_end_figures(FILE *to);

/* A table scrolls in a box of its own where it is wider than the screen. */
void page_begin_table(FILE *to, const char *caption);
void page_end_table(FILE *to);

#endif
