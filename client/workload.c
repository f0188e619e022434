#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "ini_file.h"
#include "words.h"

const struct option_range workload_connections = {1, 100000};
const struct option_range workload_requests_per_connection = {0, INT64_C(1000000000000)};
const struct option_range workload_pipeline = {1, 10000};
const struct option_range workload_think_ns = {0, 3600 * CLOCK_S};
const struct option_range workload_timeout_ns = {CLOCK_MS, 300 * CLOCK_S};
const struct option_range workload_interval_ns = {CLOCK_MS, CLOCK_S};

enum section {
    SECTION_WORKLOAD,
    SECTION_LOAD,
    SECTION_BENCH,
    SECTION_REQUEST,
    SECTION_NAMED,
    SECTIONS
};

static const char *const section_names[SECTIONS] = {"[workload]", "[load]", "[bench]", "[request]",
                                                    "[request NAME]"};

enum shape { SHAPE_CLOSED, SHAPE_OPEN, SHAPE_PARTLY_OPEN, SHAPES };

static const char *const shape_names[SHAPES] = {"closed", "open", "partly-open"};

/* What is known of a file while it is read. */
struct reading {
    struct workload *workload;
    const char *path;
    int line;
    enum section section; /* SECTIONS before the first one */
    char heading[64];     /* the last section as a message shows it, and the line it stands in */
    int heading_line;
    bool has_unnamed;              /* a [request] without a name was seen */
    int shape;                     /* SHAPES when none is given */
    int shape_line, arrivals_line; /* 0 when none is given */
    unsigned seen; /* one bit for each of `keys`, to find a key that is given twice */
    char *error;
};

/* Line 0: the mistake is in none. */
static bool fail_at(struct reading *r, int line, const char *what, const char *phrase)
{
    if (line > 0)
        snprintf(r->error, WORKLOAD_ERROR_BYTES, "%s:%d: %.100s: %s", r->path, line, what, phrase);
    else
        snprintf(r->error, WORKLOAD_ERROR_BYTES, "%s: %.100s: %s", r->path, what, phrase);
    return false;
}

static bool fail(struct reading *r, const char *what, const char *phrase)
{
    return fail_at(r, r->line, what, phrase);
}

static bool fail_value(struct reading *r, const char *key, const char *value, const char *phrase)
{
    char what[100];
    snprintf(what, sizeof what, "%.40s=%.50s", key, value);
    return fail(r, what, phrase);
}

/* ---- the keys of [workload] and [bench] ---- */

static bool keep_text(struct reading *r, const char *key, const char *value, char **text)
{
    *text = strdup(value);
    return *text != NULL || fail(r, key, "must fit into memory");
}

static bool read_question(struct reading *r, const char *value)
{
    return keep_text(r, "question", value, &r->workload->question);
}

static bool read_expected(struct reading *r, const char *value)
{
    return keep_text(r, "expected", value, &r->workload->expected);
}

static bool keep_note(struct reading *r, const char *key, const char *value,
                      struct workload_note *note)
{
    note->line = r->line;
    return keep_text(r, key, value, &note->text);
}

static bool read_companion(struct reading *r, const char *value)
{
    return keep_note(r, "companion", value, &r->workload->companion);
}

static bool read_server_options(struct reading *r, const char *value)
{
    return keep_note(r, "server-options", value, &r->workload->server_options);
}

static bool read_also_valid(struct reading *r, const char *value)
{
    return keep_note(r, "also-valid", value, &r->workload->also_valid);
}

static bool read_course(struct reading *r, const char *value)
{
    return keep_note(r, "course", value, &r->workload->course);
}

/* ---- the keys of [load] ---- */

static bool read_count(struct reading *r, const char *key, const char *value,
                       struct option_range range, int64_t *number)
{
    char phrase[OPTION_TEXT_BYTES], error[OPTION_TEXT_BYTES + 8];
    if (option_count_text(value, range, number))
        return true;
    snprintf(error, sizeof error, "must be %s", option_count_phrase(phrase, range));
    return fail_value(r, key, value, error);
}

