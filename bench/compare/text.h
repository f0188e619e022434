/* text: texts of a file that anybody may have written, as they can be shown. */
#ifndef TEXT_H
#define TEXT_H

enum { TEXT_BYTES = 256 };

/* Copies UTF-8, cut to what fits; each control character, which a terminal may obey, becomes a
 * question mark. Returns safe. */
char *text_safe(char safe[TEXT_BYTES], const char *text);

#endif
