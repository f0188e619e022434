/* The parser of requests. Longer than other tests: its cases are the table of the protocol. */
#include <criterion/criterion.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "framing.h"
#include "resp.h"

static struct resp_request request;
static struct resp_limits limits;

static void start(void)
{
    resp_request_free(&request);
    resp_request_init(&request, &limits);
}

static enum resp_status step(char *bytes, size_t length, struct framing_events *events,
                             size_t *taken)
{
    enum resp_status status = resp_request_parse(&request, bytes, length);
    if (status == RESP_BROKEN)
        framing_note(events, "!%s", request.error);
    if (status == RESP_INCOMPLETE)
        cr_assert_gt(request.missing, 0);
    if (status != RESP_COMPLETE)
        return status;
    for (size_t i = 0; i < request.count; i++) {
        struct resp_slice argument = resp_argument(&request, i);
        cr_assert_leq(argument.offset + argument.length, request.bytes);
        framing_note_text(events, bytes + argument.offset, argument.length);
    }
    framing_note(events, "\n");
    *taken = request.bytes;
    resp_request_next(&request);
    return status;
}

static const struct framer framer = {start, step};

static void set_up(void)
{
    limits = resp_default_limits;
}

static void tear_down(void)
{
    resp_request_free(&request);
}

TestSuite(resp_request, .init = set_up, .fini = tear_down);

struct golden {
    const char *wire;
    size_t length;
    const char *events;
};

static const struct golden arrays[] = {
    {WIRE("*1\r\n$4\r\nPING\r\n"), "(PING)\n"},
    {WIRE("*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n"), "(ECHO)(hello)\n"},
    {WIRE("*0\r\n"), "\n"},
    {WIRE("*-1\r\n"), "\n"},
    {WIRE("*-10\r\n"), "\n"},
    {WIRE("*-9223372036854775808\r\n"), "\n"},
    {WIRE("*0\r\n*1\r\n$1\r\nx\r\n"), "\n(x)\n"},
    {WIRE("*1\r\n$0\r\n\r\n"), "()\n"},
    {WIRE("*3\r\n$0\r\n\r\n$1\r\na\r\n$0\r\n\r\n"), "()(a)()\n"},
    {WIRE("*2\r\n$3\r\n\0\r\n\r\n$9\r\n$1\r\nx\r\n\r\n\r\n"),
     "(\\x00\\x0d\\x0a)($1\\x0d\\x0ax\\x0d\\x0a\\x0d\\x0a)\n"},
    {WIRE("*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n"),
     "(ECHO)(*1\\x0d\\x0a$4\\x0d\\x0aPING\\x0d\\x0a)\n"},
    {WIRE("*10\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n$1\r\nf\r\n$1\r\ng\r\n"
          "$1\r\nh\r\n$1\r\ni\r\n$1\r\nj\r\n"),
     "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\n"},
    {WIRE("*1\r\n$12\r\nabcdefghijkl\r\nPING\n*1\r\n$1\r\nx\r\n"), "(abcdefghijkl)\n(PING)\n(x)\n"},
};

static const struct golden inlines[] = {
    {WIRE("\r\n"), "\n"},
    {WIRE("\n"), "\n"},
    {WIRE(" \t\v\f\r \r\n"), "\n"},
    {WIRE("PING\r\n"), "(PING)\n"},
    {WIRE("PING\n"), "(PING)\n"},
    {WIRE("  SET \t a\rb \r\r\n"), "(SET)(a)(b)\n"},
    {WIRE("a\vb\fc\v d\n"), "(a\\x0bb\\x0cc\\x0b)(d)\n"},
    {WIRE("a b c d e f g h i j\r\n"), "(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\n"},
    {WIRE("$4 +OK :1 -x *\n"), "($4)(+OK)(:1)(-x)(*)\n"},
    {WIRE("\"\" ''\n"), "()()\n"},
    {WIRE("x \"a\\r\\n\\t\\b\\a\\\\\\\"\\q\"\n"), "(x)(a\\x0d\\x0a\\x09\\x08\\x07\\x5c\"q)\n"},
    {WIRE("\"\\x41\\xfF\\x00\\x4\\xg1\"\n"), "(A\\xff\\x00x4xg1)\n"},
    {WIRE("'\\'a\\n\\\\ \"\\x41'\n"), "('a\\x5cn\\x5c\\x5c \"\\x5cx41)\n"},
    {WIRE("foo\"b r\" it's' x\n"), "(foob r)(its)(x)\n"},
    {WIRE("\"a\rb\" 'c\r\td'\v\"e\"\r\n"), "(a\\x0db)(c\\x0d\\x09d)(e)\n"},
    {WIRE("\xff\x80 \x7f\n"), "(\\xff\\x80)(\\x7f)\n"},
    {WIRE("PING\n*1\r\n$1\r\n\0\r\n"), "(PING)\n(\\x00)\n"},
};

