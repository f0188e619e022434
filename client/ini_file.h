/* ini_file: the sections and pairs of an INI file, each with the number of its line.
 *
 * A line is [section], key = value, a comment that begins with ';', or empty; a ';' after a blank
 * begins a comment too. Lines end by LF or CRLF, may have up to INI_FILE_LINE_BYTES - 2 bytes of
 * text and no control characters but tabs.
 *
 * The INI library has settings for the whole process: read files from one thread at a time. */
#ifndef INI_FILE_H
#define INI_FILE_H

#include <stdbool.h>
#include <stddef.h>

enum { INI_FILE_LINE_BYTES = 65536 };

/* What is called for each section and each pair, in their order. False ends the reading: it is for
 * the function to say why. Texts are good until it returns. */
struct ini_file_use {
    bool (*section)(void *user, int line, const char *name);
    bool (*pair)(void *user, int line, const char *key, const char *value);
    void *user;
};

/* False: the file could not be read, or a line is none, and error begins with the path; or one of
 * the functions returned false, and error is left alone. */
bool ini_file_read(const char *path, const struct ini_file_use *use, char *error,
                   size_t error_bytes);

#endif
