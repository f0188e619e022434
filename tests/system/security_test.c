/* What a server allows by default, and what it gives up: who reaches it, who it is, what it says.
 */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "peer.h"

#define MODEL_TEST(NAME)                                                                           \
    ParameterizedTestParameters(security, NAME)                                                    \
    {                                                                                              \
        return server_model_parameters();                                                          \
    }                                                                                              \
    ParameterizedTest(struct server_model *model, security, NAME, .timeout = 60)

enum { MOST_PROCESSES = 64 };

/* With few clients: a poller that cannot have many would say so. */
static void start(struct server *s, const struct server_model *model, const char *const options[])
{
    enum { MOST_OPTIONS = 8 };
    const char *all[MOST_OPTIONS] = {"--max-clients=100"};
    for (size_t count = 1; options != NULL && *options != NULL; options++) {
        cr_assert(count < MOST_OPTIONS - 1);
        all[count++] = *options;
    }
    server_start(s, model, all);
}

static void enter(struct peer *p, const struct server *s)
{
    cr_assert(peer_connect(p, s), "%s: no connection: %m", s->model->name);
    cr_assert(peer_ask(p, "PING\r\n", "+PONG\r\n"), "%s does not answer", s->model->name);
}

/* ---- who reaches it ---- */

/* The same port of another address of this machine's. */
static bool is_reached_at(const struct server *s, const char *host)
{
    struct server other = *s;
    struct peer p;
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(s->port)};
    cr_assert(inet_pton(AF_INET, host, &in4.sin_addr) == 1);
    memcpy(&other.address, &in4, sizeof in4);
    other.address_length = sizeof in4;
    if (!peer_connect(&p, &other))
        return false;
    peer_close(&p);
    return true;
}

MODEL_TEST(only_loopback_unless_told)
{
    struct server server;
    start(&server, model, NULL);
    cr_expect(is_reached_at(&server, "127.0.0.1"));
    cr_expect(!is_reached_at(&server, "127.0.0.2"), "%s listens on more than 127.0.0.1",
              model->name);
    char *errors = process_errors(&server.process);
    cr_expect_str_empty(errors, "%s: %s", model->name, errors);
    free(errors);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(wider_warns)
{
    struct server server;
    start(&server, model, (const char *[]){"--host=0.0.0.0", NULL});
    process_await_error(&server.process,
                        "listening on 0.0.0.0: other machines can reach this server");
    if (geteuid() == 0)
        process_await_error(&server.process, "whoever finds a fault in it is root");
    cr_expect(is_reached_at(&server, "127.0.0.2"));
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(nobody_has_more_than_half_where_it_is_wider)
{
    static const char refusal[] = "-ERR max number of clients from this address reached\r\n";
    struct server server;
    struct peer half[2], other;
    if (!server_serves_many(model))
        cr_skip_test("%s has one client at a time; the others wait", model->name);
    start(&server, model, (const char *[]){"--host=0.0.0.0", "--max-clients=4", NULL});
    enter(&half[0], &server);
    enter(&half[1], &server);
    cr_assert(peer_connect(&other, &server));
    cr_expect(peer_await_end(&other) && other.length == sizeof refusal - 1 &&
                  memcmp(other.in, refusal, other.length) == 0,
              "%s: \"%.*s\"", model->name, (int)other.length, other.in);
    peer_close(&other);
    peer_close(&half[0]);
    peer_close(&half[1]);
    free(server_stop(&server, SIGTERM));
}

/* ---- who it is ---- */

/* What stands behind "NAME:" in a status file, to be freed. */
static char *status_field(const char *path, const char *name)
{
    char line[1024], *value = NULL;
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL, "%s: %s", path, strerror(errno));
    size_t length = strlen(name);
    while (value == NULL && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':')
            value = strndup(line + length + 1, strcspn(line + length + 1, "\n"));
    fclose(file);
    cr_assert(value != NULL, "%s has no %s", path, name);
    return value;
}

static void expect_field(const char *path, const char *name, const char *expected)
{
    char *value = status_field(path, name);
    char *at = value + strspn(value, " \t");
    cr_expect_str_eq(at, expected, "%s: %s is \"%s\", not \"%s\"", path, name, at, expected);
    free(value);
}

static void expect_all_four(const char *path, const char *name, unsigned id)
{
    char expected[64];
    snprintf(expected, sizeof expected, "%u\t%u\t%u\t%u", id, id, id, id);
    expect_field(path, name, expected);
}

static void expect_unprivileged(const char *path, const struct passwd *user)
{
    expect_all_four(path, "Uid", (unsigned)user->pw_uid);
    expect_all_four(path, "Gid", (unsigned)user->pw_gid);
    expect_field(path, "CapEff", "0000000000000000");
    expect_field(path, "CapPrm", "0000000000000000");
    char *groups = status_field(path, "Groups");
    char *rest = groups;
    for (char *group; (group = strsep(&rest, " \t")) != NULL;)
        cr_expect(strcmp(group, "0") != 0, "%s: is in the group of root", path);
    free(groups);
}

/* As far as this test may, it lets its servers write core files. Returns how large. */
static rlim_t allow_cores(void)
{
    struct rlimit cores;
    cr_assert_eq(getrlimit(RLIMIT_CORE, &cores), 0, "%m");
    cores.rlim_cur = cores.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_CORE, &cores), 0, "%m");
    return cores.rlim_max;
}

