#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "framing.h"
#include "resp.h"

static struct resp_reply reply;
static struct resp_limits limits;

static void start(void)
{
    resp_reply_init(&reply, &limits);
}

/* "TYPE INTEGER (text)" of a complete reply. */
static enum resp_status step(char *bytes, size_t length, struct framing_events *events,
                             size_t *taken)
{
    enum resp_status status = resp_reply_parse(&reply, bytes, length);
    if (status == RESP_BROKEN)
        framing_note(events, "!%s", reply.error);
    if (status == RESP_INCOMPLETE)
        cr_assert_gt(reply.missing, 0);
    if (status != RESP_COMPLETE)
        return status;
    cr_assert_leq(reply.text.offset + reply.text.length, reply.bytes);
    framing_note(events, "%c%lld", (char)reply.type, (long long)reply.integer);
    framing_note_text(events, bytes + reply.text.offset, reply.text.length);
    framing_note(events, "\n");
    *taken = reply.bytes;
    resp_reply_next(&reply);
    return status;
}

static const struct framer framer = {start, step};

static void set_up(void)
{
    limits = resp_default_limits;
}

TestSuite(resp_reply, .init = set_up);

struct golden {
    const char *wire;
    size_t length;
    const char *events;
};

static const struct golden replies[] = {
    {WIRE("+OK\r\n"), "+0(OK)\n"},
    {WIRE("+\r\n"), "+0()\n"},
    {WIRE("-ERR unknown command 'x'\r\n"), "-0(ERR unknown command 'x')\n"},
    {WIRE(":0\r\n"), ":0()\n"},
    {WIRE(":-12\r\n"), ":-12()\n"},
    {WIRE(":9223372036854775807\r\n"), ":9223372036854775807()\n"},
    {WIRE(":-9223372036854775808\r\n"), ":-9223372036854775808()\n"},
    {WIRE("$5\r\nhello\r\n"), "$0(hello)\n"},
    {WIRE("$0\r\n\r\n"), "$0()\n"},
    {WIRE("$4\r\n\0\r\n\xff\r\n"), "$0(\\x00\\x0d\\x0a\\xff)\n"},
    {WIRE("$-1\r\n"), "_0()\n"},
    {WIRE("*-1\r\n"), "_0()\n"},
    {WIRE("_\r\n"), "_0()\n"},
    {WIRE("*0\r\n"), "*0()\n"},
    {WIRE("%0\r\n"), "%0()\n"},
    {WIRE("*2\r\n$1\r\na\r\n:7\r\n"), "*2($1\\x0d\\x0aa\\x0d\\x0a:7\\x0d\\x0a)\n"},
    {WIRE("*3\r\n*0\r\n$-1\r\n*1\r\n+x\r\n"),
     "*3(*0\\x0d\\x0a$-1\\x0d\\x0a*1\\x0d\\x0a+x\\x0d\\x0a)\n"},
    {WIRE("*1\r\n*1\r\n*0\r\n+y\r\n"), "*1(*1\\x0d\\x0a*0\\x0d\\x0a)\n+0(y)\n"},
    {WIRE("*2\r\n-no\r\n_\r\n"), "*2(-no\\x0d\\x0a_\\x0d\\x0a)\n"},
    {WIRE("%2\r\n+a\r\n:1\r\n+b\r\n%1\r\n+c\r\n*-1\r\n"),
     "%2(+a\\x0d\\x0a:1\\x0d\\x0a+b\\x0d\\x0a%1\\x0d\\x0a+c\\x0d\\x0a*-1\\x0d\\x0a)\n"},
    {WIRE("=8\r\ntxt:text\r\n"), "=0(txt:text)\n"},
    {WIRE("=4\r\ntxt:\r\n"), "=0(txt:)\n"},
    {WIRE("+OK\r\n:5\r\n$1\r\nx\r\n"), "+0(OK)\n:5()\n$0(x)\n"},
    {WIRE("*16\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n:1\r\n"
          ":1\r\n:1\r\n:1\r\n$"),
     "*16(:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a"
     ":1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a:1\\x0d\\x0a"
     ":1\\x0d\\x0a:1\\x0d\\x0a)\n~"},
};

