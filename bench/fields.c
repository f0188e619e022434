#include "fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\n";

static json_t *value_json(const char *text, size_t length)
{
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    bool is_number = length > 0 && end == text + length && errno == 0 &&
                     (isdigit((unsigned char)*text) || *text == '-');
    return is_number ? json_integer(number) : json_stringn(text, length);
}

/* One word. False when it is not key=value, or memory is short. */
static bool add_field(json_t *fields, const char *text, size_t length)
{
    char key[64];
    const char *equals = memchr(text, '=', length);
    if (equals == NULL || equals == text || (size_t)(equals - text) >= sizeof key)
        return false;
    size_t key_length = (size_t)(equals - text);
    memcpy(key, text, key_length);
    key[key_length] = '\0';
    /* json_object_set_new refuses a NULL value, as json_stringn gives for text that is not UTF-8.
     */
    return json_object_set_new(fields, key, value_json(equals + 1, length - key_length - 1)) == 0;
}

json_t *fields_parse(const char *line, const char *word)
{
    size_t word_length = strlen(word);
    if (strncmp(line, word, word_length) != 0)
        return NULL;
    line += word_length;
    if (*line != '\0' && strchr(blanks, *line) == NULL)
        return NULL;
    json_t *fields = json_object();
    for (line += strspn(line, blanks); *line != '\0'; line += strspn(line, blanks)) {
        size_t length = strcspn(line, blanks);
        if (!add_field(fields, line, length)) {
            json_decref(fields);
            return NULL;
        }
        line += length;
    }
    return fields;
}

int64_t fields_number(const json_t *fields, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(fields, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}
