#include "catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "process.h"
#include "reason.h"
#include "workload.h"

#define fail(error, ...) reason_give(error, CATALOGUE_ERROR_BYTES, __VA_ARGS__)

#define LIST_MODELS_NS (10 * CLOCK_S)

static const char *const servers[] = {CATALOGUE_BASE_SERVER, "server_threads",
                                      CATALOGUE_FORK_SERVER};

/* From the shortest conversation to special kinds of work, and then what goes wrong: the order in
 * which they explain most. */
static const char *const order[] = {
    "one-shot",    "conversation", "hold",  "compute",  "wait",         "array", "bulk",  "shared",
    "shared-many", "mixed",        "crowd", "overload", "slow-clients", "stall", "crash",
};

enum { LECTURE = 7 }; /* the first of them */

/* ---- models ---- */

/* "NAME", and behind tabs its description and the options it takes. */
static bool add_model(struct catalogue *c, const char *server, char *line,
                      char error[CATALOGUE_ERROR_BYTES])
{
    line += strspn(line, " \t");
    size_t length = strcspn(line, " \t");
    if (length == 0)
        return true;
    if (c->models_count == CATALOGUE_MODELS_MOST)
        return fail(error, "there are more than %d models", CATALOGUE_MODELS_MOST);
    struct catalogue_model *model = &c->models[c->models_count++];
    char *description = line + length + strspn(line + length, " \t");
    description[strcspn(description, "\t")] = '\0';
    if (length >= sizeof model->name || strlen(server) >= sizeof model->server)
        return fail(error, "%s: the name of a model or of this program is too long", server);
    snprintf(model->name, sizeof model->name, "%.*s", (int)length, line);
    snprintf(model->description, sizeof model->description, "%s", description);
    snprintf(model->server, sizeof model->server, "%s", server);
    checksum_of_file(model->checksum, server);
    return true;
}