Test(resp_reply, replies_at_any_split)
{
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        framing_expect(&framer, replies[i].wire, replies[i].length, replies[i].events);
        if (strchr(replies[i].events, '~') == NULL)
            framing_expect_twice(&framer, replies[i].wire, replies[i].length, replies[i].events);
    }
}

/* Each wire ends with the byte that breaks it. */
static const struct golden hostile[] = {
    {WIRE("H"), "unknown type byte 'H'"},
    {WIRE("\r"), "unknown type byte ' '"},
    {WIRE("\n"), "unknown type byte ' '"},
    {WIRE("\0"), "unknown type byte '?'"},
    {WIRE("\xff"), "unknown type byte '?'"},
    {WIRE("+OK\r\n@"), "unknown type byte '@'"},
    {WIRE("*2\r\n:1\r\nx"), "unknown type byte 'x'"},
    {WIRE("+OK\n"), "line end without CR"},
    {WIRE("$5\n"), "line end without CR"},
    {WIRE("+\n"), "line end without CR"},
    {WIRE("+O\rK\r\n"), "CR inside a line"},
    {WIRE("-\r\r\n"), "CR inside a line"},
    {WIRE(":\r\n"), "invalid integer"},
    {WIRE(":9223372036854775808\r\n"), "invalid integer"},
    {WIRE(":-9223372036854775809\r\n"), "invalid integer"},
    {WIRE(":+1\r\n"), "invalid integer"},
    {WIRE(":01\r\n"), "invalid integer"},
    {WIRE(":-0\r\n"), "invalid integer"},
    {WIRE(":1 \r\n"), "invalid integer"},
    {WIRE(":1\0\r\n"), "invalid integer"},
    {WIRE("$\r\n"), "invalid bulk length"},
    {WIRE("$-2\r\n"), "invalid bulk length"},
    {WIRE("$+1\r\n"), "invalid bulk length"},
    {WIRE("$536870913\r\n"), "invalid bulk length"},
    {WIRE("$9223372036854775808\r\n"), "invalid bulk length"},
    {WIRE("$1\r\nxx\r"), "expected CRLF after bulk string"},
    {WIRE("$1\r\nx\n\n"), "expected CRLF after bulk string"},
    {WIRE("*2\r\n$1\r\nx\r\r"), "expected CRLF after bulk string"},
    {WIRE("*\r\n"), "invalid array length"},
    {WIRE("*-2\r\n"), "invalid array length"},
    {WIRE("*2147483648\r\n"), "invalid array length"},
    {WIRE("*9223372036854775808\r\n"), "invalid array length"},
    {WIRE("%-1\r\n"), "invalid array length"},
    {WIRE("%1073741824\r\n"), "invalid array length"},
    {WIRE("%9223372036854775807\r\n"), "invalid array length"},
    {WIRE("_x\r\n"), "invalid null"},
    {WIRE("=-1\r\n"), "invalid bulk length"},
    {WIRE("=3\r\n"), "invalid bulk length"},
    {WIRE("=4\r\ntext\r\n"), "invalid verbatim string"},
    {WIRE("*1\r\n=4\r\ntext\r\n"), "invalid verbatim string"},
};

Test(resp_reply, hostile_input_breaks_at_the_byte_that_decides)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        framing_expect_broken(&framer, hostile[i].wire, hostile[i].length, hostile[i].events);
}

static void expect_waiting(const char *wire, size_t length, size_t missing)
{
    start();
    cr_expect_eq(resp_reply_parse(&reply, framing_place(wire, length), length), RESP_INCOMPLETE,
                 "%s", wire);
    cr_expect_eq(reply.missing, missing, "%s: %zu, not %zu", wire, reply.missing, missing);
}