Test(resp_request, arrays_at_any_split)
{
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        framing_expect_twice(&framer, arrays[i].wire, arrays[i].length, arrays[i].events);
}

Test(resp_request, inline_requests_at_any_split)
{
    for (size_t i = 0; i < sizeof inlines / sizeof inlines[0]; i++)
        framing_expect_twice(&framer, inlines[i].wire, inlines[i].length, inlines[i].events);
}

Test(resp_request, all_bytes_pass_through_a_payload)
{
    char wire[300] = "*1\r\n$256\r\n";
    size_t header_bytes = strlen(wire);
    for (int i = 0; i < 256; i++)
        wire[header_bytes + (size_t)i] = (char)i;
    memcpy(wire + header_bytes + 256, "\r\n", 2);
    for (size_t cut = 1; cut < header_bytes + 258; cut++) {
        start();
        resp_request_parse(&request, framing_place(wire, cut), cut);
        char *bytes = framing_place(wire, header_bytes + 258);
        cr_assert_eq(resp_request_parse(&request, bytes, header_bytes + 258), RESP_COMPLETE);
        cr_assert_eq(resp_argument(&request, 0).length, 256);
        cr_assert_arr_eq(bytes + resp_argument(&request, 0).offset, wire + header_bytes, 256);
    }
}

/* Each wire ends with the byte that breaks it. */
static const struct golden hostile[] = {
    {WIRE("*2147483648\r\n"), "invalid multibulk length"},
    {WIRE("*9223372036854775808\r\n"), "invalid multibulk length"},
    {WIRE("*-9223372036854775809\r\n"), "invalid multibulk length"},
    {WIRE("*\r\n"), "invalid multibulk length"},
    {WIRE("*abc\r\n"), "invalid multibulk length"},
    {WIRE("*+1\r\n"), "invalid multibulk length"},
    {WIRE("*01\r\n"), "invalid multibulk length"},
    {WIRE("*-0\r\n"), "invalid multibulk length"},
    {WIRE("* 1\r\n"), "invalid multibulk length"},
    {WIRE("*1 \r\n"), "invalid multibulk length"},
    {WIRE("*1.0\r\n"), "invalid multibulk length"},
    {WIRE("*1\0\r\n"), "invalid multibulk length"},
    {WIRE("*1\n$4\r\n"), "invalid multibulk length"},
    {WIRE("*x\rx"), "invalid multibulk length"},
    {WIRE("PING\r\n*x\r\n"), "invalid multibulk length"},
    {WIRE("*1\r\nfoo\r\n"), "expected '$', got 'f'"},
    {WIRE("*1\r\n\r\n"), "expected '$', got ' '"},
    {WIRE("*1\r\n\n\r\n"), "expected '$', got ' '"},
    {WIRE("*1\r\n*1\r\n"), "expected '$', got '*'"},
    {WIRE("*1\r\n\0\r\n"), "expected '$', got '?'"},
    {WIRE("*1\r\n\x1b[2J\r\n"), "expected '$', got '?'"},
    {WIRE("*1\r\n\xc3\xa9\r\n"), "expected '$', got '?'"},
    {WIRE("*2\r\n$4\r\nPING\r\nfoo\r\n"), "expected '$', got 'f'"},
    {WIRE("*1\r\n$-1\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$536870913\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$9223372036854775807\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$abc\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$04\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$+4\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$4 \r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$-0\r\n"), "invalid bulk length"},
    {WIRE("*1\r\n$4\0\r\n"), "invalid bulk length"},
    {WIRE("\"PING\n"), "unbalanced quotes in request"},
    {WIRE("PING \"x\\\"\r\n"), "unbalanced quotes in request"},
    {WIRE("PING \"x\"y\r\n"), "unbalanced quotes in request"},
    {WIRE("PING \"x\"'y'\r\n"), "unbalanced quotes in request"},
    {WIRE("PING 'x\r\n"), "unbalanced quotes in request"},
    {WIRE("PING 'x'y\n"), "unbalanced quotes in request"},
    {WIRE("PING \"x\\\n"), "unbalanced quotes in request"},
    {WIRE("PING it's\n"), "unbalanced quotes in request"},
    /* Where we are stricter than redis-server. */
    {WIRE("PING\0"), "NUL in inline request"},
    {WIRE("\0"), "NUL in inline request"},
    {WIRE("*1\rx"), "expected LF after CR"},
    {WIRE("*0\r\r"), "expected LF after CR"},
    {WIRE("*1\r\n$4\r\r"), "expected LF after CR"},
    {WIRE("*1\r\n$4\r\nPINGxx"), "expected CRLF after bulk string"},
    {WIRE("*1\r\n$4\r\nPING\n\n"), "expected CRLF after bulk string"},
    {WIRE("*1\r\n$4\r\nPING\r\r"), "expected CRLF after bulk string"},
};