static bool ask_server(struct catalogue *c, const char *server, char error[CATALOGUE_ERROR_BYTES])
{
    char output[CATALOGUE_MODELS_MOST * CATALOGUE_TEXT_BYTES], reason[PROCESS_TEXT_BYTES];
    const char *const argv[] = {server, "--list-models", NULL};
    if (!process_capture(argv, clock_now_ns() + LIST_MODELS_NS, output, sizeof output, reason))
        return fail(error, "%s --list-models: %s", server, reason);
    size_t before = c->models_count;
    char *rest;
    for (char *line = strtok_r(output, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        if (!add_model(c, server, line, error))
            return false;
    return c->models_count > before || fail(error, "%s --list-models: no model", server);
}

bool catalogue_find_models(struct catalogue *c, const char *bin, char error[CATALOGUE_ERROR_BYTES])
{
    c->models_count = 0;
    for (size_t i = 0; i < sizeof servers / sizeof *servers; i++) {
        char server[CATALOGUE_PATH_BYTES];
        if ((size_t)snprintf(server, sizeof server, "%s/%s", bin, servers[i]) >= sizeof server)
            return fail(error, "%s: the path is too long", bin);
        if (!ask_server(c, server, error))
            return false;
    }
    return true;
}

/* ---- workloads ---- */

static size_t rank_of(const char *name)
{
    size_t count = sizeof order / sizeof *order, i = 0;
    while (i < count && strcmp(order[i], name) != 0)
        i++;
    return i;
}

static int compare_workloads(const void *a, const void *b)
{
    const struct catalogue_workload *left = a, *right = b;
    size_t left_rank = rank_of(left->name), right_rank = rank_of(right->name);
    if (left_rank != right_rank)
        return left_rank < right_rank ? -1 : 1;
    return strcmp(left->name, right->name);
}

static bool is_ini(const char *name)
{
    size_t length = strlen(name);
    return length > strlen(".ini") && strcmp(name + length - strlen(".ini"), ".ini") == 0;
}

static bool is_one_of(const char *word, size_t length, const char *const *names)
{
    while (*names != NULL && (strlen(*names) != length || strncmp(*names, word, length) != 0))
        names++;
    return *names != NULL;
}

/* How many words there are; 0 also when one of them is none of the allowed (NULL: any is). */
static size_t count_words(const char *text, const char *const *allowed)
{
    size_t count = 0;
    for (text += strspn(text, " \t"); *text != '\0'; text += strspn(text, " \t")) {
        size_t length = strcspn(text, " \t");
        if (allowed != NULL && !is_one_of(text, length, allowed))
            return 0;
        text += length;
        count++;
    }
    return count;
}

static bool fail_note(const char *path, const char *key, const struct workload_note *note,
                      const char *phrase, char error[CATALOGUE_ERROR_BYTES])
{
    return fail(error, "%s:%d: %s=%.100s: %s", path, note->line, key, note->text, phrase);
}

static bool take_course(struct catalogue_workload *entry, const struct workload *w,
                        const char *path, char error[CATALOGUE_ERROR_BYTES])
{
    char times[OPTION_TEXT_BYTES], phrase[OPTION_TEXT_BYTES + 8];
    if (w->course.text == NULL ||
        option_time_text(w->course.text, CLOCK_S, workload_interval_ns, &entry->course_ns))
        return true;
    snprintf(phrase, sizeof phrase, "must be %s", option_time_phrase(times, workload_interval_ns));
    return fail_note(path, "course", &w->course, phrase, error);
}

/* The section [bench]. */
static bool take_notes(struct catalogue_workload *entry, const struct workload *w, const char *path,
                       char error[CATALOGUE_ERROR_BYTES])
{
    static const char *const verdicts[] = {"ERRORS", "STARVED", "SERVER-SATURATED",
                                           "NON-STATIONARY", NULL};
    char phrase[COMPANION_ERROR_BYTES];
    if (w->companion.text != NULL &&
        !companion_parse(&entry->companions, w->companion.text, phrase))
        return fail_note(path, "companion", &w->companion, phrase, error);
    if (w->server_options.text != NULL) {
        size_t count = count_words(w->server_options.text, NULL);
        if (count < 1 || count > CATALOGUE_OPTIONS_MOST ||
            strlen(w->server_options.text) >= sizeof entry->server_options)
            return fail_note(path, "server-options", &w->server_options,
                             "must be 1 to 8 words, of 255 bytes in all", error);
        snprintf(entry->server_options, sizeof entry->server_options, "%s", w->server_options.text);
    }
    if (w->also_valid.text != NULL) {
        size_t count = count_words(w->also_valid.text, verdicts);
        if (count < 1 || count >= sizeof verdicts / sizeof *verdicts)
            return fail_note(path, "also-valid", &w->also_valid,
                             "must be one or more of ERRORS STARVED SERVER-SATURATED "
                             "NON-STATIONARY, each once",
                             error);
        snprintf(entry->also_valid, sizeof entry->also_valid, "%s", w->also_valid.text);
    }
    return take_course(entry, w, path, error);
}

/* Reads the file, which shows its mistakes before the first run instead of in the middle. */
static bool load_workload(struct catalogue_workload *entry, const char *path,
                          char error[CATALOGUE_ERROR_BYTES])
{
    struct workload workload;
    char reason[WORKLOAD_ERROR_BYTES];
    *entry = (struct catalogue_workload){0};
    if (!workload_read(&workload, path, reason))
        return fail(error, "%s", reason);
    snprintf(entry->question, sizeof entry->question, "%s",
             workload.question != NULL ? workload.question : "");
    snprintf(entry->expected, sizeof entry->expected, "%s",
             workload.expected != NULL ? workload.expected : "");
    bool good = take_notes(entry, &workload, path, error);
    workload_free(&workload);
    if (!good)
        return false;
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t length = strlen(name) - (is_ini(name) ? strlen(".ini") : 0);
    if (length >= sizeof entry->name || strlen(path) >= sizeof entry->path)
        return fail(error, "%s: the name is too long", path);
    snprintf(entry->name, sizeof entry->name, "%.*s", (int)length, name);
    snprintf(entry->path, sizeof entry->path, "%s", path);
    return checksum_of_file(entry->checksum, path) ||
           fail(error, "cannot read %s: %s", path, strerror(errno));
}

static bool add_workload(struct catalogue *c, const char *path, char error[CATALOGUE_ERROR_BYTES])
{
    if (c->workloads_count == CATALOGUE_WORKLOADS_MOST)
        return fail(error, "there are more than %d workloads", CATALOGUE_WORKLOADS_MOST);
    return load_workload(&c->workloads[c->workloads_count++], path, error);
}

bool catalogue_find_workloads(struct catalogue *c, const char *folder,
                              char error[CATALOGUE_ERROR_BYTES])
{
    c->workloads_count = 0;
    DIR *files = opendir(folder);
    if (files == NULL)
        return fail(error, "cannot read the folder %s: %s", folder, strerror(errno));
    bool good = true;
    for (struct dirent *file; good && (file = readdir(files)) != NULL;) {
        char path[CATALOGUE_PATH_BYTES];
        if (file->d_name[0] == '.' || !is_ini(file->d_name))
            continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", folder, file->d_name) >= sizeof path)
            good = fail(error, "%s: the path is too long", folder);
        else
            good = add_workload(c, path, error);
    }
    closedir(files);
    qsort(c->workloads, c->workloads_count, sizeof *c->workloads, compare_workloads);
    return good;
}

bool catalogue_counts(const struct catalogue_workload *workload, const char *verdict)
{
    return strcmp(verdict, "VALID") == 0 || catalogue_lists(workload->also_valid, verdict);
}

bool catalogue_lists(const char *verdicts, const char *verdict)
{
    size_t length = strlen(verdict);
    for (const char *at = verdicts; length > 0; at += strcspn(at, " \t")) {
        at += strspn(at, " \t");
        if (*at == '\0')
            return false;
        if (strncmp(at, verdict, length) == 0 && strchr(" \t", at[length]) != NULL)
            return true;
    }
    return false;
}

/* ---- choosing ---- */

void catalogue_choose_lecture(struct catalogue *c)
{
    size_t count = 0;
    while (count < c->workloads_count && rank_of(c->workloads[count].name) < LECTURE)
        count++;
    c->workloads_count = count; /* they stand first */
}

/* The next item of a comma list; *list moves behind it, to NULL behind the last. False when the
 * item is empty or too long. */
static bool take_item(const char **list, char item[CATALOGUE_PATH_BYTES])
{
    size_t length = strcspn(*list, ",");
    if (length == 0 || length >= CATALOGUE_PATH_BYTES)
        return false;
    snprintf(item, CATALOGUE_PATH_BYTES, "%.*s", (int)length, *list);
    *list = (*list)[length] == ',' ? *list + length + 1 : NULL;
    return true;
}

/* Appends a name to a list for a message. */
static void list_name(char *text, size_t bytes, const char *name)
{
    size_t length = strlen(text);
    snprintf(text + length, bytes - length, "%s%s", length > 0 ? ", " : "", name);
}

static const struct catalogue_model *find_model(const struct catalogue_model *models, size_t count,
                                                const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(models[i].name, name) == 0)
            return &models[i];
    return NULL;
}

static bool unknown_model(const struct catalogue *c, const char *name,
                          char error[CATALOGUE_ERROR_BYTES])
{
    char known[768] = "";
    for (size_t i = 0; i < c->models_count; i++)
        list_name(known, sizeof known, c->models[i].name);
    return fail(error, "--models: there is no model %.64s; there are %s", name, known);
}

bool catalogue_choose_models(struct catalogue *c, const char *list,
                             char error[CATALOGUE_ERROR_BYTES])
{
    struct catalogue_model chosen[CATALOGUE_MODELS_MOST];
    size_t count = 0;
    while (list != NULL) {
        char item[CATALOGUE_PATH_BYTES];
        if (!take_item(&list, item))
            return fail(error, "--models: a name in the list is empty or too long");
        const struct catalogue_model *model = find_model(c->models, c->models_count, item);
        if (model == NULL)
            return unknown_model(c, item, error);
        if (find_model(chosen, count, item) == NULL)
            chosen[count++] = *model;
    }
    memcpy(c->models, chosen, count * sizeof *chosen);
    c->models_count = count;
    return true;
}

static const struct catalogue_workload *find_workload(const struct catalogue_workload *workloads,
                                                      size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(workloads[i].name, name) == 0)
            return &workloads[i];
    return NULL;
}

