#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "buf.h"
#include "resp.h"

static struct buf out;

static void tear_down(void)
{
    buf_free(&out);
}

TestSuite(resp_encode, .fini = tear_down);

/* Expects exactly these bytes in out, and empties it. */
#define EXPECT_WIRE(literal) expect_wire(literal, sizeof(literal) - 1)

static void expect_wire(const char *wire, size_t length)
{
    cr_expect_not(out.failed);
    cr_expect_eq(buf_length(&out), length, "%.*s, not %s", (int)buf_length(&out), buf_head(&out),
                 wire);
    if (buf_length(&out) == length)
        cr_expect_arr_eq(buf_head(&out), wire, length, "%.*s, not %s", (int)length, buf_head(&out),
                         wire);
    buf_consume(&out, buf_length(&out));
}

Test(resp_encode, golden)
{
    resp_put_simple(&out, "PONG");
    EXPECT_WIRE("+PONG\r\n");
    resp_put_simple(&out, "");
    EXPECT_WIRE("+\r\n");
    resp_put_error(&out, "ERR unknown command '%s'", "x");
    EXPECT_WIRE("-ERR unknown command 'x'\r\n");
    resp_put_bulk(&out, "a\0\r\nb", 5);
    EXPECT_WIRE("$5\r\na\0\r\nb\r\n");
    resp_put_bulk(&out, NULL, 0);
    EXPECT_WIRE("$0\r\n\r\n");
    resp_put_bulk_text(&out, "hello");
    EXPECT_WIRE("$5\r\nhello\r\n");
    resp_put_bulk_header(&out, 1 << 20);
    EXPECT_WIRE("$1048576\r\n");
    resp_put_array(&out, 0);
    EXPECT_WIRE("*0\r\n");
    resp_put_array(&out, 12);
    EXPECT_WIRE("*12\r\n");
}

Test(resp_encode, integers)
{
    resp_put_integer(&out, 0);
    EXPECT_WIRE(":0\r\n");
    resp_put_integer(&out, -10);
    EXPECT_WIRE(":-10\r\n");
    resp_put_integer(&out, INT64_MAX);
    EXPECT_WIRE(":9223372036854775807\r\n");
    resp_put_integer(&out, INT64_MIN);
    EXPECT_WIRE(":-9223372036854775808\r\n");
}

Test(resp_encode, both_versions)
{
    resp_put_null(&out, 2);
    EXPECT_WIRE("$-1\r\n");
    resp_put_null(&out, 3);
    EXPECT_WIRE("_\r\n");
    resp_put_map(&out, 7, 2);
    EXPECT_WIRE("*14\r\n");
    resp_put_map(&out, 7, 3);
    EXPECT_WIRE("%7\r\n");
    resp_put_verbatim(&out, "text", 4, 2);
    EXPECT_WIRE("$4\r\ntext\r\n");
    resp_put_verbatim(&out, "text", 4, 3);
    EXPECT_WIRE("=8\r\ntxt:text\r\n");
}

Test(resp_encode, an_error_is_one_line_of_512_bytes_at_most)
{
    resp_put_error(&out, "ERR a\rb\nc\r\n%s", "\n");
    EXPECT_WIRE("-ERR a b c   \r\n");
    char text[514], wire[520];
    memset(text, 'x', sizeof text);
    text[512] = '\0';
    snprintf(wire, sizeof wire, "-%s\r\n", text);
    resp_put_error(&out, "%s", text);
    expect_wire(wire, 515);
    text[512] = 'y';
    text[513] = '\0';
    resp_put_error(&out, "%s", text);
    expect_wire(wire, 515);
}

Test(resp_encode, short_memory_is_remembered)
{
    resp_put_simple(&out, "OK");
    resp_put_bulk(&out, "x", SIZE_MAX);
    cr_expect(out.failed);
    size_t length = buf_length(&out);
    resp_put_simple(&out, "OK");
    resp_put_integer(&out, 1);
    resp_put_bulk(&out, "x", 1);
    cr_expect_eq(buf_length(&out), length, "nothing is added behind the gap");
}

/* ---- encode, then parse ---- */

/* Bytes of a payload are random, its length is often small and sometimes not. */
static size_t random_payload(unsigned *seed, char *payload, size_t room)
{
    size_t length = (size_t)rand_r(seed) % (rand_r(seed) % 10 == 0 ? room : 20);
    for (size_t i = 0; i < length; i++)
        payload[i] = (char)rand_r(seed);
    return length;
}

