/* output: result files that are there whole or not at all. */
#ifndef OUTPUT_H
#define OUTPUT_H

#include <stdbool.h>

#include "report.h"

/* Writes the report to a new file beside `path` that takes its name when all of it is written; what
 * is no regular file (a terminal, a pipe) is written to directly. False with errno: `path` is as it
 * was, if it is a regular file or was not there. */
bool output_write(const char *path, bool (*put)(FILE *file, const struct report *report),
                  const struct report *report);

#endif