Test(resp_request, hostile_input_breaks_at_the_byte_that_decides)
{
    for (size_t i = 0; i < sizeof hostile / sizeof hostile[0]; i++)
        framing_expect_broken(&framer, hostile[i].wire, hostile[i].length, hostile[i].events);
}

static void expect_waiting(const char *wire, size_t length, size_t missing)
{
    start();
    cr_expect_eq(resp_request_parse(&request, framing_place(wire, length), length), RESP_INCOMPLETE,
                 "%s", wire);
    cr_expect_eq(request.missing, missing, "%s: %zu, not %zu", wire, request.missing, missing);
}

Test(resp_request, what_is_missing_is_known)
{
    expect_waiting(WIRE(""), 1);
    expect_waiting(WIRE("*"), 1);
    expect_waiting(WIRE("*1\n$4\nPING\n"), 1);
    expect_waiting(WIRE("*1\r\n"), 1);
    expect_waiting(WIRE("*2147483647\r\n"), 1);
    expect_waiting(WIRE("*1\r\nfoo\r"), 1);
    expect_waiting(WIRE("*1\r\n$4\r\n"), 6);
    expect_waiting(WIRE("*1\r\n$4\r\nPI"), 4);
    expect_waiting(WIRE("*1\r\n$4\r\nPING\r"), 1);
    expect_waiting(WIRE("*1\r\n$536870912\r\n"), 536870914);
    start();
    cr_expect_eq(resp_request_parse(&request, NULL, 0), RESP_INCOMPLETE);
}

/* ---- limits: at the edge allowed, one more is broken ---- */

/* A line of `length` bytes that begins with `begin`, and room for a line end behind it. */
static char *long_line(const char *begin, size_t length)
{
    static char line[80 << 10];
    cr_assert_lt(length, sizeof line - 2);
    memset(line, '1', sizeof line);
    memcpy(line, begin, strlen(begin));
    return line;
}

static void expect_longest_line(const char *prefix, const char *begin, const char *error)
{
    size_t prefix_bytes = strlen(prefix), length = prefix_bytes + (64 << 10);
    char text[32];
    snprintf(text, sizeof text, "%s%s", prefix, begin);
    const char *wire = long_line(text, length);
    expect_waiting(wire, length, 1);
    cr_expect_eq(resp_request_parse(&request, framing_place(wire, length + 1), length + 1),
                 RESP_BROKEN);
    cr_expect_str_eq(request.error, error);
    start();
    cr_expect_eq(resp_request_parse(&request, framing_place(wire, length + 1), length + 1),
                 RESP_BROKEN, "all at once");
    cr_expect_str_eq(request.error, error);
}