Test(resp_encode, requests_round_trip)
{
    static char payloads[20][3000];
    size_t lengths[20];
    unsigned seed = 2;
    struct resp_request request;
    resp_request_init(&request, &resp_default_limits);
    for (int round = 0; round < 500; round++) {
        size_t count = 1 + (size_t)rand_r(&seed) % 20;
        resp_put_array(&out, count);
        for (size_t i = 0; i < count; i++) {
            lengths[i] = random_payload(&seed, payloads[i], sizeof payloads[i]);
            resp_put_bulk(&out, payloads[i], lengths[i]);
        }
        cr_assert_eq(resp_request_parse(&request, buf_head(&out), buf_length(&out)), RESP_COMPLETE);
        cr_assert_eq(request.count, count);
        cr_assert_eq(request.bytes, buf_length(&out));
        for (size_t i = 0; i < count; i++) {
            struct resp_slice argument = resp_argument(&request, i);
            cr_assert_eq(argument.length, lengths[i]);
            cr_assert_eq(memcmp(buf_head(&out) + argument.offset, payloads[i], lengths[i]), 0);
        }
        buf_consume(&out, request.bytes);
        resp_request_next(&request);
    }
    resp_request_free(&request);
}

static void expect_reply(enum resp_type type, int64_t integer, const char *text)
{
    struct resp_reply reply;
    resp_reply_init(&reply, &resp_default_limits);
    cr_assert_eq(resp_reply_parse(&reply, buf_head(&out), buf_length(&out)), RESP_COMPLETE);
    cr_expect_eq(reply.type, type, "%c, not %c", (char)reply.type, (char)type);
    cr_expect_eq(reply.integer, integer);
    cr_expect_eq(reply.text.length, strlen(text));
    cr_expect_eq(strncmp(buf_head(&out) + reply.text.offset, text, reply.text.length), 0);
    cr_expect_eq(reply.bytes, buf_length(&out));
    buf_consume(&out, buf_length(&out));
}

Test(resp_encode, replies_round_trip)
{
    resp_put_simple(&out, "OK");
    expect_reply(RESP_SIMPLE, 0, "OK");
    resp_put_error(&out, "ERR no");
    expect_reply(RESP_ERROR, 0, "ERR no");
    resp_put_integer(&out, INT64_MIN);
    expect_reply(RESP_INTEGER, INT64_MIN, "");
    resp_put_bulk_text(&out, "bulk");
    expect_reply(RESP_BULK, 0, "bulk");
    resp_put_null(&out, 2);
    expect_reply(RESP_NULL, 0, "");
    resp_put_null(&out, 3);
    expect_reply(RESP_NULL, 0, "");
    resp_put_verbatim(&out, "text", 4, 3);
    expect_reply(RESP_VERBATIM, 0, "txt:text");
    resp_put_map(&out, 1, 3);
    resp_put_integer(&out, 1);
    resp_put_integer(&out, 2);
    expect_reply(RESP_MAP, 1, ":1\r\n:2\r\n");
    resp_put_map(&out, 1, 2);
    resp_put_integer(&out, 1);
    resp_put_integer(&out, 2);
    expect_reply(RESP_ARRAY, 2, ":1\r\n:2\r\n");
}

/* ---- strict integers ---- */

static void expect_integer(const char *text, int64_t expected)
{
    int64_t value = 4711;
    cr_expect(resp_integer(text, strlen(text), &value), "%s", text);
    cr_expect_eq(value, expected, "%s: %lld", text, (long long)value);
}

Test(resp_encode, integers_that_are_integers)
{
    expect_integer("0", 0);
    expect_integer("1", 1);
    expect_integer("-1", -1);
    expect_integer("9", 9);
    expect_integer("10", 10);
    expect_integer("1000000000000000000", 1000000000000000000);
    expect_integer("9223372036854775806", INT64_MAX - 1);
    expect_integer("9223372036854775807", INT64_MAX);
    expect_integer("-9223372036854775807", -INT64_MAX);
    expect_integer("-9223372036854775808", INT64_MIN);
    int64_t value;
    cr_expect(resp_integer("123", 2, &value), "only the given length counts");
    cr_expect_eq(value, 12);
}

Test(resp_encode, integers_that_are_not)
{
    static const char *const texts[] = {"",
                                        "-",
                                        "+1",
                                        "01",
                                        "00",
                                        "-0",
                                        "-01",
                                        "--1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "1e3",
                                        "0x1",
                                        "a",
                                        "1a",
                                        "/",
                                        ":",
                                        "\xb1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "9999999999999999999",
                                        "10000000000000000000",
                                        "18446744073709551616",
                                        "-18446744073709551617",
                                        "99999999999999999999999999"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int64_t value = 4711;
        cr_expect_not(resp_integer(texts[i], strlen(texts[i]), &value), "%s", texts[i]);
        cr_expect_eq(value, 4711, "%s leaves the value alone", texts[i]);
    }
    int64_t value = 4711;
    cr_expect_not(resp_integer("1\0", 2, &value), "a NUL behind");
    cr_expect_not(resp_integer(NULL, 0, &value), "nothing at all");
}
