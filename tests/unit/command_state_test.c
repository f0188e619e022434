/* The commands on shared state, through a session: their replies, and their errors. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "service.h"
#include "session.h"
#include "stats.h"
#include "store_folder.h"

static struct service service;

static void set_up(void)
{
    store_folder_begin();
    service = (struct service){.pending_bytes = SESSION_FULL_BYTES,
                               .limits = resp_default_limits,
                               .stats = stats_create(0),
                               .store = store_with(1 << 20)};
    cr_assert_not_null(service.stats);
}

static void tear_down(void)
{
    store_destroy(service.store);
    stats_destroy(service.stats);
    store_folder_end();
}

TestSuite(command_state, .init = set_up, .fini = tear_down);

static void converse(struct session *session, const char *input, size_t length, struct buf *out)
{
    struct buf in = buf_over(NULL, 0);
    cr_assert(buf_append(&in, input, length));
    while (session_run(session, &in, out) == SESSION_FULL)
        ;
    cr_expect_eq(buf_length(&in), 0);
    buf_free(&in);
}

static void assert_answers(const char *input, const char *expected)
{
    struct session session;
    struct buf out = buf_over(NULL, 0);
    session_init(&session, &service);
    converse(&session, input, strlen(input), &out);
    cr_expect(buf_length(&out) == strlen(expected) &&
                  memcmp(buf_head(&out), expected, strlen(expected)) == 0,
              "%.99s: got %.*s", input, (int)buf_length(&out), buf_head(&out));
    session_free(&session);
    buf_free(&out);
}

Test(command_state, all_sessions_see_the_same)
{
    assert_answers("SET k v\r\nGET k\r\nINCR n\r\n", "+OK\r\n$1\r\nv\r\n:1\r\n");
    assert_answers("GET k\r\nINCRBY n 41\r\nGET n\r\nDBSIZE\r\n",
                   "$1\r\nv\r\n:42\r\n$2\r\n42\r\n:2\r\n");
    assert_answers("FLUSHALL\r\nGET k\r\nDBSIZE\r\n", "+OK\r\n$-1\r\n:0\r\n");
}

Test(command_state, keys_and_values_are_bytes)
{
    assert_answers("SET \"\" \"\"\r\nGET \"\"\r\nSET \"a\\x00\" \"\\r\\n\"\r\nGET \"a\\x00\"\r\n"
                   "GET a\r\nEXISTS \"\" \"\" a\r\nDEL \"\" \"\" a\r\n",
                   "+OK\r\n$0\r\n\r\n+OK\r\n$2\r\n\r\n\r\n$-1\r\n:2\r\n:1\r\n");
}

Test(command_state, set_has_conditions)
{
    assert_answers("SET k 1 XX\r\nSET k 1 NX GET\r\nSET k 2 NX\r\nSET k 2 nx get\r\n"
                   "SET k 3 get XX keepttl\r\nGET k\r\nSET k 4 NX XX\r\nSET k 4 EX 10\r\n"
                   "SET k 4 get get\r\nGET k\r\n",
                   "$-1\r\n$-1\r\n$-1\r\n$1\r\n1\r\n"
                   "$1\r\n1\r\n$1\r\n3\r\n-ERR syntax error\r\n-ERR syntax error\r\n"
                   "$1\r\n3\r\n$1\r\n4\r\n");
}

Test(command_state, nothing_has_a_form_of_its_own_in_version_3)
{
    struct session session;
    struct buf out = buf_over(NULL, 0);
    static const char input[] = "GET k\r\nSET k 1 XX\r\nSET k 1 GET\r\n";
    session_init(&session, &service);
    session.version = 3;
    converse(&session, input, sizeof input - 1, &out);
    cr_expect(buf_length(&out) == 9 && memcmp(buf_head(&out), "_\r\n_\r\n_\r\n", 9) == 0, "%.*s",
              (int)buf_length(&out), buf_head(&out));
    session_free(&session);
    buf_free(&out);
}

#define NOT_INTEGER "-ERR value is not an integer or out of range\r\n"
#define OVERFLOW    "-ERR increment or decrement would overflow\r\n"

Test(command_state, integers_are_strict)
{
    assert_answers("SET n 9223372036854775807\r\nINCR n\r\nDECRBY n -1\r\nDECR n\r\n"
                   "SET n -9223372036854775808\r\nDECR n\r\nINCRBY n -1\r\n"
                   "DECRBY n -9223372036854775808\r\nINCRBY n 9223372036854775808\r\n"
                   "INCRBY n 1x\r\nGET n\r\nSET n 01\r\nINCR n\r\nGET n\r\n",
                   "+OK\r\n" OVERFLOW OVERFLOW ":9223372036854775806\r\n"
                   "+OK\r\n" OVERFLOW OVERFLOW
                   "-ERR decrement would overflow\r\n" NOT_INTEGER NOT_INTEGER
                   "$20\r\n-9223372036854775808\r\n+OK\r\n" NOT_INTEGER "$2\r\n01\r\n");
    cr_expect_eq(stats_get(service.stats, STATS_ERROR_REPLIES), 8);
}

static void put_x(FILE *to, int times)
{
    while (times-- > 0)
        putc('x', to);
}

Test(command_state, long_keys_and_values_are_refused)
{
    char *input;
    size_t length;
    FILE *to = open_memstream(&input, &length);
    fprintf(to, "GET ");
    put_x(to, STORE_KEY_BYTES);
    fprintf(to, "\r\nGET ");
    put_x(to, STORE_KEY_BYTES + 1);
    fprintf(to, "\r\n*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n", STORE_VALUE_BYTES + 1);
    put_x(to, STORE_VALUE_BYTES + 1);
    fprintf(to, "\r\n");
    fclose(to);
    assert_answers(input, "$-1\r\n-ERR key is longer than 510 bytes\r\n"
                          "-ERR value is longer than 16777216 bytes\r\n");
    free(input);
}

/* The store of this test has room for 1 MiB. */
Test(command_state, a_full_store_says_so_and_is_read_on)
{
    static const char header[] = "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$400000\r\n";
    enum { HEADER = sizeof header - 1, VALUE = 400000, KEY = HEADER - sizeof "a\r\n$400000\r" };
    static char input[HEADER + VALUE + 3];
    memcpy(input, header, HEADER);
    memset(input + HEADER, 'x', VALUE);
    memcpy(input + HEADER + VALUE, "\r\n", 2);
    assert_answers(input, "+OK\r\n");
    input[KEY] = 'b';
    assert_answers(input, "+OK\r\n");
    input[KEY] = 'c';
    assert_answers(input, "-ERR the store is full\r\n");
    assert_answers("EXISTS a b c\r\nINCR n\r\nFLUSHALL\r\n", ":2\r\n:1\r\n+OK\r\n");
    assert_answers(input, "+OK\r\n"); /* in pages that have just become free */
}

Test(command_state, flushing_takes_sync_or_async)
{
    assert_answers("FLUSHALL now\r\nFLUSHDB SYNC ASYNC\r\nFLUSHDB async\r\nFLUSHALL SYNC\r\n"
                   "FUNCTION FLUSH\r\nFUNCTION FLUSH Sync\r\nFUNCTION FLUSH x\r\n",
                   "-ERR syntax error\r\n-ERR syntax error\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n"
                   "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option\r\n");
}
