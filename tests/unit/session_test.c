/* The session: what comes out does not depend on how the bytes came in. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "buf.h"
#include "clock.h"
#include "service.h"
#include "session.h"
#include "stats.h"

static struct service service;

static void set_up(void)
{
    service = (struct service){
        .server = "server_test",
        .model = "none",
        .host = "127.0.0.1",
        .port = 31470,
        .pid = 42,
        .started_ns = clock_now_ns(),
        .max_clients = 7,
        .idle_timeout_ns = 300 * CLOCK_S,
        .longest_handler_us = 1000000,
        .longest_blob_bytes = 64 << 20,
        .pending_bytes = SESSION_FULL_BYTES,
        .limits = resp_default_limits,
        .stats = stats_create(0),
    };
    cr_assert_not_null(service.stats);
}

static void tear_down(void)
{
    stats_destroy(service.stats);
}

TestSuite(session, .init = set_up, .fini = tear_down);

/* Feeds the input in pieces of `chunk` bytes, and returns the last state with the output in *out.
 */
static enum session_state converse(const char *input, size_t length, size_t chunk, struct buf *out)
{
    struct session session;
    struct buf in = buf_over(NULL, 0);
    enum session_state state = SESSION_OPEN;
    session_init(&session, &service);
    for (size_t at = 0; at < length && state == SESSION_OPEN; at += chunk) {
        size_t n = length - at < chunk ? length - at : chunk;
        cr_assert(buf_append(&in, input + at, n));
        while ((state = session_run(&session, &in, out)) == SESSION_FULL)
            ;
    }
    session_free(&session);
    buf_free(&in);
    return state;
}

static void assert_answers(const char *input, const char *expected,
                           enum session_state expected_state)
{
    size_t length = strlen(input);
    for (size_t chunk = 1; chunk <= length; chunk++) {
        memset(service.stats, 0, sizeof *service.stats); /* connection numbers start at 1 again */
        struct buf out = buf_over(NULL, 0);
        enum session_state state = converse(input, length, chunk, &out);
        cr_assert_eq(state, expected_state, "state %d in pieces of %zu of: %s", state, chunk,
                     input);
        cr_assert_eq(buf_length(&out), strlen(expected), "pieces of %zu: got %.*s", chunk,
                     (int)buf_length(&out), buf_head(&out));
        cr_assert_arr_eq(buf_head(&out), expected, strlen(expected));
        buf_free(&out);
    }
}

static int64_t counted(enum stats_counter counter)
{
    return stats_get(service.stats, counter);
}

Test(session, answers_do_not_depend_on_the_pieces)
{
    assert_answers("PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nhe\r\no\r\nSUM 1 2 39\r\n\r\n*0\r\nPING x\n",
                   "+PONG\r\n$5\r\nhe\r\no\r\n:42\r\n$1\r\nx\r\n", SESSION_OPEN);
}

Test(session, an_error_is_answered_in_its_place)
{
    assert_answers("PING\r\nFOO a b\r\nPING a b\r\nSUM 1 x\r\nSELECT 1\r\nPING\r\n",
                   "+PONG\r\n"
                   "-ERR unknown command 'FOO', with args beginning with: 'a' 'b' \r\n"
                   "-ERR wrong number of arguments for 'ping' command\r\n"
                   "-ERR value is not an integer or out of range\r\n"
                   "-ERR DB index is out of range\r\n"
                   "+PONG\r\n",
                   SESSION_OPEN);
}

Test(session, subcommands_have_their_own_errors)
{
    assert_answers("CONFIG\r\nCONFIG X\r\nCONFIG GET\r\nCONFIG GET maxcl*\r\nCONFIG GET no*\r\n",
                   "-ERR wrong number of arguments for 'config' command\r\n"
                   "-ERR unknown subcommand 'X'. Try CONFIG HELP.\r\n"
                   "-ERR wrong number of arguments for 'config|get' command\r\n"
                   "*2\r\n$10\r\nmaxclients\r\n$1\r\n7\r\n*0\r\n",
                   SESSION_OPEN);
}

