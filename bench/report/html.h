/* html: text on its way into a page. Whatever comes from a results file goes through these, so that
 * nothing in it can become markup. Errors of the stream show in ferror. */
#ifndef HTML_H
#define HTML_H

#include <stdio.h>

/* Writes the text with & < > " ' as entities; other control characters than line ends and tabs
 * become U+FFFD. text must be UTF-8; NULL is nothing. */
void html_text(FILE *to, const char *text);

/* The same for what printf would print. */
void html_textf(FILE *to, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
