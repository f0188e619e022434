#include "client_run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { MOST_ARGUMENTS = 24 };

static const char *const outcomes[] = {"ok",           "error_reply",    "mismatch",
                                       "timeout",      "connect_failed", "reset",
                                       "closed_early", "in_flight",      "unsent"};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

struct outcome client_run(uint16_t port, const char *line)
{
    const char *arguments[MOST_ARGUMENTS] = {CLIENT_FILE};
    char option[32], *copy = strdup(line), *rest = copy;
    int count = 1;
    snprintf(option, sizeof option, "--port=%u", (unsigned)port);
    if (port != 0)
        arguments[count++] = option;
    for (char *word; count < MOST_ARGUMENTS - 1 && (word = strsep(&rest, " ")) != NULL;)
        arguments[count++] = word;
    struct outcome o = process_run(arguments);
    free(copy);
    return o;
}

int64_t client_count(const json_t *result, const char *name)
{
    const json_t *count = json_object_get(json_object_get(result, "counts"), name);
    cr_assert(json_is_integer(count), "no count %s", name);
    return json_integer_value(count);
}

static void expect_account(const json_t *result)
{
    int64_t sum = 0;
    for (int i = 0; i < OUTCOMES; i++)
        sum += client_count(result, outcomes[i]);
    cr_expect(sum == client_count(result, "planned"), "%ld outcomes of %ld requests", (long)sum,
              (long)client_count(result, "planned"));
}

json_t *client_result(const struct outcome *o)
{
    json_error_t error;
    json_t *result = json_loads(o->out, 0, &error);
    cr_assert(result != NULL, "no JSON: %s: \"%s\", complained \"%s\"", error.text, o->out, o->err);
    expect_account(result);
    return result;
}

const char *client_text(const json_t *result, const char *key)
{
    const char *text = json_string_value(json_object_get(result, key));
    return text != NULL ? text : "";
}

/* The count that "NAME=N NAME=N" gives to a name; 0 when it is not there. */
static int64_t count_in(const char *counts, const char *name)
{
    char *text = field_text(counts, name);
    int64_t count = text != NULL ? strtoll(text, NULL, 10) : 0;
    free(text);
    return count;
}

void client_expect_counts(const json_t *result, const char *name, const char *counts)
{
    for (int i = 0; i < OUTCOMES; i++) {
        int64_t count = client_count(result, outcomes[i]), wanted = count_in(counts, outcomes[i]);
        cr_expect(count == wanted, "%s: %s %ld, should be %ld", name, outcomes[i], (long)count,
                  (long)wanted);
    }
}