static bool read_shape(struct reading *r, const char *value)
{
    r->shape_line = r->line;
    for (r->shape = 0; r->shape < SHAPES; r->shape++)
        if (strcmp(shape_names[r->shape], value) == 0)
            return true;
    return fail_value(r, "shape", value, "must be one of closed open partly-open");
}

static bool read_connections(struct reading *r, const char *value)
{
    return read_count(r, "connections", value, workload_connections, &r->workload->connections);
}

static bool read_requests(struct reading *r, const char *value)
{
    return read_count(r, "requests-per-connection", value, workload_requests_per_connection,
                      &r->workload->requests_per_connection);
}

static bool read_pipeline(struct reading *r, const char *value)
{
    return read_count(r, "pipeline", value, workload_pipeline, &r->workload->pipeline);
}

static bool read_time(struct reading *r, const char *key, const char *value,
                      struct option_range range, int64_t *time_ns)
{
    char phrase[OPTION_TEXT_BYTES], error[OPTION_TEXT_BYTES + 8];
    if (option_time_text(value, CLOCK_S, range, time_ns))
        return true;
    snprintf(error, sizeof error, "must be %s", option_time_phrase(phrase, range));
    return fail_value(r, key, value, error);
}

static bool read_think(struct reading *r, const char *value)
{
    return read_time(r, "think", value, workload_think_ns, &r->workload->think_ns);
}

static bool read_timeout(struct reading *r, const char *value)
{
    return read_time(r, "timeout", value, workload_timeout_ns, &r->workload->timeout_ns);
}

bool workload_rate_text(const char *text, int64_t *rate_micro)
{
    /* Digits and a point only: strtod would also take hexadecimal, exponents, inf and nan. */
    size_t digits = strspn(text, "0123456789.");
    char *end;
    double micro = strtod(text, &end) * 1e6;
    if (digits == 0 || end != text + digits)
        return false;
    if (strcasecmp(end, "k") == 0)
        micro *= 1e3;
    else if (strcasecmp(end, "m") == 0)
        micro *= 1e6;
    else if (*end != '\0')
        return false;
    if (!(micro >= 1e3 && micro <= 1e13))
        return false;
    *rate_micro = (int64_t)(micro + 0.5);
    return true;
}

static bool read_rate(struct reading *r, const char *value)
{
    return workload_rate_text(value, &r->workload->rate_micro) ||
           fail_value(r, "rate", value, "must be " WORKLOAD_RATE_PHRASE);
}

static bool read_arrivals(struct reading *r, const char *value)
{
    r->arrivals_line = r->line;
    return arrivals_by_name(value, &r->workload->arrivals) ||
           fail_value(r, "arrivals", value, "must be one of poisson constant uniform");
}

/* ---- the keys of [request] ---- */

static struct mix_part *last_request(struct reading *r)
{
    return &r->workload->requests[r->workload->requests_count - 1];
}

/* Whether the words are templates, and the message of the first that is none. */
static bool check_command(struct reading *r, const struct mix_part *part)
{
    char error[REQUEST_ERROR_BYTES], what[sizeof "command=" + 50];
    struct request *request = request_new(part->argc, part->argv, error);
    request_free(request);
    if (request != NULL)
        return true;
    char *phrase = strstr(error, ": must ");
    if (phrase == NULL)
        return fail(r, "command", "must fit into memory");
    snprintf(what, sizeof what, "command=%.*s", (int)(phrase - error), error);
    return fail(r, what, phrase + strlen(": "));
}

static bool read_command(struct reading *r, const char *value)
{
    struct mix_part *part = last_request(r);
    const char *fault = value;
    switch (words_split(value, &part->argc, &part->argv, &fault)) {
    case WORDS_SPLIT:
        break;
    case WORDS_QUOTES:
        return fail_value(r, "command", fault, "must close its quotes, before a blank");
    case WORDS_NO_MEMORY:
        return fail(r, "command", "must fit into memory");
    }
    if (part->argc == 0)
        return fail_value(r, "command", value, "must be at least one word");
    if (part->name == NULL && (part->name = strdup(part->argv[0])) == NULL)
        return fail(r, "command", "must fit into memory");
    return check_command(r, part);
}

