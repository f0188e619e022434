/* format: figures as a person reads them, in a table. Values that are not known (NaN) become "-".
 * Those with a `text` write to it and return it. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stdint.h>
#include <stdio.h>

enum { FORMAT_BYTES = 32 };

char *format_count(char text[FORMAT_BYTES], double value); /* 1,234,567 */
char *format_short(char text[FORMAT_BYTES], double value); /* 3 digits or more: 987 12.3k 1.23M */
char *format_decimal(char text[FORMAT_BYTES],
                     double value); /* 3 digits or more: 0.12 1.23 12.3 123 */
char *format_rough(char text[FORMAT_BYTES], double value); /* 2 digits or more: 0.12 1.2 12 123 */
/* Of a half width, as a share: "up to 43 %"; two blocks that differ give widths of which no more
 * than "more than 1000 %" is worth telling. */
char *format_half_width(char text[FORMAT_BYTES], double share);
char *format_time_us(char text[FORMAT_BYTES], double us);   /* 4.5us 123us 1.23ms 12.3s */
char *format_duration(char text[FORMAT_BYTES], int64_t ns); /* 45 s, 6 min 20 s, 1 h 5 min */

/* Writes the text in lines of at most 100 columns with this indent, broken at blanks; those after
 * the first are indented by two more. A word that is too long for a line is broken. */
void format_wrapped(FILE *to, const char *indent, const char *text);

#endif