Test(session, sums_are_64_bit_and_checked)
{
    assert_answers("SUM 9223372036854775807 0\r\nSUM 9223372036854775807 1\r\n"
                   "SUM -9223372036854775808 -1\r\nSUM -5\r\n",
                   ":9223372036854775807\r\n-ERR sum would overflow\r\n-ERR sum would overflow\r\n"
                   ":-5\r\n",
                   SESSION_OPEN);
}

Test(session, blob_repeats_the_alphabet)
{
    assert_answers("BLOB 28\r\nBLOB 0\r\nBLOB -1\r\n",
                   "$28\r\nabcdefghijklmnopqrstuvwxyzab\r\n$0\r\n\r\n"
                   "-ERR value must be from 0 to 67108864\r\n",
                   SESSION_OPEN);
}

Test(session, nothing_is_answered_after_quit)
{
    assert_answers("PING\r\nQUIT\r\nPING\r\n", "+PONG\r\n+OK\r\n", SESSION_CLOSING);
}

Test(session, a_protocol_error_ends_it_after_the_replies_before)
{
    assert_answers("PING\r\n*1\r\nfoo\r\nPING\r\n",
                   "+PONG\r\n-ERR Protocol error: expected '$', got 'f'\r\n", SESSION_CLOSING);
    cr_assert_gt(counted(STATS_PROTOCOL_ERRORS), 0);
}

Test(session, a_web_browser_is_turned_away)
{
    struct buf out = buf_over(NULL, 0);
    const char *request = "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    cr_assert_eq(converse(request, strlen(request), 1, &out), SESSION_ABORTED);
    buf_free(&out);
    request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    cr_assert_eq(converse(request, strlen(request), 7, &out), SESSION_ABORTED);
    buf_free(&out);
}

Test(session, hello_3_changes_the_form_of_replies)
{
    assert_answers("CLIENT GETNAME\r\nHELLO 3 SETNAME me\r\nCLIENT GETNAME\r\n"
                   "CONFIG GET appendonly\r\nCLIENT SETNAME \"\"\r\nCLIENT GETNAME\r\n"
                   "CLIENT SETNAME \"a b\"\r\n",
                   "$-1\r\n"
                   "%7\r\n$6\r\nserver\r\n$13\r\nserver-models\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n"
                   "$5\r\nproto\r\n:3\r\n$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"
                   "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"
                   "$2\r\nme\r\n%1\r\n$10\r\nappendonly\r\n$2\r\nno\r\n+OK\r\n_\r\n"
                   "-ERR Client names cannot contain spaces, newlines or special characters.\r\n",
                   SESSION_OPEN);
}

Test(session, a_refused_hello_changes_nothing)
{
    assert_answers("HELLO 4\r\nHELLO abc\r\nHELLO 3 SETNAME\r\nCLIENT GETNAME\r\n",
                   "-NOPROTO unsupported protocol version\r\n"
                   "-ERR Protocol version is not an integer or out of range\r\n"
                   "-ERR Syntax error in HELLO option 'SETNAME'\r\n$-1\r\n",
                   SESSION_OPEN);
}

Test(session, error_texts_quote_printable_bytes_only)
{
    const char request[] = "*2\r\n$5\r\nA\0\x1b\xff\n\r\n$2\r\n\r\n\r\n";
    const char expected[] = "-ERR unknown command 'A??? ', with args beginning with: '  ' \r\n";
    struct buf out = buf_over(NULL, 0);
    cr_assert_eq(converse(request, sizeof request - 1, sizeof request, &out), SESSION_OPEN);
    cr_assert_eq(buf_length(&out), sizeof expected - 1);
    cr_assert_arr_eq(buf_head(&out), expected, sizeof expected - 1);
    buf_free(&out);
}