/* What /proc has of it, since whoever may not set a limit may not ask prlimit either. */
static void expect_cores(pid_t pid, rlim_t expected)
{
    char path[64], line[256] = "", soft[32] = "", hard[32] = "", number[32] = "unlimited";
    snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
    FILE *file = fopen(path, "re");
    cr_assert(file != NULL, "%s: %s", path, strerror(errno));
    while (sscanf(line, "Max core file size %31s %31s", soft, hard) != 2 &&
           fgets(line, sizeof line, file) != NULL)
        ;
    fclose(file);
    if (expected != RLIM_INFINITY)
        snprintf(number, sizeof number, "%ju", (uintmax_t)expected);
    cr_expect(strcmp(soft, number) == 0 && strcmp(hard, number) == 0,
              "%s: %s and %s, not %s, for core files", path, soft, hard, number);
}

/* Each thread of each process of the server; user NULL: whoever it is, it gains nothing. */
static void expect_confined(const struct server *s, const struct passwd *user)
{
    pid_t members[MOST_PROCESSES];
    size_t count = process_members(&s->process, members, MOST_PROCESSES);
    cr_assert(count <= MOST_PROCESSES);
    for (size_t i = 0; i < count; i++) {
        char folder[64], path[512];
        snprintf(folder, sizeof folder, "/proc/%d/task", (int)members[i]);
        expect_cores(members[i], 0);
        DIR *threads = opendir(folder);
        cr_assert(threads != NULL, "%s: %s", folder, strerror(errno));
        for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s/status", folder, entry->d_name);
            expect_field(path, "NoNewPrivs", "1");
            expect_field(path, "Umask", "0077");
            if (user != NULL)
                expect_unprivileged(path, user);
        }
        closedir(threads);
    }
}

/* With a client, so that whoever serves it is there. */
static void expect_confined_service(const struct server_model *model, const char *const options[],
                                    const struct passwd *user)
{
    struct server server;
    struct peer peer;
    allow_cores();
    start(&server, model, options);
    enter(&peer, &server);
    expect_confined(&server, user);
    peer_close(&peer);
    char *errors = process_errors(&server.process);
    cr_expect_str_empty(errors, "%s: %s", model->name, errors);
    free(errors);
    free(server_stop(&server, SIGTERM));
}

MODEL_TEST(gains_no_rights)
{
    expect_confined_service(model, NULL, NULL);
}

/* What crashes on command is there to be looked at. */
MODEL_TEST(core_files_are_for_debugging)
{
    struct server server;
    if (SANITIZED)
        cr_skip_test("a sanitizer forbids core files, which would hold its terabytes");
    rlim_t allowed = allow_cores();
    start(&server, model, (const char *[]){"--enable-debug", NULL});
    expect_cores(server.process.pid, allowed);
    free(server_stop(&server, SIGTERM));
}

