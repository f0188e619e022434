#include "server.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "process_state.h"

enum { MOST_BINARIES = 16, MOST_OPTIONS = 16 };

char **server_binaries(void)
{
    static char *list[MOST_BINARIES + 1];
    if (list[0] != NULL)
        return list;
    const char *from_environment = getenv("SERVERS");
    char *rest = strdup(from_environment != NULL ? from_environment : SERVERS);
    for (size_t i = 0; i < MOST_BINARIES && rest != NULL; i++)
        list[i] = strsep(&rest, ":");
    return list;
}

struct list {
    struct server_model *models;
    size_t count;
};

static bool is_wanted(const struct list *list, const struct server_model *model)
{
    const char *which = getenv("SERVER_VARIANTS");
    bool is_first =
        list->count == 0 || strcmp(list->models[list->count - 1].model, model->model) != 0;
    if (which == NULL || strcmp(which, "all") == 0)
        return true;
    return is_first ||
           (strcmp(which, "threads") == 0 && strstr(model->binary, "server_threads") != NULL);
}

static void add_variant(struct list *list, struct server_model model)
{
    if (!is_wanted(list, &model))
        return;
    snprintf(model.name, sizeof model.name, "%s%s%s", model.model, *model.variant ? " " : "",
             model.variant);
    list->models = realloc(list->models, (list->count + 1) * sizeof *list->models);
    list->models[list->count++] = model;
}

/* A line of --list-models: name, summary and perhaps options, with tabs between. An option that
 * lists its values, "--accept=queue|direct", makes a variant of each. */
static void add_model(struct list *list, const char *binary, char *line)
{
    struct server_model model = {0};
    snprintf(model.binary, sizeof model.binary, "%s", binary);
    snprintf(model.model, sizeof model.model, "%s", strsep(&line, "\t"));
    cr_assert(strsep(&line, "\t") != NULL, "%s --list-models: %s", binary, model.model);
    bool has_variants = false;
    for (char *option; (option = strsep(&line, " ")) != NULL;) {
        model.has_workers |= strcmp(option, "--workers") == 0;
        char *values = strchr(option, '=');
        has_variants |= values != NULL;
        if (values == NULL)
            continue;
        *values++ = '\0';
        for (char *value; (value = strsep(&values, "|")) != NULL;) {
            snprintf(model.variant, sizeof model.variant, "%s=%s", option, value);
            add_variant(list, model);
        }
    }
    if (!has_variants)
        add_variant(list, model);
}

/* Adds the models that a binary lists, one a line. */
static void add_models(struct list *models, const char *binary)
{
    struct outcome list = process_run((const char *[]){binary, "--list-models", NULL});
    cr_assert(list.status == 0, "%s --list-models: exit status %d, \"%s\"", binary, list.status,
              list.err);
    size_t before = models->count;
    char *rest = list.out;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        if (*line != '\0')
            add_model(models, binary, line);
    cr_assert(models->count > before, "%s lists no model", binary);
    outcome_free(&list);
}

struct server_model *server_models(size_t *count)
{
    struct list all = {0};
    for (char **binary = server_binaries(); *binary != NULL; binary++)
        add_models(&all, *binary);
    *count = all.count;
    return all.models;
}

static void free_parameters(struct criterion_test_params *parameters)
{
    cr_free(parameters->params);
}

struct criterion_test_params server_model_parameters(void)
{
    size_t count;
    struct server_model *list = server_models(&count);
    struct server_model *models = cr_malloc(count * sizeof *models);
    memcpy(models, list, count * sizeof *models);
    free(list);
    return cr_make_param_array(struct server_model, models, count, free_parameters);
}

bool server_serves_many(const struct server_model *model)
{
    return strcmp(model->model, "one-at-a-time") != 0;
}

bool server_works_on_many(const struct server_model *model)
{
    return server_serves_many(model) && strcmp(model->model, "multiplexed") != 0;
}

char *field_text(const char *line, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = line; (at = strstr(at, key)) != NULL; at += length)
        if ((at == line || at[-1] == ' ') && at[length] == '=')
            return strndup(at + length + 1, strcspn(at + length + 1, " "));
    return NULL;
}

double field_number(const char *line, const char *key)
{
    char *text = field_text(line, key);
    cr_assert(text != NULL, "no %s= in \"%s\"", key, line);
    char *end;
    double number = strtod(text, &end);
    cr_assert(end != text && *end == '\0', "%s=%s is no number in \"%s\"", key, text, line);
    free(text);
    return number;
}

/* Fills the socket address for a numeric host and s->port. */
static void set_address(struct server *s, const char *host)
{
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(s->port)};
    if (inet_pton(AF_INET, host, &in4.sin_addr) == 1) {
        memcpy(&s->address, &in4, sizeof in4);
        s->address_length = sizeof in4;
    } else {
        cr_assert(inet_pton(AF_INET6, host, &in6.sin6_addr) == 1, "address=%s", host);
        memcpy(&s->address, &in6, sizeof in6);
        s->address_length = sizeof in6;
    }
}