Test(resp_request, longest_lines)
{
    expect_longest_line("", "PING ", "too big inline request");
    expect_longest_line("", "*", "too big mbulk count string");
    expect_longest_line("*1\r\n", "$", "too big bulk count string");
    expect_longest_line("*1\r\n", "x", "too big bulk count string");
}

Test(resp_request, longest_lines_may_end)
{
    char *wire = long_line("PING ", 64 << 10);
    wire[64 << 10] = '\n';
    start();
    cr_expect_eq(resp_request_parse(&request, wire, (64 << 10) + 1), RESP_COMPLETE);
    cr_expect_eq(resp_argument(&request, 1).length, (64 << 10) - 5);
    wire = long_line("*", 64 << 10);
    memcpy(wire + (64 << 10), "\r\n", 2);
    start();
    cr_expect_eq(resp_request_parse(&request, wire, (64 << 10) + 2), RESP_BROKEN);
    cr_expect_str_eq(request.error, "invalid multibulk length");
}

Test(resp_request, element_limit)
{
    limits.elements = 2;
    framing_expect(&framer, WIRE("*2\r\n$1\r\na\r\n$1\r\nb\r\n"), "(a)(b)\n");
    framing_expect_broken(&framer, WIRE("*3\r\n"), "invalid multibulk length");
}

/* It strikes when the last that may come is there and more were announced, not at the header. */
Test(resp_request, argument_limit)
{
    limits.arguments = 2;
    framing_expect(&framer, WIRE("*2\r\n$1\r\na\r\n$1\r\nb\r\n"), "(a)(b)\n");
    framing_expect(&framer, WIRE("*2147483647\r\n$1\r\na\r\n$1\r\nb\r"), "~");
    framing_expect_broken(&framer, WIRE("*3\r\n$1\r\na\r\n$1\r\nb\r\n"),
                          "too many arguments in request");
    framing_expect(&framer, WIRE("a b\n"), "(a)(b)\n");
    framing_expect_broken(&framer, WIRE("a b c\n"), "too many arguments in inline request");
}

Test(resp_request, bulk_limit)
{
    limits.bulk_bytes = 3;
    framing_expect(&framer, WIRE("*1\r\n$3\r\nabc\r\n"), "(abc)\n");
    framing_expect_broken(&framer, WIRE("*1\r\n$4\r\n"), "invalid bulk length");
}

Test(resp_request, message_limit)
{
    limits.message_bytes = 21;
    framing_expect_twice(&framer, WIRE("*1\r\n$10\r\n1234567890\r\n"), "(1234567890)\n");
    framing_expect_broken(&framer, WIRE("*1\r\n$11\r\n"), "too big request");
    framing_expect_broken(&framer, WIRE("*3\r\n$5\r\nabcde\r\n$11111"), "too big request");
    framing_expect_broken(&framer, WIRE("*3\r\n$6\r\nabcdef\r\n$1\r\n"), "too big request");
    framing_expect_twice(&framer, WIRE("PING 678901234567890\n"), "(PING)(678901234567890)\n");
    framing_expect_broken(&framer, WIRE("PING 6789012345678901"), "too big request");
}

Test(resp_request, limits_without_bounds)
{
    limits = (struct resp_limits){SIZE_MAX, INT64_MAX, INT64_MAX, INT64_MAX, SIZE_MAX};
    framing_expect(&framer, WIRE("*9223372036854775807\r\n$1\r\na\r\n"), "~");
    framing_expect(&framer, WIRE("*1\r\n$9223372036854775807\r\n"), "~");
    framing_expect(&framer, WIRE("PING\n"), "(PING)\n");
}

/* ---- memory and time ---- */

Test(resp_request, a_claim_allocates_nothing)
{
    struct mallinfo2 before = mallinfo2();
    expect_waiting(WIRE("*2147483647\r\n$536870912\r\nabc"), 536870911);
    struct mallinfo2 after = mallinfo2();
    cr_expect_eq(before.uordblks, after.uordblks);
    cr_expect_eq(before.hblkhd, after.hblkhd);
    cr_expect_null(request.many);
}