Test(resp_reply, what_is_missing_is_known)
{
    expect_waiting(WIRE(""), 1);
    expect_waiting(WIRE("+OK\r"), 1);
    expect_waiting(WIRE("$5\r\n"), 7);
    expect_waiting(WIRE("$5\r\nhello\r"), 1);
    expect_waiting(WIRE("$536870912\r\nx"), 536870913);
    expect_waiting(WIRE("*2147483647\r\n"), 1);
    expect_waiting(WIRE("%1073741823\r\n"), 1);
    expect_waiting(WIRE("*2\r\n:1\r\n$3\r\nab"), 3);
    start();
    cr_expect_eq(resp_reply_parse(&reply, NULL, 0), RESP_INCOMPLETE);
}

/* ---- nesting ---- */

/* `levels` array headers of one element each, and `inside` in the innermost. */
static size_t nested(char *wire, size_t room, int levels, const char *inside)
{
    size_t length = 0;
    for (int i = 0; i < levels; i++)
        length += (size_t)snprintf(wire + length, room - length, "*1\r\n");
    return length + (size_t)snprintf(wire + length, room - length, "%s", inside);
}

Test(resp_reply, nesting_to_the_depth_and_no_deeper)
{
    char wire[128];
    size_t length = nested(wire, sizeof wire, RESP_DEPTH, ":1\r\n");
    start();
    cr_expect_eq(resp_reply_parse(&reply, wire, length), RESP_COMPLETE);
    cr_expect_eq(reply.bytes, length);
    cr_expect_eq(reply.integer, 1);
    length = nested(wire, sizeof wire, RESP_DEPTH, "*-1\r\n");
    start();
    cr_expect_eq(resp_reply_parse(&reply, wire, length), RESP_COMPLETE, "a null opens nothing");
    length = nested(wire, sizeof wire, RESP_DEPTH, "*0\r\n");
    framing_expect_broken(&framer, wire, length, "arrays nested too deep");
    length = nested(wire, sizeof wire, RESP_DEPTH, "%1\r\n");
    framing_expect_broken(&framer, wire, length, "arrays nested too deep");
}

Test(resp_reply, elements_are_walked_as_replies)
{
    char wire[] = "*3\r\n$1\r\na\r\n*1\r\n:2\r\n+c\r\n";
    start();
    cr_assert_eq(resp_reply_parse(&reply, wire, sizeof wire - 1), RESP_COMPLETE);
    struct resp_reply element;
    resp_reply_init(&element, &limits);
    static const enum resp_type types[] = {RESP_BULK, RESP_ARRAY, RESP_SIMPLE};
    const char *at = wire + reply.text.offset, *end = at + reply.text.length;
    for (int i = 0; i < 3; i++) {
        cr_assert_eq(resp_reply_parse(&element, at, (size_t)(end - at)), RESP_COMPLETE);
        cr_expect_eq(element.type, types[i]);
        at += element.bytes;
        resp_reply_next(&element);
    }
    cr_expect_eq(at, end);
    cr_expect_eq(end, wire + reply.bytes);
}

/* ---- limits: at the edge allowed, one more is broken ---- */

Test(resp_reply, line_limit)
{
    limits.line_bytes = 4;
    framing_expect_twice(&framer, WIRE("+abc\r\n"), "+0(abc)\n");
    framing_expect_broken(&framer, WIRE("+abcd\r"), "too long line");
    framing_expect_broken(&framer, WIRE("*1\r\n:12345"), "too long line");
    framing_expect_broken(&framer, WIRE("+abcd\n"), "line end without CR");
}

Test(resp_reply, element_limit)
{
    limits.elements = 4;
    framing_expect(&framer, WIRE("*4\r\n"), "~");
    framing_expect_broken(&framer, WIRE("*5\r\n"), "invalid array length");
    framing_expect(&framer, WIRE("%2\r\n"), "~");
    framing_expect_broken(&framer, WIRE("%3\r\n"), "invalid array length");
}