static const struct passwd *somebody(void)
{
    if (geteuid() != 0)
        cr_skip_test("only root can become another user");
    const struct passwd *user = getpwnam("nobody");
    cr_assert(user != NULL && user->pw_uid != 0);
    return user;
}

MODEL_TEST(becomes_the_user)
{
    expect_confined_service(model, (const char *[]){"--user=nobody", NULL}, somebody());
}

MODEL_TEST(becomes_the_user_by_number)
{
    char option[32];
    const struct passwd *user = somebody();
    snprintf(option, sizeof option, "--user=%u", (unsigned)user->pw_uid);
    expect_confined_service(model, (const char *[]){option, NULL}, user);
}

MODEL_TEST(user_and_sandbox)
{
    if (SANITIZED)
        cr_skip_test("a sanitizer needs more system calls");
    expect_confined_service(model, (const char *[]){"--user=nobody", "--sandbox", NULL},
                            somebody());
}

static void expect_owner(const char *path, const struct passwd *user, mode_t mode)
{
    struct stat status;
    cr_assert(stat(path, &status) == 0, "%s: %s", path, strerror(errno));
    cr_expect(status.st_uid == user->pw_uid && status.st_gid == user->pw_gid, "%s: owner %u:%u",
              path, (unsigned)status.st_uid, (unsigned)status.st_gid);
    cr_expect((status.st_mode & 0777) == mode, "%s: mode %o", path, (unsigned)status.st_mode);
}

/* A folder that is the user's. */
static void make_folder(char path[64], const struct passwd *user)
{
    strcpy(path, "/tmp/security-XXXXXX");
    cr_assert(mkdtemp(path) != NULL && chown(path, user->pw_uid, user->pw_gid) == 0, "%s: %s", path,
              strerror(errno));
}

/* Stores in a given folder, and in a temporary one that is not left behind, as the user may. */
MODEL_TEST(what_is_stored_is_the_user_s)
{
    char folder[64], data[128], file[256], option[160];
    const struct passwd *user = somebody();
    make_folder(folder, user);
    snprintf(data, sizeof data, "%s/data", folder);
    snprintf(option, sizeof option, "--data=%s", data);
    for (int kept = 1; kept >= 0; kept--) {
        struct server server;
        struct peer peer;
        start(&server, model, (const char *[]){"--user=nobody", kept ? option : NULL, NULL});
        enter(&peer, &server);
        peer_forget(&peer);
        cr_expect(peer_ask(&peer, "INCR n\r\n", ":1\r\n"), "%s: \"%.*s\"", model->name,
                  (int)peer.length, peer.in);
        peer_close(&peer);
        free(server_stop(&server, SIGTERM));
    }
    expect_owner(data, user, 0700);
    static const char *const files[] = {"data.mdb", "lock.mdb"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(file, sizeof file, "%s/%s", data, files[i]);
        expect_owner(file, user, 0600);
        unlink(file);
    }
    cr_expect(rmdir(data) == 0 && rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

/* Root's own rights are not used: a folder that the user may not write to is refused. */
Test(security, a_folder_that_is_not_the_user_s, .timeout = 60)
{
    char folder[] = "/tmp/security-XXXXXX", option[64];
    somebody();
    cr_assert(mkdtemp(folder) != NULL, "%s: %s", folder, strerror(errno));
    snprintf(option, sizeof option, "--data=%s/data", folder);
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        struct outcome o =
            process_run((const char *[]){*binary, "--port=0", "--user=nobody", option, NULL});
        cr_expect(o.status == 1 && *o.out == '\0', "%s: exit status %d", *binary, o.status);
        cr_expect(strstr(o.err, "Permission denied\n") != NULL, "%s: \"%s\"", *binary, o.err);
        outcome_free(&o);
    }
    cr_expect(rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

/* A port that only root may take, and that nobody else does while *fd is open: that has been bound
 * to it alone, and only then allows that others, who allow the same, are bound to it as well. What
 * looks for a port as this does finds it taken; a server does not. 0 if there is none. */
static unsigned reserve_low_port(int *fd)
{
    for (unsigned port = 1023; port > 512; port--) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_port = htons((uint16_t)port),
                                      .sin_addr = {htonl(INADDR_LOOPBACK)}};
        *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(*fd, (struct sockaddr *)&address, sizeof address) == 0 &&
            setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) == 0)
            return port;
        close(*fd);
    }
    return 0;
}

