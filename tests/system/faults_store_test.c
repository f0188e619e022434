/* Faults 24 to 26: the store and what it stands on.
 *
 * 24  The disk is full, or a file may not grow (SIGXFSZ): a write gets an error, what was there can
 *     be read and is whole, nobody dies, and when there is room again it is used. Nor if there is
 *     nowhere to store anything.
 * 25  Processes that are killed as they read: their slots and pages are found again, though more
 *     are killed than there are slots, and at once: the store does not grow meanwhile. No child
 *     uses what its parent has opened. The same without a server: unit.store_share.
 * 26  Keys that LMDB does not take: the empty one is a key, one too long an error, and never
 *     shortened to another. */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fault.h"
#include "store_readers.h"

/* ---- a folder in which servers keep their data ---- */

static char folder[] = "/tmp/faults-store-XXXXXX";

static void make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(setenv("TMPDIR", folder, 1), 0);
}

static void remove_folder(void)
{
    cr_expect_eq(rmdir(folder), 0, "something is left in %s: %m", folder);
}

TestSuite(faults_store, .init = make_folder, .fini = remove_folder);

/* ---- 24: no room ---- */

enum { VALUE = 10000, FIRST_KEY = 100, MOST_KEYS = 900 };

/* SET of a key to a value of one letter; true if that is OK, and then or not the reply is in `p`.
 */
static bool set(struct peer *p, int key, char letter)
{
    static char request[VALUE + 64];
    int head =
        snprintf(request, sizeof request, "*3\r\n$3\r\nSET\r\n$3\r\n%d\r\n$%d\r\n", key, VALUE);
    memset(request + head, letter, VALUE);
    memcpy(request + head + VALUE, "\r\n", 2);
    peer_forget(p);
    peer_send(p, request, (size_t)head + VALUE + 2);
    return peer_await_ending(p, "\r\n", 2) && *p->in == '+';
}

/* Keys from FIRST_KEY on until one is refused, whose number is returned. */
static int fill(struct peer *p)
{
    int key = FIRST_KEY;
    while (key < FIRST_KEY + MOST_KEYS - 1 && set(p, key, 'x'))
        key++;
    return key;
}

/* The whole value, of this letter and nothing else. */
static void expect_value(struct peer *p, int key, char letter)
{
    char request[32];
    snprintf(request, sizeof request, "GET %d\r\nECHO done\r\n", key);
    peer_forget(p);
    peer_send_text(p, request);
    cr_assert(peer_await_ending(p, "done\r\n", 6), "%.*s", (int)p->length, p->in);
    size_t same = 0, head = strlen("$10000\r\n");
    while (head + same < p->length && p->in[head + same] == letter)
        same++;
    cr_expect(memcmp(p->in, "$10000\r\n", head) == 0 && same == VALUE, "key %d: %zu of %d bytes",
              key, same, (int)VALUE);
}

/* From a store that is empty and small to one that has been full. Leaves no key but n. */
static void use_up(const struct server *s)
{
    static const char full[] = "-ERR the store is full\r\n";
    struct peer p;
    char request[64];
    fault_connect(&p, s);
    cr_expect(peer_ask(&p, "SET n 5\r\n", "+OK\r\n"));
    int key = fill(&p);
    cr_expect(key > FIRST_KEY + 10 && key < FIRST_KEY + MOST_KEYS - 1 &&
                  p.length == sizeof full - 1 && memcmp(p.in, full, p.length) == 0,
              "%s: key %d: \"%.*s\"", s->model->name, key, (int)p.length, p.in);
    snprintf(request, sizeof request, "GET n\r\nEXISTS 100 %d %d\r\nGET %d\r\n", key - 1, key, key);
    cr_expect(peer_ask(&p, request, "$1\r\n5\r\n:2\r\n$-1\r\n"), "%.*s", (int)p.length, p.in);
    /* Either the old value or the new one. */
    bool changed = set(&p, FIRST_KEY, 'y');
    expect_value(&p, FIRST_KEY, changed ? 'y' : 'x');
    expect_value(&p, key - 1, 'x');
    if (server_serves_many(s->model))
        fault_expect_prompt_answer(s);
    cr_expect(peer_ask(&p, "FLUSHALL\r\nSET n 6\r\nINCR n\r\n", "+OK\r\n+OK\r\n:7\r\n"), "%.*s",
              (int)p.length, p.in);
    key = fill(&p);
    cr_expect(key > FIRST_KEY + 10, "%s: key %d: \"%.*s\"", s->model->name, key, (int)p.length,
              p.in);
    cr_expect(peer_ask(&p, "FLUSHALL\r\n", "+OK\r\n"));
    peer_close(&p);
}