/* An item of the list, by name or by path. */
static bool resolve_workload(const struct catalogue *c, const char *item,
                             struct catalogue_workload *workload, char error[CATALOGUE_ERROR_BYTES])
{
    if (strchr(item, '/') != NULL || is_ini(item))
        return load_workload(workload, item, error);
    const struct catalogue_workload *known = find_workload(c->workloads, c->workloads_count, item);
    if (known != NULL) {
        *workload = *known;
        return true;
    }
    char names[768] = "";
    for (size_t i = 0; i < c->workloads_count; i++)
        list_name(names, sizeof names, c->workloads[i].name);
    return fail(error, "--workloads: there is no workload %.64s; there are %s", item, names);
}

bool catalogue_choose_workloads(struct catalogue *c, const char *list,
                                char error[CATALOGUE_ERROR_BYTES])
{
    struct catalogue_workload chosen[CATALOGUE_WORKLOADS_MOST], workload;
    size_t count = 0;
    while (list != NULL) {
        char item[CATALOGUE_PATH_BYTES];
        if (!take_item(&list, item))
            return fail(error, "--workloads: a name in the list is empty or too long");
        if (!resolve_workload(c, item, &workload, error))
            return false;
        const struct catalogue_workload *same = find_workload(chosen, count, workload.name);
        if (same != NULL && strcmp(same->path, workload.path) == 0)
            continue;
        if (same != NULL)
            return fail(error, "--workloads: two files are named %s", workload.name);
        if (count == CATALOGUE_WORKLOADS_MOST)
            return fail(error, "--workloads: more than %d", CATALOGUE_WORKLOADS_MOST);
        chosen[count++] = workload;
    }
    memcpy(c->workloads, chosen, count * sizeof *chosen);
    c->workloads_count = count;
    return true;
}
