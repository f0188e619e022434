/* time_text: times as people read them. */
#ifndef TIME_TEXT_H
#define TIME_TEXT_H

#include "figure.h"

enum { TIME_TEXT_BYTES = 24 };

/* Three digits that count, and the unit they need: "12.3 ms". Returns text. */
char *time_text(char text[TIME_TEXT_BYTES], double ns);

/* The same of a figure: "-" if it is unknown, "~ 12.3 ms" if it rests on few samples, "> 12.3 ms"
 * if it could be more. Returns text. */
char *time_text_figure(char text[TIME_TEXT_BYTES], struct figure figure);

#endif