Test(session, how_many_replies_may_gather_is_the_service_s)
{
    struct session session;
    service.pending_bytes = 10;
    session_init(&session, &service);
    struct buf in = buf_over(NULL, 0), out = buf_over(NULL, 0);
    cr_assert(buf_append(&in, "PING\r\nPING\r\nPING\r\n", 18));
    cr_expect_eq(session_run(&session, &in, &out), SESSION_FULL);
    cr_expect_eq(buf_length(&out), 2 * strlen("+PONG\r\n"));
    cr_expect_eq(buf_length(&in), strlen("PING\r\n"));
    session_free(&session);
    buf_free(&in);
    buf_free(&out);
}

Test(session, replies_are_handed_over_in_portions)
{
    struct session session;
    session_init(&session, &service);
    struct buf in = buf_over(NULL, 0), out = buf_over(NULL, 0);
    const char *batch = "BLOB 40000\r\nBLOB 40000\r\nBLOB 40000\r\nPING\r\n";
    cr_assert(buf_append(&in, batch, strlen(batch)));
    cr_assert_eq(session_run(&session, &in, &out), SESSION_FULL);
    cr_assert_eq(buf_length(&out), 2 * 40010);
    buf_consume(&out, buf_length(&out));
    cr_assert_eq(session_run(&session, &in, &out), SESSION_OPEN);
    cr_assert_eq(buf_length(&out), 40010 + 7);
    cr_assert_eq(buf_length(&in), 0);
    session_free(&session);
    buf_free(&in);
    buf_free(&out);
}

Test(session, reads_grow_with_the_bytes_that_came)
{
    struct session session;
    session_init(&session, &service);
    struct buf in = buf_over(NULL, 0), out = buf_over(NULL, 0);
    const char *claim = "*2\r\n$4\r\nECHO\r\n$536870912\r\n";
    cr_assert(buf_append(&in, claim, strlen(claim)));
    cr_assert_eq(session_run(&session, &in, &out), SESSION_OPEN);
    size_t modest = session_read_bytes(&session, &in);
    cr_assert_leq(modest, 16384, "%zu bytes wanted on the word of a header", modest);
    static const char some[100000];
    cr_assert(buf_append(&in, some, sizeof some));
    cr_assert_eq(session_run(&session, &in, &out), SESSION_OPEN);
    cr_assert_eq(session_read_bytes(&session, &in), buf_length(&in));
    session_free(&session);
    buf_free(&in);
    buf_free(&out);
}

#if !defined(__SANITIZE_ADDRESS__)
Test(session, a_client_for_whom_memory_is_short_is_cut_off_alone)
{
    struct rlimit limit = {.rlim_cur = 400 << 20, .rlim_max = 400 << 20};
    struct buf out = buf_over(NULL, 0);
    const char *greedy = "ECHO x\r\nBLOB 67108864\r\nPING\r\n";
    void *volatile hog = malloc(300 << 20); /* volatile: else a compiler may do without it */
    cr_assert_not_null(hog);
    cr_assert_eq(setrlimit(RLIMIT_AS, &limit), 0);
    cr_assert_eq(converse(greedy, strlen(greedy), 100, &out), SESSION_STARVED);
    cr_assert(buf_length(&out) == 7 && memcmp(buf_head(&out), "$1\r\nx\r\n", 7) == 0);
    buf_free(&out);
    cr_assert_eq(converse("PING\r\n", 6, 6, &out), SESSION_OPEN);
    buf_free(&out);
    free(hog);
}
#endif

Test(session, sleep_blocks_and_spin_computes)
{
    struct buf out = buf_over(NULL, 0);
    int64_t begin_ns = clock_now_ns();
    converse("SLEEP 30000\r\n", 13, 13, &out);
    cr_assert_geq(clock_now_ns() - begin_ns, 30 * CLOCK_MS);
    int64_t cpu_ns = clock_thread_cpu_ns();
    converse("SPIN 30000\r\n", 12, 12, &out);
    cr_assert_geq(clock_thread_cpu_ns() - cpu_ns, 30 * CLOCK_MS);
    cr_assert_eq(buf_length(&out), 10);
    cr_assert_arr_eq(buf_head(&out), "+OK\r\n+OK\r\n", 10);
    buf_free(&out);
}
