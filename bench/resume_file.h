/* resume_file: what results.json tells of a suite that is gone on with: the file, its values, and
 * what that suite was asked for (resume_read of resume.h). Internal to resume. */
#ifndef RESUME_FILE_H
#define RESUME_FILE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "resume.h"

/* Writes the line, "--resume: " in front; false. */
bool resume_fail(char error[RESUME_ERROR_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Of an object's key: "", false, and 0 when there is no such thing there. Seconds become ns; those
 * of more than 30 years are none. */
const char *resume_text(const json_t *object, const char *key);
bool resume_flag(const json_t *object, const char *key);
int64_t resume_ns(const json_t *object, const char *key);

/* The path of the file; false when it is too long. */
bool resume_path(char path[CATALOGUE_PATH_BYTES], const char *folder);

#endif
