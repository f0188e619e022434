#include "differences.h"

#include <stdlib.h>
#include <string.h>

#include "match.h"
#include "text.h"

enum { PATH_BYTES = 128, WIDTH = 30 };

/* As in the file, but a text without its quotes, and "-" for what is not there. To be freed. */
static char *value_text(const json_t *value)
{
    if (value == NULL || json_is_null(value))
        return strdup("-");
    if (json_is_string(value))
        return strdup(*json_string_value(value) != '\0' ? json_string_value(value) : "none");
    return json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
}

static void write_line(FILE *to, const char *path, const json_t *a, const json_t *b)
{
    char name[TEXT_BYTES], values[2][TEXT_BYTES];
    char *left = value_text(a), *right = value_text(b);
    fprintf(to, "  %-*s %s  |  %s\n", WIDTH, text_safe(name, path),
            text_safe(values[0], left != NULL ? left : "?"),
            text_safe(values[1], right != NULL ? right : "?"));
    free(left);
    free(right);
}

static size_t compare(FILE *to, const char *path, const json_t *a, const json_t *b);

/* The keys of `keys`; of those that are in the other too only if they are to be. */
static size_t compare_keys(FILE *to, const char *path, const json_t *a, const json_t *b,
                           const json_t *keys, const json_t *skip)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    json_object_foreach((json_t *)keys, key, value)
    {
        char inner[PATH_BYTES];
        if (json_object_get(skip, key) != NULL)
            continue;
        snprintf(inner, sizeof inner, "%s%s%s", path, *path != '\0' ? "." : "", key);
        count += compare(to, inner, json_object_get(a, key), json_object_get(b, key));
    }
    return count;
}

/* Returns how many lines it wrote. A null is like nothing at all. */
static size_t compare(FILE *to, const char *path, const json_t *a, const json_t *b)
{
    if (json_is_object(a) || json_is_object(b))
        return compare_keys(to, path, a, b, a, NULL) + compare_keys(to, path, a, b, b, a);
    bool nothing = (a == NULL || json_is_null(a)) && (b == NULL || json_is_null(b));
    if (nothing || (a != NULL && b != NULL && json_equal(a, b)))
        return 0;
    write_line(to, path, a, b);
    return 1;
}

/* Only where both files tell. */
static size_t compare_contents(FILE *to, const struct data *a, const struct data *b)
{
    size_t count = 0;
    for (size_t w = 0; w < a->workloads; w++) {
        const json_t *left = a->workload_objects[w];
        size_t same = match_workload(b, a, w);
        const json_t *right = same < b->workloads ? b->workload_objects[same] : NULL;
        const char *was = data_text(left, "checksum"), *is = data_text(right, "checksum");
        char path[PATH_BYTES];
        if (*was == '\0' || *is == '\0' || strcmp(was, is) == 0)
            continue;
        snprintf(path, sizeof path, "content of workload %.64s", data_workload_name(a, w));
        write_line(to, path, data_at(left, "checksum"), data_at(right, "checksum"));
        count++;
    }
    return count;
}

void differences_write(FILE *to, const struct data *a, const struct data *b)
{
    fputs("Differences (A  |  B):\n", to);
    size_t count =
        compare(to, "", data_at(a->document, "machine"), data_at(b->document, "machine"));
    count += compare(to, "", data_at(a->document, "options"), data_at(b->document, "options"));
    count += compare_contents(to, a, b);
    if (count == 0)
        fputs("  none: the same machine, build and options\n", to);
}