MODEL_TEST(takes_a_port_of_root_first)
{
    char option[32];
    const struct passwd *user = somebody();
    int fd;
    unsigned port = reserve_low_port(&fd);
    cr_assert(port != 0, "every port below 1024 is in use");
    snprintf(option, sizeof option, "--port=%u", port);
    expect_confined_service(model, (const char *[]){"--user=nobody", option, NULL}, user);
    close(fd);
}

/* Runs a server as nobody, who is not root, and who is not daemon. */
static struct outcome run_as_nobody(const char *binary, const char *option)
{
    return process_run((const char *[]){"setpriv", "--reuid=nobody", "--regid=nogroup",
                                        "--clear-groups", binary, "--port=0", option, NULL});
}

Test(security, only_root_becomes_another, .timeout = 60)
{
    somebody();
    if (!program_exists("setpriv"))
        cr_skip_test("setpriv is not installed");
    for (char **binary = server_binaries(); *binary != NULL; binary++) {
        char expected[128];
        const char *name = strrchr(*binary, '/') + 1;
        struct outcome o = run_as_nobody(*binary, "--help");
        bool may_start = o.status == 0;
        outcome_free(&o);
        if (!may_start)
            cr_skip_test("nobody may not start the server where it lies");
        o = run_as_nobody(*binary, "--user=daemon");
        snprintf(expected, sizeof expected,
                 "%s: --user=daemon: only root can become another user\n", name);
        cr_expect(o.status == 1 && *o.out == '\0', "%s: exit status %d, printed \"%s\"", name,
                  o.status, o.out);
        cr_expect_str_eq(o.err, expected);
        outcome_free(&o);
    }
}

/* ---- what it says ---- */

static bool is_printable(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if ((text[i] < ' ' || text[i] > '~') && strchr("\r\n", text[i]) == NULL)
            return false;
    return true;
}

/* Bytes that would colour a terminal, set its title, or end a line in a log. Each request is
 * answered by an error that may quote it. */
MODEL_TEST(raw_bytes_reach_neither_replies_nor_messages)
{
    static const struct {
        const char *bytes;
        size_t length;
    } requests[] = {
#define REQUEST(BYTES) {BYTES, sizeof BYTES - 1}
        REQUEST("\x1b[31mred\x80\xfe\xff\r\n"),
        REQUEST("*1\r\n$6\r\n\x1b]0;a\a\r\n"),
        REQUEST("*1\r\n$9\r\nNO\r\nSUCH\0\r\n"),
        REQUEST("*3\r\n$6\r\nNOSUCH\r\n$4\r\n\x1b[1m\r\n$3\r\n\xff\n\x01\r\n"),
        REQUEST("DEBUG \x1b[2J\r\n"),
        REQUEST("CONFIG \x1b[2J\r\n"),
        REQUEST("CLIENT \x1b[2J\r\n"),
        REQUEST("HELLO \x1b[2J\r\n"),
        REQUEST("*1\r\n\x1b[2J\r\n"),
        REQUEST("*\x1b\xff\r\n"),
#undef REQUEST
    };
    struct server server;
    start(&server, model, (const char *[]){"--verbose", "--enable-debug", NULL});
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        struct peer p;
        cr_assert(peer_connect(&p, &server));
        peer_send(&p, requests[i].bytes, requests[i].length);
        peer_send_text(&p, "QUIT\r\n");
        cr_expect(peer_await_end(&p), "%s: request %zu: no end", model->name, i);
        cr_expect(p.length > 0 && p.in[0] == '-', "%s: request %zu: \"%.*s\"", model->name, i,
                  (int)p.length, p.in);
        cr_expect(is_printable(p.in, p.length), "%s: the reply to request %zu has raw bytes",
                  model->name, i);
        peer_close(&p);
    }
    process_await_error(&server.process, "protocol error");
    char *errors = process_errors(&server.process);
    cr_expect(is_printable(errors, strlen(errors)), "%s has written raw bytes", model->name);
    free(errors);
    free(server_stop(&server, SIGTERM));
}

