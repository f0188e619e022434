#include "client_run.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server.h"

enum { MOST_ARGUMENTS = 24, PATH_BYTES = 64 };

static const char *const outcomes[] = {"ok",           "error_reply",    "mismatch",
                                       "timeout",      "connect_failed", "reset",
                                       "closed_early", "in_flight",      "unsent"};
enum { OUTCOMES = sizeof outcomes / sizeof outcomes[0] };

void client_start(struct process *p, uint16_t port, const char *line)
{
    const char *arguments[MOST_ARGUMENTS] = {CLIENT_FILE};
    char option[32], *copy = strdup(line), *rest = copy;
    int count = 1;
    snprintf(option, sizeof option, "--port=%u", (unsigned)port);
    if (port != 0)
        arguments[count++] = option;
    for (char *word; count < MOST_ARGUMENTS - 1 && (word = strsep(&rest, " ")) != NULL;)
        if (*word != '\0')
            arguments[count++] = word;
    process_start(p, arguments);
    free(copy);
}

struct outcome client_end(struct process *p)
{
    struct outcome o = {.status = process_exit_status(process_wait(p))};
    o.out = strdup(p->text);
    o.err = process_errors(p);
    process_free(p);
    return o;
}

struct outcome client_run(uint16_t port, const char *line)
{
    struct process p;
    client_start(&p, port, line);
    return client_end(&p);
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

double client_number(const json_t *result, const char *path)
{
    char copy[PATH_BYTES], *rest = copy;
    const json_t *value = result;
    snprintf(copy, sizeof copy, "%s", path);
    for (char *key; (key = strsep(&rest, ".")) != NULL;)
        value = json_object_get(value, key);
    cr_assert(json_is_number(value) || json_is_null(value), "no number %s", path);
    return json_is_null(value) ? NAN : json_number_value(value);
}

double client_check(const json_t *result, const char *name, bool *pass)
{
    const json_t *checks = json_object_get(result, "checks"), *check;
    size_t i;
    *pass = true;
    json_array_foreach(checks, i, check)
    {
        if (strcmp(client_text(check, "name"), name) == 0) {
            *pass = json_is_true(json_object_get(check, "pass"));
            return json_number_value(json_object_get(check, "value"));
        }
    }
    return NAN;
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
