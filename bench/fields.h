/* fields: a line of key=value words, as the servers print them:
 *
 *     ready server=server_threads model=thread-per-client address=127.0.0.1 port=31470 pid=4242 */
#ifndef FIELDS_H
#define FIELDS_H

#include <jansson.h>
#include <stdint.h>

/* The fields of a line as a JSON object that the caller owns, whole numbers as integers and all
 * else as strings; of a key that comes twice, the last value. NULL unless the line is `word`
 * followed by words that are all of the form key=value (a value may be empty). */
json_t *fields_parse(const char *line, const char *word);

/* A field that is a whole number; `otherwise` when there is none. NULL is an object without fields.
 */
int64_t fields_number(const json_t *fields, const char *key, int64_t otherwise);

#endif