void server_start(struct server *s, const struct server_model *model, const char *const options[])
{
    server_start_for(s, model, SERVER_WORKERS, options);
}

/* From the environment; *words, which they are in, is to be freed after them. */
static size_t add_common_options(const char *arguments[], size_t count, char **words)
{
    const char *common = getenv("SERVER_OPTIONS");
    char *rest = *words = strdup(common != NULL ? common : "");
    for (char *word; (word = strsep(&rest, " ")) != NULL;) {
        cr_assert(count < MOST_OPTIONS - 1);
        if (*word != '\0')
            arguments[count++] = word;
    }
    return count;
}

void server_start_for(struct server *s, const struct server_model *model, int clients,
                      const char *const options[])
{
    char workers[32], *words;
    const char *arguments[MOST_OPTIONS] = {model->binary, "--port=0", "--model", model->model};
    size_t count = add_common_options(arguments, 4, &words);
    if (model->has_workers) {
        snprintf(workers, sizeof workers, "--workers=%d", clients);
        arguments[count++] = workers;
    }
    if (*model->variant != '\0')
        arguments[count++] = model->variant;
    for (; options != NULL && *options != NULL; options++) {
        cr_assert(count < MOST_OPTIONS - 1);
        arguments[count++] = *options;
    }
    *s = (struct server){.model = model};
    process_adopt_orphans();
    process_start(&s->process, arguments);
    free(words);
    s->ready = process_line(&s->process);
    if (s->ready == NULL || strncmp(s->ready, "ready ", 6) != 0) {
        char *errors = process_errors(&s->process);
        cr_assert_fail("%s %s printed no ready line but \"%s\" and \"%s\"", model->binary,
                       model->name, s->ready != NULL ? s->ready : "", errors);
    }
    s->port = (uint16_t)field_number(s->ready, "port");
    char *host = field_text(s->ready, "address");
    cr_assert(host != NULL, "no address= in \"%s\"", s->ready);
    set_address(s, host);
    free(host);
}

char *server_stop(struct server *s, int signal_number)
{
    const char *name = s->model->name;
    process_signal(&s->process, signal_number);
    int status = process_wait(&s->process);
    char *errors = process_errors(&s->process);
    cr_assert(process_exit_status(status) == 0, "%s: exit status %d, complained \"%s\"", name,
              process_exit_status(status), errors);
    /* A child's sanitizer speaks without a say in this status. */
    cr_expect(strstr(errors, "Sanitizer") == NULL && strstr(errors, "runtime error") == NULL,
              "%s: %s", name, errors);
    free(errors);
    char *line = s->process.text;
    cr_assert(strncmp(line, "served ", 7) == 0 &&
                  strchr(line, '\n') == line + s->process.length - 1,
              "%s: last words are not one served line: \"%s\"", name, line);
    char *served = strndup(line + 7, s->process.length - 8);
    free(s->ready);
    process_free(&s->process);
    return served;
}

static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(bind(fd, (struct sockaddr *)&address, length) == 0 &&
                  getsockname(fd, (struct sockaddr *)&address, &length) == 0,
              "no free port: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}

void server_start_redis(struct server *s)
{
    *s = (struct server){.port = free_port(), .folder = "/tmp/redis-XXXXXX"};
    cr_assert(mkdtemp(s->folder) != NULL, "mkdtemp: %s", strerror(errno));
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)s->port);
    process_start(&s->process,
                  (const char *[]){"redis-server", "--bind", "127.0.0.1", "--port", port, "--save",
                                   "", "--appendonly", "no", "--dir", s->folder, NULL});
    set_address(s, "127.0.0.1");
    char *line;
    bool ready = false;
    while (!ready && (line = process_line(&s->process)) != NULL) {
        ready = strstr(line, "Ready to accept connections") != NULL;
        free(line);
    }
    cr_assert(ready, "redis-server does not start on port %s", port);
}

void server_stop_redis(struct server *s)
{
    kill(s->process.pid, SIGTERM);
    process_wait(&s->process);
    process_free(&s->process);
    cr_expect(rmdir(s->folder) == 0, "rmdir %s: %s", s->folder, strerror(errno));
}

static bool is_any_stopped(const struct server *s)
{
    pid_t members[64];
    size_t most = sizeof members / sizeof *members;
    size_t count = process_members(&s->process, members, most);
    for (size_t i = 0; i < count && i < most; i++)
        if (process_state(members[i]) == 'T')
            return true;
    return false;
}

void server_go_on(const struct server *s)
{
    enum { TIMES = 10, PAUSE_MS = 5 };
    for (int i = 0; i < TIMES; i++) {
        if (i == 0 || is_any_stopped(s))
            kill(-s->process.pid, SIGCONT);
        usleep(PAUSE_MS * 1000);
    }
}