Test(resp_request, arguments_grow_as_they_arrive_and_stay)
{
    struct buf wire = buf_over(NULL, 0);
    resp_put_array(&wire, 1000);
    start();
    for (size_t i = 0; i < 1000; i++) {
        resp_put_bulk(&wire, &i, sizeof i);
        enum resp_status status = resp_request_parse(&request, buf_head(&wire), buf_length(&wire));
        cr_assert_eq(status, i < 999 ? RESP_INCOMPLETE : RESP_COMPLETE);
        cr_assert_eq(request.count, i + 1);
        cr_assert_leq(request.capacity, i < 8 ? 0 : 2 * i);
    }
    for (size_t i = 0; i < 1000; i++) {
        struct resp_slice argument = resp_argument(&request, i);
        cr_assert_eq(argument.length, sizeof i);
        cr_assert_arr_eq(buf_head(&wire) + argument.offset, &i, sizeof i);
    }
    resp_request_next(&request);
    cr_expect_eq(request.capacity, 1024);
    resp_request_free(&request);
    cr_expect_null(request.many);
    cr_expect_eq(resp_request_parse(&request, NULL, 0), RESP_INCOMPLETE, "ready again");
    buf_free(&wire);
}

/* Shows a request whose bytes from `hidden_from` to `hidden_to` (whole pages) are inaccessible. */
static enum resp_status parse_with_hidden(char *bytes, size_t length, size_t hidden_from,
                                          size_t hidden_to)
{
    mprotect(bytes + hidden_from, hidden_to - hidden_from, PROT_NONE);
    enum resp_status status = resp_request_parse(&request, bytes, length);
    mprotect(bytes + hidden_from, hidden_to - hidden_from, PROT_READ | PROT_WRITE);
    return status;
}

Test(resp_request, no_byte_of_a_line_is_searched_twice)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *bytes = framing_guard() - FRAMING_BYTES;
    memset(bytes, 'x', 4 * page);
    start();
    cr_assert_eq(resp_request_parse(&request, bytes, 2 * page), RESP_INCOMPLETE);
    cr_expect_eq(parse_with_hidden(bytes, 3 * page, 0, 2 * page), RESP_INCOMPLETE);
    cr_expect_eq(request.searched, 3 * page);
}

Test(resp_request, a_payload_still_coming_is_not_looked_at)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *bytes = framing_guard() - FRAMING_BYTES;
    size_t header_bytes = (size_t)snprintf(bytes, page, "*1\r\n$%zu\r\n", 8 * page);
    start();
    cr_assert_eq(resp_request_parse(&request, bytes, header_bytes), RESP_INCOMPLETE);
    cr_expect_eq(parse_with_hidden(bytes, 6 * page, 0, 6 * page), RESP_INCOMPLETE);
    cr_expect_eq(request.missing, header_bytes + 8 * page + 2 - 6 * page);
}

/* ---- random input ---- */

static const char *const pieces[] = {"*1\r\n",
                                     "*2\r\n",
                                     "$4\r\n",
                                     "PING",
                                     "\r\n",
                                     "\n",
                                     "\r",
                                     " ",
                                     "\"",
                                     "'",
                                     "\\",
                                     "x41",
                                     "$0",
                                     "*3\r\n$1\r",
                                     "*",
                                     "$1\r\na\r\n",
                                     "*-1",
                                     "7",
                                     "abcdefghijklmnop"};

Test(resp_request, random_input_means_the_same_at_any_split)
{
    static struct framing_events whole;
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        limits = (struct resp_limits){.line_bytes = 5 + (size_t)rand_r(&seed) % 40,
                                      .elements = rand_r(&seed) % 5,
                                      .arguments = rand_r(&seed) % 5,
                                      .bulk_bytes = rand_r(&seed) % 6,
                                      .message_bytes = 5 + (size_t)rand_r(&seed) % 60};
        char wire[256];
        size_t length =
            framing_random_wire(&seed, pieces, sizeof pieces / sizeof pieces[0], wire, sizeof wire);
        framing_run(&framer, wire, length, length, 0, &whole);
        framing_expect(&framer, wire, length, whole.text);
    }
}