/* A script of the same name that starts the server without standard input and error. */
static void close_standard_descriptors(struct server_model *model, char folder[64])
{
    char path[sizeof model->binary];
    strcpy(folder, "/tmp/security-XXXXXX");
    cr_assert(mkdtemp(folder) != NULL, "%s: %s", folder, strerror(errno));
    snprintf(path, sizeof path, "%s%s", folder, strrchr(model->binary, '/'));
    FILE *script = fopen(path, "we");
    cr_assert(script != NULL, "%s: %s", path, strerror(errno));
    fprintf(script, "#!/bin/sh\nexec '%s' \"$@\" <&- 2>&-\n", model->binary);
    cr_assert(fchmod(fileno(script), 0700) == 0 && fclose(script) == 0, "%s", path);
    strcpy(model->binary, path);
}

static void expect_nowhere(pid_t pid, int descriptor)
{
    char path[64], target[64] = "";
    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, descriptor);
    cr_expect(readlink(path, target, sizeof target - 1) > 0, "%s: %s", path, strerror(errno));
    cr_expect_str_eq(target, "/dev/null", "%s is %s", path, target);
}

/* Whoever started it has closed some of the three: what it says gets neither into a connection nor
 * into the store, whose descriptors would have taken these numbers. */
MODEL_TEST(standard_descriptors_are_nobody_else_s)
{
    char folder[64];
    pid_t members[MOST_PROCESSES];
    struct server server;
    struct peer p;
    close_standard_descriptors(model, folder);
    start(&server, model, (const char *[]){"--verbose", NULL});
    cr_assert(peer_connect(&p, &server));
    cr_expect(peer_ask(&p, "EXISTS none\r\n", ":0\r\n"));
    size_t count = process_members(&server.process, members, MOST_PROCESSES);
    cr_assert(count <= MOST_PROCESSES);
    for (size_t i = 0; i < count; i++) {
        expect_nowhere(members[i], STDIN_FILENO);
        expect_nowhere(members[i], STDERR_FILENO);
    }
    static const char reply[] = "-ERR Protocol error: invalid multibulk length\r\n";
    peer_forget(&p);
    peer_send_text(&p, "*x\r\n"); /* of which a verbose server speaks */
    cr_expect(peer_await_end(&p) && p.length == sizeof reply - 1 &&
                  memcmp(p.in, reply, p.length) == 0,
              "%s: \"%.*s\"", model->name, (int)p.length, p.in);
    peer_close(&p);
    free(server_stop(&server, SIGTERM));
    cr_expect(unlink(model->binary) == 0 && rmdir(folder) == 0, "%s: %s", folder, strerror(errno));
}

/* ---- under a service manager ---- */

/* The options of the unit's command line, but those that have variables. Overwrites the text; so
 * many at most, then NULL. */
static void unit_options(char *text, const char *options[], size_t most)
{
    static const char key[] = "\nExecStart=";
    size_t count = 0;
    char *line = strstr(text, key);
    cr_assert(line != NULL, "the unit starts nothing");
    line += sizeof key - 1;
    line[strcspn(line, "\n")] = '\0';
    strsep(&line, " "); /* the program */
    for (char *word; (word = strsep(&line, " ")) != NULL;) {
        if (strchr(word, '$') != NULL)
            continue;
        cr_assert(count + 1 < most);
        options[count++] = word;
    }
    options[count] = NULL;
}

MODEL_TEST(the_unit_s_command_line_serves)
{
    if (SANITIZED)
        cr_skip_test("a sanitizer needs more system calls");
    char text[8192];
    const char *options[8];
    FILE *file = fopen(UNIT_FILE, "re");
    cr_assert(file != NULL, "%s: %s", UNIT_FILE, strerror(errno));
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    unit_options(text, options, sizeof options / sizeof *options);
    expect_confined_service(model, options, NULL);
}