static bool read_weight(struct reading *r, const char *value)
{
    static const struct option_range weights = {1, MIX_WEIGHT_MAX};
    return read_count(r, "weight", value, weights, &last_request(r)->weight);
}

static const struct key {
    enum section section; /* what may stand in [request] may stand in [request NAME] too */
    const char *name;
    bool (*read)(struct reading *r, const char *value);
} keys[] = {
    {SECTION_WORKLOAD, "question", read_question},
    {SECTION_WORKLOAD, "expected", read_expected},
    {SECTION_BENCH, "companion", read_companion},
    {SECTION_BENCH, "server-options", read_server_options},
    {SECTION_BENCH, "also-valid", read_also_valid},
    {SECTION_BENCH, "course", read_course},
    {SECTION_LOAD, "shape", read_shape},
    {SECTION_LOAD, "connections", read_connections},
    {SECTION_LOAD, "requests-per-connection", read_requests},
    {SECTION_LOAD, "pipeline", read_pipeline},
    {SECTION_LOAD, "think", read_think},
    {SECTION_LOAD, "timeout", read_timeout},
    {SECTION_LOAD, "rate", read_rate},
    {SECTION_LOAD, "arrivals", read_arrivals},
    {SECTION_REQUEST, "command", read_command},
    {SECTION_NAMED, "weight", read_weight},
};
enum { KEYS = sizeof keys / sizeof keys[0] };

static bool belongs(const struct key *key, enum section section)
{
    return key->section == section || (key->section == SECTION_REQUEST && section == SECTION_NAMED);
}

/* Where a key would have been right, or the keys that would have been right where it stands. */
static bool fail_name(struct reading *r, const char *name, const char *value)
{
    char phrase[160];
    for (int i = 0; i < KEYS; i++) {
        if (strcmp(keys[i].name, name) == 0) {
            snprintf(phrase, sizeof phrase, "belongs in the section %s",
                     section_names[keys[i].section]);
            return fail_value(r, name, value, phrase);
        }
    }
    if (r->section == SECTIONS)
        return fail_value(r, name, value, "must stand behind the line of a section");
    int length = snprintf(phrase, sizeof phrase, "must be one of");
    for (int i = 0; i < KEYS; i++)
        if (belongs(&keys[i], r->section))
            length +=
                snprintf(phrase + length, sizeof phrase - (size_t)length, " %s", keys[i].name);
    return fail_value(r, name, value, phrase);
}

static bool take_pair(void *user, int line, const char *name, const char *value)
{
    struct reading *r = user;
    r->line = line;
    for (unsigned i = 0; i < KEYS; i++) {
        if (!belongs(&keys[i], r->section) || strcmp(keys[i].name, name) != 0)
            continue;
        if (r->seen & 1u << i)
            return fail_value(r, name, value, "must be given once");
        r->seen |= 1u << i;
        return keys[i].read(r, value);
    }
    return fail_name(r, name, value);
}

/* ---- sections ---- */

static bool end_section(struct reading *r)
{
    if (r->section != SECTION_REQUEST && r->section != SECTION_NAMED)
        return true;
    return last_request(r)->argc > 0 ||
           fail_at(r, r->heading_line, r->heading, "must have a command");
}

static bool check_request_name(struct reading *r, const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const struct workload *w = r->workload;
    bool is_unnamed = r->section == SECTION_REQUEST;
    size_t length = strlen(name);
    if (!is_unnamed && (length > WORKLOAD_NAME_MOST || strspn(name, allowed) < length))
        return fail(r, r->heading, "must have a name of at most 31 letters, digits, . _ or -");
    if (w->requests_count > 0 && is_unnamed != r->has_unnamed)
        return fail(r, r->heading, "must be the only request, or all must have names");
    for (size_t i = 0; i < w->requests_count; i++)
        if (is_unnamed || strcmp(w->requests[i].name, name) == 0)
            return fail(r, r->heading, "must be given once");
    return true;
}