Test(resp_reply, bulk_limit)
{
    limits.bulk_bytes = 4;
    framing_expect(&framer, WIRE("$4\r\nabcd\r\n=4\r\ntxt:\r\n"), "$0(abcd)\n=0(txt:)\n");
    framing_expect_broken(&framer, WIRE("$5\r\n"), "invalid bulk length");
    framing_expect_broken(&framer, WIRE("=5\r\n"), "invalid bulk length");
}

Test(resp_reply, message_limit)
{
    limits.message_bytes = 10;
    framing_expect_twice(&framer, WIRE("$4\r\nabcd\r\n"), "$0(abcd)\n");
    framing_expect_broken(&framer, WIRE("$5\r\n"), "too big reply");
    framing_expect_twice(&framer, WIRE("+1234567\r\n"), "+0(1234567)\n");
    framing_expect_broken(&framer, WIRE("+123456789"), "too big reply");
    framing_expect_broken(&framer, WIRE("*9\r\n:1\r\n:1"), "too big reply");
}

Test(resp_reply, limits_without_bounds)
{
    limits = (struct resp_limits){SIZE_MAX, INT64_MAX, INT64_MAX, INT64_MAX, SIZE_MAX};
    framing_expect(&framer, WIRE("*9223372036854775807\r\n$1\r\na\r\n"), "~");
    framing_expect(&framer, WIRE("$9223372036854775807\r\n"), "~");
    framing_expect(&framer, WIRE("%4611686018427387903\r\n"), "~");
    framing_expect_broken(&framer, WIRE("%4611686018427387904\r\n"), "invalid array length");
}

/* ---- memory and time ---- */

Test(resp_reply, nothing_is_allocated)
{
    struct mallinfo2 before = mallinfo2();
    expect_waiting(WIRE("*2147483647\r\n*2147483647\r\n$536870912\r\n"), 536870914);
    struct mallinfo2 after = mallinfo2();
    cr_expect_eq(before.uordblks, after.uordblks);
    cr_expect_eq(before.hblkhd, after.hblkhd);
}

Test(resp_reply, what_was_understood_is_not_read_again)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *bytes = framing_guard() - FRAMING_BYTES;
    size_t header_bytes = (size_t)snprintf(bytes, page, "*2\r\n$%zu\r\n", 4 * page);
    memset(bytes + header_bytes, 'x', 4 * page);
    size_t payload_end = header_bytes + 4 * page;
    memcpy(bytes + payload_end, "\r\n+", 3);
    memset(bytes + payload_end + 3, 'y', 4 * page);
    start();
    cr_assert_eq(resp_reply_parse(&reply, bytes, header_bytes), RESP_INCOMPLETE);
    mprotect(bytes, 4 * page, PROT_NONE);
    cr_expect_eq(resp_reply_parse(&reply, bytes, 4 * page), RESP_INCOMPLETE);
    cr_expect_eq(resp_reply_parse(&reply, bytes, payload_end + 3), RESP_INCOMPLETE);
    cr_expect_eq(resp_reply_parse(&reply, bytes, payload_end + page), RESP_INCOMPLETE);
    cr_expect_eq(reply.searched, payload_end + page);
}

/* ---- random input ---- */

static const char *const pieces[] = {
    "+OK",    "\r\n", ":1\r\n", "$1\r\nx\r\n",     "*2\r\n", "%1\r\n", "_\r\n", "$-1\r\n",
    "*0\r\n", "\n",   "\r",     "=5\r\ntxt:a\r\n", "-e\r\n", "*",      "3"};

Test(resp_reply, random_input_means_the_same_at_any_split)
{
    static struct framing_events whole;
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        limits = (struct resp_limits){.line_bytes = 2 + (size_t)rand_r(&seed) % 10,
                                      .elements = rand_r(&seed) % 5,
                                      .bulk_bytes = rand_r(&seed) % 8,
                                      .message_bytes = 5 + (size_t)rand_r(&seed) % 60};
        char wire[256];
        size_t length =
            framing_random_wire(&seed, pieces, sizeof pieces / sizeof pieces[0], wire, sizeof wire);
        framing_run(&framer, wire, length, length, 0, &whole);
        framing_expect(&framer, wire, length, whole.text);
    }
}