static void start_with_data(struct server *s, const struct server_model *model,
                            const char *max_clients)
{
    char option[64];
    snprintf(option, sizeof option, "--data=%s/data", folder);
    server_start(s, model, (const char *[]){option, max_clients, NULL});
}

static void remove_data(void)
{
    static const char *const files[] = {"/data.mdb", "/lock.mdb", ""};
    char path[64];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(path, sizeof path, "%s/data%s", folder, files[i]);
        cr_expect_eq(remove(path), 0, "%s: %m", path);
    }
}

FAULT_TEST(faults_store, fault_24_full_disk, FAULT_ALL)
{
    struct server server;
    if (mount("faults-store", folder, "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, "size=1m") != 0) {
        int failure = errno;
        remove_folder(); /* a skipped test is not finished */
        cr_skip_test("cannot mount a small disk: %s", strerror(failure));
    }
    start_with_data(&server, model, "--max-clients=100");
    struct fault_base base = fault_base(&server);
    use_up(&server);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
    remove_data();
    cr_expect_eq(umount(folder), 0, "%m");
}

/* The limit binds root as well. That of the children to come is the parent's. */
FAULT_TEST(faults_store, fault_24_file_that_may_not_grow, FAULT_ALL)
{
    struct server server;
    struct peer p;
    start_with_data(&server, model, "--max-clients=100");
    struct fault_base base = fault_base(&server);
    rlim_t before = fault_limit(&server, RLIMIT_FSIZE, 1 << 20);
    use_up(&server);
    fault_connect(&p, &server);
    int key = fill(&p);
    fault_limit(&server, RLIMIT_FSIZE, 64 << 10); /* no write is cut short now: each is a SIGXFSZ */
    cr_expect(!set(&p, key, 'z') && *p.in == '-', "%s: \"%.*s\"", model->name, (int)p.length, p.in);
    expect_value(&p, FIRST_KEY, 'x');
    peer_close(&p);
    fault_limit(&server, RLIMIT_FSIZE, before);
    fault_connect(&p, &server);
    cr_expect(set(&p, key, 'z'), "%s: there is room again: \"%.*s\"", model->name, (int)p.length,
              p.in);
    expect_value(&p, key, 'z');
    peer_close(&p);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") == 0, "%s", served);
    free(served);
    remove_data();
}

/* Nothing can be opened: each client is told so, the log once a second by all of them together; and
 * when the folder is there again it is used. */
FAULT_TEST(faults_store, fault_24_nowhere_to_store, FAULT_ALL)
{
    enum { CLIENTS = 50 };
    static const char failed[] = "-ERR the store failed; the server's messages say why\r\n";
    struct server server;
    struct peer p;
    char data[64];
    start_with_data(&server, model, "--max-clients=100");
    snprintf(data, sizeof data, "%s/data", folder);
    remove_data();
    int64_t start_ns = clock_now_ns();
    for (int i = 0; i < CLIENTS; i++) {
        fault_connect(&p, &server);
        cr_expect(peer_ask(&p, "INCR n\r\n", failed), "%s: \"%.*s\"", model->name, (int)p.length,
                  p.in);
        peer_close(&p);
    }
    int seconds = (int)((clock_now_ns() - start_ns) / CLOCK_S), said = fault_messages(&server);
    cr_expect(said >= 1 && said <= seconds + 1, "%s: %d lines in %d s", model->name, said, seconds);
    cr_assert_eq(mkdir(data, 0700), 0, "%s: %m", data);
    struct fault_base base = fault_base(&server);
    fault_connect(&p, &server);
    cr_expect(peer_ask(&p, "INCR n\r\n", ":1\r\n"), "%s: \"%.*s\"", model->name, (int)p.length,
              p.in);
    peer_close(&p);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
    remove_data();
}

/* ---- 25: killed as they read ---- */

/* More than there are slots for readers: 16, and one for each client. */
enum { KILLS = 40, CLIENTS_AT_MOST = 8, LARGE_BYTES = 4 << 20 };

static void set_large(const struct server *s)
{
    static char request[LARGE_BYTES + 64];
    struct peer p;
    int head =
        snprintf(request, sizeof request, "*3\r\n$3\r\nSET\r\n$1\r\nv\r\n$%d\r\n", LARGE_BYTES);
    memset(request + head, 'v', LARGE_BYTES);
    memcpy(request + head + LARGE_BYTES, "\r\n", 2);
    fault_connect(&p, s);
    peer_send(&p, request, (size_t)head + LARGE_BYTES + 2);
    cr_expect(peer_await_ending(&p, "+OK\r\n", 5), "%s: \"%.*s\"", s->model->name, (int)p.length,
              p.in);
    peer_close(&p);
}

enum { LOOKED_FOR = 200000, KEY_BYTES = 7 };

/* So many keys in one request are looked for in one transaction, which takes a tenth of a second.
 */
static const char *long_request(size_t *length)
{
    static char request[64 + LOOKED_FOR * KEY_BYTES];
    *length = (size_t)sprintf(request, "*%d\r\n$6\r\nEXISTS\r\n", LOOKED_FOR + 1);
    for (int i = 0; i < LOOKED_FOR; i++, *length += KEY_BYTES)
        memcpy(request + *length, "$1\r\nv\r\n", KEY_BYTES);
    return request;
}

static MDB_env *look_at_data(void)
{
    char data[64];
    snprintf(data, sizeof data, "%s/data", folder);
    return store_readers_open(data);
}

/* Kills the process of a client as soon as it is seen in the middle of it. True if it was killed
 * before the end: what it held is then held by nobody. */
static bool kill_once(const struct server *s, MDB_env *data)
{
    struct peer p;
    char news[64];
    size_t length;
    const char *request = long_request(&length);
    fault_connect(&p, s);
    pid_t child = (pid_t)fault_info(&p, "handler_process_id");
    peer_send(&p, request, length);
    while (!store_readers_have(data, child) && !fault_hears_within(&p, 1))
        ;
    kill(child, SIGKILL);
    snprintf(news, sizeof news, "child %d was killed by signal 9", (int)child);
    process_await_error(&s->process, news);
    peer_close(&p);
    return store_readers_have(data, child);
}

/* Returns how many had to be killed for one that leaves its slot behind. */
static int kill_reader(const struct server *s, MDB_env *data)
{
    int kills = 1;
    while (!kill_once(s, data))
        kills++;
    return kills;
}

static bool has_opened_data(pid_t pid)
{
    char command[96];
    snprintf(command, sizeof command, "ls -l /proc/%d/fd | grep -c '[.]mdb'", (int)pid);
    struct outcome o = process_run((const char *[]){"sh", "-c", command, NULL});
    bool has = atoi(o.out) > 0;
    outcome_free(&o);
    return has;
}

FAULT_TEST(faults_store, fault_25_killed_readers, FAULT_PROCESSES)
{
    struct server server;
    struct peer p;
    int kills = 0;
    start_with_data(&server, model, "--max-clients=8");
    struct fault_base base = fault_base(&server);
    MDB_env *data = look_at_data();
    set_large(&server);
    for (int i = 0; i < KILLS; i++)
        kills += kill_reader(&server, data);
    cr_expect(!has_opened_data(server.process.pid), "%s: the parent has opened the store",
              model->name);
    set_large(&server);
    fault_connect(&p, &server);
    cr_expect(peer_ask(&p, "INCR n\r\nEXISTS v n\r\n", ":1\r\n:2\r\n"), "%.*s", (int)p.length,
              p.in);
    cr_expect(has_opened_data((pid_t)fault_info(&p, "handler_process_id")));
    peer_close(&p);
    mdb_env_close(data);
    fault_expect_clean(&server, base);
    char *served = server_stop(&server, SIGTERM);
    cr_expect(field_number(served, "children_killed") == kills, "%d: %s", kills, served);
    free(served);
    remove_data();
}

/* So many changes by somebody who has opened the store before, each in a transaction of its own. */
static void change_often(struct peer *p)
{
    enum { CHANGES = 3000 };
    for (int i = 0; i < CHANGES; i++)
        peer_send_text(p, "INCR n\r\n");
    cr_expect(peer_await_ending(p, ":3001\r\n", 7), "%zu bytes", p->length);
}

/* The pages that a change replaces are used again by the next but one, unless a reader may look at
 * them: were a dead one thought to, each change would add some, 30 MiB in all. */
FAULT_TEST(faults_store, fault_25_killed_reader_holds_no_pages, FAULT_PROCESSES)
{
    enum { LARGE = 1 << 20 };
    struct server server;
    struct peer p;
    struct stat file;
    char path[64];
    start_with_data(&server, model, "--max-clients=8");
    struct fault_base base = fault_base(&server);
    MDB_env *data = look_at_data();
    fault_connect(&p, &server);
    cr_expect(peer_ask(&p, "FLUSHALL\r\nINCR n\r\n", "+OK\r\n:1\r\n"));
    peer_forget(&p);
    kill_reader(&server, data);
    change_often(&p);
    snprintf(path, sizeof path, "%s/data/data.mdb", folder);
    cr_assert_eq(stat(path, &file), 0, "%s: %m", path);
    cr_expect(file.st_size < LARGE, "%s: %lld bytes", model->name, (long long)file.st_size);
    peer_close(&p);
    mdb_env_close(data);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
    remove_data();
}

/* ---- 26: keys ---- */

FAULT_TEST(faults_store, fault_26_keys, FAULT_ALL)
{
    enum { LONGEST = 510 };
    static const char too_long[] = "-ERR key is longer than 510 bytes\r\n";
    char key[LONGEST + 2], requests[8 * LONGEST], replies[8 * sizeof too_long];
    struct server server;
    struct peer p;
    memset(key, 'k', sizeof key);
    key[LONGEST + 1] = '\0';
    server_start(&server, model, NULL);
    struct fault_base base = fault_base(&server);
    fault_connect(&p, &server);
    snprintf(
        requests, sizeof requests,
        "SET %.510s 1\r\nSET %s 2\r\nINCR %s\r\nDEL %s\r\nEXISTS %s\r\nGET %s\r\nGET %.510s\r\n",
        key, key, key, key, key, key, key);
    snprintf(replies, sizeof replies, "+OK\r\n%s%s%s%s%s$1\r\n1\r\n", too_long, too_long, too_long,
             too_long, too_long);
    cr_expect(peer_ask(&p, requests, replies), "%s: %.*s", model->name, (int)p.length, p.in);
    cr_expect(peer_ask(&p, "SET \"\" empty\r\nGET \"\"\r\nDBSIZE\r\nDEL \"\"\r\nDBSIZE\r\n",
                       "+OK\r\n$5\r\nempty\r\n:2\r\n:1\r\n:1\r\n"),
              "%s: %.*s", model->name, (int)p.length, p.in);
    peer_close(&p);
    fault_expect_clean(&server, base);
    free(server_stop(&server, SIGTERM));
}