static bool begin_request(struct reading *r, const char *name)
{
    struct workload *w = r->workload;
    if (!check_request_name(r, name))
        return false;
    if (w->requests_count == MIX_MOST)
        return fail(r, r->heading, "must be one of at most 64 requests");
    struct mix_part *longer = reallocarray(w->requests, w->requests_count + 1, sizeof *longer);
    if (longer == NULL)
        return fail(r, r->heading, "must fit into memory");
    w->requests = longer;
    struct mix_part *part = &longer[w->requests_count++];
    *part = (struct mix_part){.weight = 1};
    r->has_unnamed = r->section == SECTION_REQUEST;
    if (!r->has_unnamed && (part->name = strdup(name)) == NULL)
        return fail(r, r->heading, "must fit into memory");
    for (unsigned i = 0; i < KEYS; i++)
        if (belongs(&keys[i], SECTION_NAMED))
            r->seen &= ~(1u << i);
    return true;
}

static bool take_section(void *user, int line, const char *name)
{
    static const char request[] = "request";
    struct reading *r = user;
    r->line = line;
    if (!end_section(r))
        return false;
    r->heading_line = line;
    snprintf(r->heading, sizeof r->heading, "[%.60s]", name);
    if (strncmp(name, request, strlen(request)) == 0 && strchr(" \t", name[strlen(request)])) {
        const char *own = name + strlen(request);
        r->section = *own == '\0' ? SECTION_REQUEST : SECTION_NAMED;
        return begin_request(r, own + strspn(own, " \t"));
    }
    for (r->section = SECTION_WORKLOAD; r->section <= SECTION_BENCH; r->section++)
        if (strncmp(section_names[r->section], r->heading, sizeof r->heading) == 0)
            return true;
    return fail(r, r->heading, "must be one of [workload] [load] [bench] [request] [request NAME]");
}

/* ---- the file ---- */

static bool check_shape(struct reading *r)
{
    const struct workload *w = r->workload;
    char what[40];
    snprintf(what, sizeof what, "arrivals=%s", arrivals_names[w->arrivals]);
    if (r->arrivals_line > 0 && w->rate_micro == 0)
        return fail_at(r, r->arrivals_line, what, "must stand beside a rate");
    if (r->shape == SHAPES)
        return true;
    snprintf(what, sizeof what, "shape=%s", shape_names[r->shape]);
    bool closed = r->shape == SHAPE_CLOSED, several = w->requests_per_connection >= 2;
    if (closed && w->rate_micro > 0)
        return fail_at(r, r->shape_line, what, "must stand without a rate");
    if (!closed && w->rate_micro == 0)
        return fail_at(r, r->shape_line, what, "must stand beside a rate");
    if (r->shape == SHAPE_OPEN && several)
        return fail_at(r, r->shape_line, what,
                       "must stand beside requests-per-connection = 0 or 1");
    if (r->shape == SHAPE_PARTLY_OPEN && !several)
        return fail_at(r, r->shape_line, what,
                       "must stand beside requests-per-connection = 2 or more");
    return true;
}

bool workload_read(struct workload *w, const char *path, char error[WORKLOAD_ERROR_BYTES])
{
    *w = WORKLOAD_DEFAULT;
    struct reading r = {
        .workload = w, .path = path, .section = SECTIONS, .shape = SHAPES, .error = error};
    struct ini_file_use use = {take_section, take_pair, &r};
    bool good = ini_file_read(path, &use, error, WORKLOAD_ERROR_BYTES) && end_section(&r) &&
                check_shape(&r);
    if (good && w->requests_count == 0)
        good = fail_at(&r, 0, "command", "must be given in a section [request]");
    if (!good)
        workload_free(w);
    return good;
}

void workload_free(struct workload *w)
{
    free(w->question);
    free(w->expected);
    free(w->companion.text);
    free(w->server_options.text);
    free(w->also_valid.text);
    free(w->course.text);
    for (size_t i = 0; i < w->requests_count; i++) {
        free(w->requests[i].name);
        words_free(w->requests[i].argc, w->requests[i].argv);
    }
    free(w->requests);
    *w = (struct workload){0};
}
