/* The table is data, and longer than a file should be otherwise. In this order: requests in array
 * form, inline, broken framing, several requests, names, then each command, then what is made by
 * code. */
#include "scenarios.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The end of a row is written first, so that the longer texts line up behind it. */
#define ROW(END, NAME, REQUEST, REPLY, ...)                                                        \
    {                                                                                              \
        .name = NAME, .request = REQUEST, .request_length = sizeof REQUEST - 1, .reply = REPLY,    \
        .reply_length = sizeof REPLY - 1, .end = END, __VA_ARGS__                                  \
    }
#define OURS     .ours = true
#define TOGETHER .together = true

#define PROTOCOL_ERROR(TEXT) "-ERR Protocol error: " TEXT "\r\n"
#define UNKNOWN(NAME, ARGS)                                                                        \
    "-ERR unknown command '" NAME "', with args beginning with: " ARGS "\r\n"
#define ARITY(NAME)    "-ERR wrong number of arguments for '" NAME "' command\r\n"
#define NOT_INTEGER    "-ERR value is not an integer or out of range\r\n"
#define WOULD_OVERFLOW "-ERR increment or decrement would overflow\r\n"
#define KEY_TOO_LONG   "-ERR key is longer than 510 bytes\r\n"
#define NOT_IN_RANGE   "-ERR value must be from 0 to " ANY "\r\n"

#define NO_MAINT_NOTIFICATIONS "-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n"

#define X8       "xxxxxxxx"
#define X25      X8 X8 X8 "x"
#define X100     X25 X25 X25 X25
#define X128     X100 X25 "xxx"
#define X510     X100 X100 X100 X100 X100 X8 "xx"
#define ONES_16  "1111111111111111"
#define ONES_128 ONES_16 ONES_16 ONES_16 ONES_16 ONES_16 ONES_16 ONES_16 ONES_16

#define GREETING(MAP, VERSION)                                                                     \
    MAP "\r\n$6\r\nserver\r\n$" ANY "\r\n" ANY "\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n"             \
        "$5\r\nproto\r\n:" VERSION "\r\n$2\r\nid\r\n:" ANY                                         \
        "\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n"                                                  \
        "$4\r\nrole\r\n$6\r\nmaster\r\n$7\r\nmodules\r\n*0\r\n"

static const struct scenario fixed_rows[] = {
    /* Requests in array form. */
    ROW(KEPT, "array of one", "*1\r\n$4\r\nPING\r\n", "+PONG\r\n"),
    ROW(KEPT, "array of two", "*2\r\n$4\r\nECHO\r\n$7\r\nbonjour\r\n", "$7\r\nbonjour\r\n"),
    ROW(KEPT, "empty array", "*0\r\n", ""),
    ROW(KEPT, "null array", "*-1\r\n", ""),
    ROW(KEPT, "array of -10", "*-10\r\n", ""),
    ROW(KEPT, "array of -2^63", "*-9223372036854775808\r\n", ""),
    ROW(KEPT, "empty argument", "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", "$0\r\n\r\n"),
    ROW(KEPT, "argument with NULs", "*2\r\n$4\r\nECHO\r\n$5\r\n\0a\0b\0\r\n", "$5\r\n\0a\0b\0\r\n"),
    ROW(KEPT, "argument of line ends", "*2\r\n$4\r\nECHO\r\n$6\r\n\r\n\n\r\r\n\r\n",
        "$6\r\n\r\n\n\r\r\n\r\n"),
    ROW(KEPT, "argument that looks like a request",
        "*2\r\n$4\r\nECHO\r\n$14\r\n*1\r\n$4\r\nPING\r\n\r\n", "$14\r\n*1\r\n$4\r\nPING\r\n\r\n"),
    ROW(KEPT, "arguments that look like replies",
        "*2\r\n$4\r\nECHO\r\n$20\r\n$-1\r\n+OK\r\n-ERR\r\n:1\r\n\r\n",
        "$20\r\n$-1\r\n+OK\r\n-ERR\r\n:1\r\n\r\n"),

    /* Inline requests. */
    ROW(KEPT, "inline", "PING\r\n", "+PONG\r\n"),
    ROW(KEPT, "inline ended by LF alone", "PING\n", "+PONG\r\n"),
    ROW(KEPT, "empty line", "\r\n", ""),
    ROW(KEPT, "empty line of LF alone", "\n", ""),
    ROW(KEPT, "line of blanks", "  \t \r\n", ""),
    ROW(KEPT, "blanks around arguments", "  ECHO \t  x \t\r\n", "$1\r\nx\r\n"),
    ROW(KEPT, "CR within a line is a blank", "ECHO\rx\r\r\n", "$1\r\nx\r\n"),
    ROW(KEPT, "double quotes", "ECHO \"a b\"\r\n", "$3\r\na b\r\n"),
    ROW(KEPT, "escapes in double quotes", "ECHO \"\\r\\n\\t\\b\\a\\x41\\xfF\\\\\\\"\\q\"\r\n",
        "$10\r\n\r\n\t\b\aA\xff\\\"q\r\n"),
    ROW(KEPT, "a NUL by escape", "ECHO \"a\\x00b\"\r\n", "$3\r\na\0b\r\n"),
    ROW(KEPT, "an escape that is none", "ECHO \"\\xzz\\x4\"\r\n", "$5\r\nxzzx4\r\n"),
    ROW(KEPT, "single quotes", "ECHO 'a\\'b\\n\\x41\"'\r\n", "$10\r\na'b\\n\\x41\"\r\n"),
    ROW(KEPT, "empty quotes", "ECHO \"\"\r\n", "$0\r\n\r\n"),
    ROW(KEPT, "a quote opens within an argument", "ECHO foo\"b r\"\r\n", "$6\r\nfoob r\r\n"),
    ROW(KEPT, "quoted command", "\"PI\\x4eG\"\r\n", "+PONG\r\n"),
    ROW(KEPT, "a bulk header is an inline word", "$4\r\n", UNKNOWN("$4", "")),
    ROW(KEPT, "a status is an inline word", "+PING\r\n", UNKNOWN("+PING", "")),
    ROW(KEPT, "an integer is an inline word", ":1\r\n", UNKNOWN(":1", "")),
    ROW(KEPT, "an error is an inline word", "-ERR x\r\n", UNKNOWN("-ERR", "'x' ")),
    ROW(CLOSED, "quote never closed", "ECHO \"a\r\n",
        PROTOCOL_ERROR("unbalanced quotes in request")),
    ROW(CLOSED, "single quote never closed", "ECHO 'a\r\n",
        PROTOCOL_ERROR("unbalanced quotes in request")),
    ROW(CLOSED, "closing quote escaped", "ECHO \"a\\\"\r\n",
        PROTOCOL_ERROR("unbalanced quotes in request")),
    ROW(CLOSED, "no blank behind a quote", "ECHO \"a\"b\r\n",
        PROTOCOL_ERROR("unbalanced quotes in request")),
    ROW(CLOSED, "no blank behind a single quote", "ECHO 'a''b'\r\n",
        PROTOCOL_ERROR("unbalanced quotes in request")),
    ROW(CLOSED, "NUL in an inline request", "ECHO a\0b\r\n",
        PROTOCOL_ERROR("NUL in inline request"), OURS),

    /* Framing that cannot be followed. */
    ROW(CLOSED, "count not a number", "*x\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "no count", "*\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count +1", "*+1\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count 01", "*01\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count -0", "*-0\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "blank before the count", "* 1\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "blank behind the count", "*1 \r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count with decimals", "*1.0\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count 2^31", "*2147483648\r\n", PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "count under -2^63", "*-9223372036854775809\r\n",
        PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "array form with LF only waits for a CR", "*1\n$4\nPING\n\r\n",
        PROTOCOL_ERROR("invalid multibulk length")),
    ROW(CLOSED, "element not a bulk string", "*1\r\nfoo\r\n",
        PROTOCOL_ERROR("expected '$', got 'f'")),
    ROW(CLOSED, "integer as an element", "*1\r\n:1\r\n", PROTOCOL_ERROR("expected '$', got ':'")),
    ROW(CLOSED, "empty line as an element", "*1\r\n\r\n", PROTOCOL_ERROR("expected '$', got ' '")),
    ROW(CLOSED, "LF as an element", "*1\r\n\n\r\n", PROTOCOL_ERROR("expected '$', got ' '")),
    ROW(CLOSED, "length -1", "*1\r\n$-1\r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "length over 512 MiB", "*1\r\n$536870913\r\n",
        PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "length not a number", "*1\r\n$x\r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "no length", "*1\r\n$\r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "length 04", "*1\r\n$04\r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "length +4", "*1\r\n$+4\r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "blank behind the length", "*1\r\n$4 \r\n", PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "second length broken", "*2\r\n$4\r\nECHO\r\n$x\r\n",
        PROTOCOL_ERROR("invalid bulk length")),
    ROW(CLOSED, "payload longer than announced", "*1\r\n$4\r\nPINGPONG\r\n",
        PROTOCOL_ERROR("expected CRLF after bulk string"), OURS),
    ROW(CLOSED, "CR without LF in a header", "*1\rX$4\r\nPING\r\n",
        PROTOCOL_ERROR("expected LF after CR"), OURS),

    /* Several requests. */
    ROW(KEPT, "pipeline in order", "PING a\r\n*2\r\n$4\r\nECHO\r\n$1\r\nb\r\nPING\r\nECHO c\r\n",
        "$1\r\na\r\n$1\r\nb\r\n+PONG\r\n$1\r\nc\r\n"),
    ROW(KEPT, "errors answered in their place", "PING\r\nfoo\r\nPING a b\r\nPING x\r\n",
        "+PONG\r\n" UNKNOWN("foo", "") ARITY("ping") "$1\r\nx\r\n"),
    ROW(KEPT, "empty requests between others", "\r\nPING\r\n*0\r\n\n*-1\r\nPING x\r\n\r\n",
        "+PONG\r\n$1\r\nx\r\n"),
    ROW(CLOSED, "broken framing behind good requests", "PING\r\nECHO x\r\n*x\r\nPING\r\n",
        "+PONG\r\n$1\r\nx\r\n" PROTOCOL_ERROR("invalid multibulk length")),
    ROW(HALF_CLOSED, "half-close behind nothing", "", ""),
    ROW(HALF_CLOSED, "half-close behind requests", "PING\r\nECHO x\r\n", "+PONG\r\n$1\r\nx\r\n"),
    ROW(HALF_CLOSED, "half-close within a payload", "PING\r\n*2\r\n$4\r\nECHO\r\n$5\r\nab",
        "+PONG\r\n"),
    ROW(HALF_CLOSED, "half-close within a header", "PING\r\n*2\r\n$4\r\nECHO\r\n$5", "+PONG\r\n"),
    ROW(HALF_CLOSED, "half-close within a line", "PING\r\nPING", "+PONG\r\n"),
    ROW(HALF_CLOSED, "2^31-1 elements announced", "*2147483647\r\n$4\r\nPING\r\n", ""),

    ROW(HALF_CLOSED, "64 MiB announced", "*2\r\n$4\r\nECHO\r\n$67108864\r\nx", ""),
    ROW(CLOSED, "512 MiB announced", "*2\r\n$4\r\nECHO\r\n$536870912\r\nx",
        PROTOCOL_ERROR("too big request"), OURS),

    /* Command names. */
    ROW(KEPT, "any case", "pInG\r\n", "+PONG\r\n"),
    ROW(KEPT, "unknown command", "foo\r\n", UNKNOWN("foo", "")),
    ROW(KEPT, "unknown command with arguments", "Foo a 'b c' \"\"\r\n",
        UNKNOWN("Foo", "'a' 'b c' '' ")),
    ROW(KEPT, "empty command name", "*2\r\n$0\r\n\r\n$1\r\nx\r\n", UNKNOWN("", "'x' ")),
    ROW(KEPT, "line ends in names are shown as blanks", "*2\r\n$5\r\nf\r\no\n\r\n$3\r\na\r\n\r\n",
        UNKNOWN("f  o ", "'a  ' ")),
    ROW(KEPT, "unprintable bytes in names are not sent back",
        "*2\r\n$3\r\nf\0\1\r\n$2\r\n\x7f\xff\r\n",
        UNKNOWN("f?"
                "?",
                "'?"
                "?' "),
        OURS),
    ROW(KEPT, "a name followed by a NUL is another name", "*1\r\n$5\r\nPING\0\r\n",
        UNKNOWN("PING?", ""), OURS),
    ROW(KEPT, "long unknown name is cut", X128 X100 "\r\n", UNKNOWN(X128, "")),
    ROW(KEPT, "long argument of an unknown command is cut", "foo " X128 X100 " y\r\n",
        UNKNOWN("foo", "'" X128 "' ")),
    ROW(KEPT, "arguments of an unknown command are cut in all", "foo " X100 " " X100 " y\r\n",
        UNKNOWN("foo", "'" X100 "' '" X25 "' ")),
    ROW(CLOSED, "HTTP POST", "POST / HTTP/1.1\r\nHost: a\r\n\r\n", ""),
    ROW(CLOSED, "HTTP GET", "Host: a\r\n\r\n", ""),
    ROW(CLOSED, "HTTP in array form", "*1\r\n$4\r\npost\r\n", ""),
    ROW(CLOSED, "replies before HTTP are dropped", "PING\r\nhost: a\r\nPING\r\n", "", TOGETHER),

    /* PING, ECHO, QUIT. */
    ROW(KEPT, "PING with a message", "PING x\r\n", "$1\r\nx\r\n"),
    ROW(KEPT, "PING with two", "PING x y\r\n", ARITY("ping")),
    ROW(KEPT, "ECHO without a message", "ECHO\r\n", ARITY("echo")),
    ROW(KEPT, "ECHO with two", "echo x y\r\n", ARITY("echo")),
    ROW(CLOSED, "QUIT", "QUIT\r\n", "+OK\r\n"),
    ROW(CLOSED, "QUIT with arguments", "quit now please\r\n", "+OK\r\n"),
    ROW(CLOSED, "requests behind QUIT are ignored", "PING\r\nQUIT\r\nPING\r\n*x\r\n",
        "+PONG\r\n+OK\r\n"),

    /* SUM, SLEEP, SPIN, BLOB. */
    ROW(KEPT, "SUM of one", "SUM 5\r\n", ":5\r\n", OURS),
    ROW(KEPT, "SUM", "SUM 1 -2 30\r\n", ":29\r\n", OURS),
    ROW(KEPT, "SUM of extremes", "SUM 9223372036854775807 -9223372036854775808\r\n", ":-1\r\n",
        OURS),
    ROW(KEPT, "SUM of none", "SUM\r\n", ARITY("sum"), OURS),
    ROW(KEPT, "SUM overflows", "SUM 9223372036854775807 1\r\n", "-ERR sum would overflow\r\n",
        OURS),
    ROW(KEPT, "SUM underflows", "SUM -9223372036854775808 -1\r\n", "-ERR sum would overflow\r\n",
        OURS),
    ROW(KEPT, "SUM of 2^63", "SUM 9223372036854775808\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM of a word", "SUM 1 x 2\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM of an empty text", "SUM ''\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM with a sign", "SUM +1\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM with a leading zero", "SUM 01\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM of minus zero", "SUM -0\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM with a blank", "SUM '1 '\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SUM with a NUL", "SUM \"1\\x00\"\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SLEEP", "SLEEP 0\r\nSLEEP 1000\r\n", "+OK\r\n+OK\r\n", OURS),
    ROW(KEPT, "SLEEP without a time", "SLEEP\r\n", ARITY("sleep"), OURS),
    ROW(KEPT, "SLEEP of a word", "SLEEP x\r\n", NOT_INTEGER, OURS),
    ROW(KEPT, "SLEEP under zero", "SLEEP -1\r\n", NOT_IN_RANGE, OURS),
    ROW(KEPT, "SLEEP too long", "SLEEP 9223372036854775807\r\n", NOT_IN_RANGE, OURS),
    ROW(KEPT, "SPIN", "SPIN 0\r\nSPIN 1000\r\n", "+OK\r\n+OK\r\n", OURS),
    ROW(KEPT, "SPIN without a time", "SPIN\r\n", ARITY("spin"), OURS),
    ROW(KEPT, "SPIN under zero", "SPIN -1\r\n", NOT_IN_RANGE, OURS),
    ROW(KEPT, "SPIN too long", "SPIN 9223372036854775807\r\n", NOT_IN_RANGE, OURS),
    ROW(KEPT, "BLOB of nothing", "BLOB 0\r\n", "$0\r\n\r\n", OURS),
    ROW(KEPT, "BLOB", "BLOB 30\r\n", "$30\r\nabcdefghijklmnopqrstuvwxyzabcd\r\n", OURS),
    ROW(KEPT, "BLOB without a size", "BLOB\r\n", ARITY("blob"), OURS),
    ROW(KEPT, "BLOB under zero", "BLOB -1\r\n", NOT_IN_RANGE, OURS),
    ROW(KEPT, "BLOB too long", "BLOB 9223372036854775807\r\n", NOT_IN_RANGE, OURS),

    /* Shared state. Rows are played twice and cut anywhere: each begins by making its own state. */
    ROW(KEPT, "SET and GET", "SET s bonjour\r\nGET s\r\n", "+OK\r\n$7\r\nbonjour\r\n"),
    ROW(KEPT, "SET of any bytes",
        "*3\r\n$3\r\nSET\r\n$3\r\n\0\r\n\r\n$4\r\n\xff\0\n\r\r\n*2\r\n$3\r\nGET\r\n$"
        "3\r\n\0\r\n\r\n",
        "+OK\r\n$4\r\n\xff\0\n\r\r\n"),
    ROW(KEPT, "a key that is empty, and a value", "SET '' ''\r\nGET ''\r\nDEL ''\r\n",
        "+OK\r\n$0\r\n\r\n:1\r\n"),
    ROW(KEPT, "a key followed by a NUL is another key", "SET s x\r\nGET \"s\\x00\"\r\n",
        "+OK\r\n$-1\r\n"),
    ROW(KEPT, "GET of nothing", "GET nosuch\r\n", "$-1\r\n"),
    ROW(KEPT, "nothing in RESP3", "HELLO 3\r\nGET nosuch\r\nSET nosuch x XX\r\n",
        GREETING("%7", "3") "_\r\n_\r\n"),
    ROW(KEPT, "SET NX", "SET s x\r\nSET s y NX\r\nDEL s\r\nSET s z nx\r\nGET s\r\n",
        "+OK\r\n$-1\r\n:1\r\n+OK\r\n$1\r\nz\r\n"),
    ROW(KEPT, "SET XX", "SET s x\r\nSET s y XX\r\nDEL s\r\nSET s z xx\r\nGET s\r\n",
        "+OK\r\n+OK\r\n:1\r\n$-1\r\n$-1\r\n"),
    ROW(KEPT, "SET GET", "SET s x\r\nSET s y GET\r\nSET s z NX GET\r\nGET s\r\n",
        "+OK\r\n$1\r\nx\r\n$1\r\ny\r\n$1\r\ny\r\n"),
    ROW(KEPT, "SET KEEPTTL", "SET s x KEEPTTL\r\n", "+OK\r\n"),
    ROW(KEPT, "SET with an option that is none", "SET s x nosuch\r\n", "-ERR syntax error\r\n"),
    ROW(KEPT, "SET NX and XX", "SET s x NX XX\r\n", "-ERR syntax error\r\n"),
    ROW(KEPT, "SET EX: nothing expires", "SET s x EX 10\r\n", "-ERR syntax error\r\n", OURS),
    ROW(KEPT, "SET without a value", "SET s\r\n", ARITY("set")),
    ROW(KEPT, "GET of two", "GET s t\r\n", ARITY("get")),
    ROW(KEPT, "INCR of nothing", "SET n 1\r\nDEL n\r\nINCR n\r\nINCR n\r\nGET n\r\n",
        "+OK\r\n:1\r\n:1\r\n:2\r\n$1\r\n2\r\n"),
    ROW(KEPT, "INCR beyond 2^63-1", "SET n 9223372036854775807\r\nINCR n\r\nGET n\r\n",
        "+OK\r\n" WOULD_OVERFLOW "$19\r\n9223372036854775807\r\n"),
    ROW(KEPT, "DECR below -2^63", "SET n -9223372036854775808\r\nDECR n\r\nDECRBY n 1\r\n",
        "+OK\r\n" WOULD_OVERFLOW WOULD_OVERFLOW),
    ROW(KEPT, "INCRBY and DECRBY", "SET n 10\r\nINCRBY n -3\r\nDECRBY n -4\r\nDECR n\r\n",
        "+OK\r\n:7\r\n:11\r\n:10\r\n"),
    ROW(KEPT, "DECRBY -2^63", "SET n -1\r\nDECRBY n -9223372036854775808\r\n",
        "+OK\r\n-ERR decrement would overflow\r\n"),
    ROW(KEPT, "INCR of a word", "SET n x\r\nINCR n\r\nGET n\r\n",
        "+OK\r\n" NOT_INTEGER "$1\r\nx\r\n"),
    ROW(KEPT, "INCR of an empty text", "SET n ''\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCR of a leading zero", "SET n 01\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCR of minus zero", "SET n -0\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCR of a blank behind", "SET n '1 '\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCR of a NUL behind", "SET n \"1\\x00\"\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCR of 2^63", "SET n 9223372036854775808\r\nINCR n\r\n", "+OK\r\n" NOT_INTEGER),
    ROW(KEPT, "INCRBY a word", "INCRBY n 1x\r\n", NOT_INTEGER),
    ROW(KEPT, "INCRBY 2^63", "INCRBY n 9223372036854775808\r\n", NOT_INTEGER),
    ROW(KEPT, "INCR of two", "INCR n m\r\n", ARITY("incr")),
    ROW(KEPT, "DEL of one twice", "SET s x\r\nDEL s s\r\nDEL s nosuch\r\n", "+OK\r\n:1\r\n:0\r\n"),
    ROW(KEPT, "EXISTS of one twice", "SET s x\r\nEXISTS s nosuch s\r\n", "+OK\r\n:2\r\n"),
    ROW(KEPT, "DEL of none", "DEL\r\n", ARITY("del")),
    ROW(KEPT, "FLUSHALL", "SET s x\r\nFLUSHALL\r\nDBSIZE\r\nSET s x\r\nDBSIZE\r\n",
        "+OK\r\n+OK\r\n:0\r\n+OK\r\n:1\r\n"),
    ROW(KEPT, "FLUSHALL in two ways", "FLUSHALL ASYNC\r\nflushdb sync\r\n", "+OK\r\n+OK\r\n"),
    ROW(KEPT, "FLUSHALL in no way", "FLUSHALL now\r\n", "-ERR syntax error\r\n"),
    ROW(KEPT, "DBSIZE of something", "DBSIZE x\r\n", ARITY("dbsize")),
    ROW(KEPT, "longest key", "SET " X510 " x\r\nDEL " X510 "\r\n", "+OK\r\n:1\r\n"),
    ROW(KEPT, "key too long", "SET " X510 "x y\r\nGET " X510 "x\r\n", KEY_TOO_LONG KEY_TOO_LONG,
        OURS),

    /* What client libraries ask. */
    ROW(KEPT, "INFO", "INFO\r\n",
        "$" ANY "\r\n# Server\r\nredis_version:7.0.15\r\n" ANY "\r\n\r\n"),
    ROW(KEPT, "INFO of a section", "info CLIENTS\r\n",
        "$" ANY "\r\n# Clients\r\nconnected_clients:" ANY "\r\nmaxclients:" ANY "\r\n\r\n"),
    ROW(KEPT, "INFO of no section", "INFO nosuch\r\n", "$0\r\n\r\n"),
    ROW(KEPT, "DEBUG where it is not allowed", "DEBUG SEGFAULT\r\nDEBUG nosuch\r\n",
        "-ERR DEBUG command not allowed. " ANY "\r\n-ERR DEBUG command not allowed. " ANY "\r\n"),
    ROW(KEPT, "DEBUG alone", "DEBUG\r\n", ARITY("debug")),
    ROW(KEPT, "SELECT 0", "SELECT 0\r\n", "+OK\r\n"),
    ROW(KEPT, "SELECT 1", "SELECT 1\r\n", "-ERR DB index is out of range\r\n", OURS),
    ROW(KEPT, "SELECT 16", "SELECT 16\r\n", "-ERR DB index is out of range\r\n"),
    ROW(KEPT, "SELECT -1", "SELECT -1\r\n", "-ERR DB index is out of range\r\n"),
    ROW(KEPT, "SELECT of a word", "SELECT x\r\n", NOT_INTEGER),
    ROW(KEPT, "SELECT of none", "SELECT\r\n", ARITY("select")),
    ROW(KEPT, "HELLO", "HELLO\r\n", GREETING("*14", "2")),
    ROW(KEPT, "HELLO 2", "HELLO 2\r\n", GREETING("*14", "2")),
    ROW(KEPT, "HELLO 3", "HELLO 3\r\n", GREETING("%7", "3")),
    ROW(KEPT, "HELLO keeps the version", "hello 3\r\nhello\r\n",
        GREETING("%7", "3") GREETING("%7", "3")),
    ROW(KEPT, "HELLO 4", "HELLO 4\r\n", "-NOPROTO unsupported protocol version\r\n"),
    ROW(KEPT, "HELLO 1", "HELLO 1\r\n", "-NOPROTO unsupported protocol version\r\n"),
    ROW(KEPT, "HELLO of a word", "HELLO abc\r\n",
        "-ERR Protocol version is not an integer or out of range\r\n"),
    ROW(KEPT, "HELLO with an unknown option", "HELLO 3 x\r\n",
        "-ERR Syntax error in HELLO option 'x'\r\n"),
    ROW(KEPT, "HELLO with a name", "HELLO 2 SETNAME me\r\nCLIENT GETNAME\r\n",
        GREETING("*14", "2") "$2\r\nme\r\n"),
    ROW(KEPT, "null, map and text in RESP3",
        "HELLO 3\r\nCLIENT SETNAME ''\r\nCLIENT GETNAME\r\nCONFIG GET save\r\nINFO nosuch\r\n",
        GREETING("%7", "3") "+OK\r\n_\r\n%1\r\n$4\r\nsave\r\n$0\r\n\r\n=4\r\ntxt:\r\n"),
    ROW(KEPT, "back to RESP2", "HELLO 3\r\nHELLO 2\r\nCONFIG GET save\r\n",
        GREETING("%7", "3") GREETING("*14", "2") "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
    ROW(KEPT, "CLIENT ID", "CLIENT ID\r\n", ":" ANY "\r\n"),
    ROW(KEPT, "no name", "CLIENT SETNAME ''\r\nCLIENT GETNAME\r\n", "+OK\r\n$-1\r\n"),
    ROW(KEPT, "a name", "CLIENT SETNAME me\r\nclient getname\r\n", "+OK\r\n$2\r\nme\r\n"),
    ROW(KEPT, "a name with a blank", "CLIENT SETNAME 'a b'\r\n",
        "-ERR Client names cannot contain spaces, newlines or special characters.\r\n"),
    ROW(KEPT, "CLIENT SETNAME of none", "CLIENT SETNAME\r\n", ARITY("client|setname")),
    ROW(KEPT, "CLIENT SETINFO", "CLIENT SETINFO LIB-NAME x\r\nCLIENT SETINFO lib-ver 1\r\n",
        "+OK\r\n+OK\r\n", OURS),
    ROW(KEPT, "unknown CLIENT subcommand", "CLIENT X\r\n",
        "-ERR unknown subcommand 'X'. Try CLIENT HELP.\r\n"),
    ROW(KEPT, "CLIENT alone", "CLIENT\r\n", ARITY("client")),
    ROW(KEPT, "what node-redis opens with",
        "HELLO 3\r\nCLIENT SETINFO LIB-VER 6.3.1\r\nCLIENT SETINFO LIB-NAME node-redis\r\n"
        "CLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type external-ip\r\n",
        GREETING("%7", "3") "+OK\r\n+OK\r\n" NO_MAINT_NOTIFICATIONS, OURS),
    ROW(KEPT, "what redis-py opens with",
        "HELLO 3\r\nCLIENT MAINT_NOTIFICATIONS ON moving-endpoint-type internal-ip\r\n"
        "CLIENT SETINFO LIB-NAME redis-py\r\nCLIENT SETINFO LIB-VER 8.1.0\r\n",
        GREETING("%7", "3") NO_MAINT_NOTIFICATIONS "+OK\r\n+OK\r\n", OURS),
    ROW(KEPT, "what ioredis opens with",
        "hello 3\r\nclient SETINFO LIB-VER 6.0.0\r\nclient SETINFO LIB-NAME ioredis\r\ninfo\r\n",
        GREETING("%7", "3") "+OK\r\n+OK\r\n=" ANY "\r\ntxt:# Server\r\nredis_version:" ANY "\r\n",
        OURS),
    ROW(KEPT, "CONFIG GET", "CONFIG GET save\r\n", "*2\r\n$4\r\nsave\r\n$0\r\n\r\n"),
    ROW(KEPT, "CONFIG GET appendonly", "config get appendonly\r\n",
        "*2\r\n$10\r\nappendonly\r\n$2\r\nno\r\n"),
    ROW(KEPT, "CONFIG GET of nothing known", "CONFIG GET nosuch\r\n", "*0\r\n"),
    ROW(KEPT, "CONFIG GET without a name", "CONFIG GET\r\n", ARITY("config|get")),
    ROW(KEPT, "unknown CONFIG subcommand", "CONFIG x\r\n",
        "-ERR unknown subcommand 'x'. Try CONFIG HELP.\r\n"),
    ROW(KEPT, "CONFIG alone", "CONFIG\r\n", ARITY("config")),
    ROW(KEPT, "CONFIG HELP", "CONFIG HELP\r\n", "*" ANY "\r\n+CONFIG <subcommand> " ANY "\r\n"),
    ROW(KEPT, "COMMAND", "COMMAND\r\n", "*" ANY "\r\n$4\r\nping\r\n" ANY),
    ROW(KEPT, "COMMAND COUNT", "COMMAND COUNT\r\n", ":" ANY "\r\n"),
    ROW(KEPT, "COMMAND INFO of no command", "COMMAND INFO nosuch\r\n", "*1\r\n$-1\r\n"),
    ROW(KEPT, "COMMAND DOCS", "COMMAND DOCS ping\r\n", "*2\r\n$4\r\nping\r\n" ANY),
    ROW(KEPT, "FUNCTION FLUSH", "FUNCTION FLUSH\r\nfunction flush async\r\n", "+OK\r\n+OK\r\n"),
    ROW(KEPT, "FUNCTION FLUSH in no way", "FUNCTION FLUSH now\r\nFUNCTION FLUSH SYNC SYNC\r\n",
        "-ERR FUNCTION FLUSH only supports SYNC|ASYNC option\r\n"
        "-ERR unknown subcommand or wrong number of arguments for 'FLUSH'. Try FUNCTION HELP.\r\n"),
    ROW(KEPT, "COMMAND DOCS of no command", "COMMAND DOCS nosuch\r\n", "*0\r\n"),
    ROW(KEPT, "unknown COMMAND subcommand", "COMMAND x\r\n",
        "-ERR unknown subcommand 'x'. Try COMMAND HELP.\r\n"),
};

/* ---- rows too long to be written down ---- */

enum { FIXED_ROWS = sizeof fixed_rows / sizeof *fixed_rows, MADE_ROWS = 18 };

static struct scenario rows[FIXED_ROWS + MADE_ROWS];
static size_t row_count;

struct writer {
    struct scenario row;
    FILE *request, *reply;
};

static void row_begin(struct writer *w, enum scenario_end end, const char *name, bool ours)
{
    *w = (struct writer){.row = {.name = name, .end = end, .ours = ours}};
    w->request = open_memstream((char **)&w->row.request, &w->row.request_length);
    w->reply = open_memstream((char **)&w->row.reply, &w->row.reply_length);
}

static void row_end(struct writer *w)
{
    fclose(w->request);
    fclose(w->reply);
    cr_assert(row_count < FIXED_ROWS + MADE_ROWS);
    rows[row_count++] = w->row;
}

static void repeat(FILE *to, char c, size_t times)
{
    while (times-- > 0)
        putc_unlocked(c, to);
}

/* Every byte value, in an order whose period no power of two divides. */
static void put_bytes(FILE *to, size_t length)
{
    for (size_t i = 0; i < length; i++)
        putc_unlocked((int)((i * 7 + i / 251) & 0xff), to);
}

static void make_echo(const char *name, enum scenario_end end, size_t length)
{
    struct writer w;
    row_begin(&w, end, name, false);
    fprintf(w.request, "*2\r\n$4\r\nECHO\r\n$%zu\r\n", length);
    fprintf(w.reply, "$%zu\r\n", length);
    put_bytes(w.request, length);
    put_bytes(w.reply, length);
    fputs("\r\n", w.request);
    fputs("\r\n", w.reply);
    row_end(&w);
}

static void make_sum(const char *name, int terms)
{
    struct writer w;
    int64_t sum = 0;
    row_begin(&w, KEPT, name, true);
    fprintf(w.request, "*%d\r\n$3\r\nSUM\r\n", 1 + terms);
    for (int i = 0; i < terms; i++) {
        char number[24];
        int length = snprintf(number, sizeof number, "%d", i * 1000 - 7);
        fprintf(w.request, "$%d\r\n%s\r\n", length, number);
        sum += i * 1000 - 7;
    }
    fprintf(w.reply, ":%lld\r\n", (long long)sum);
    row_end(&w);
}

static void make_blob(const char *name, size_t length)
{
    struct writer w;
    row_begin(&w, KEPT, name, true);
    fprintf(w.request, "BLOB %zu\r\n", length);
    fprintf(w.reply, "$%zu\r\n", length);
    for (size_t i = 0; i < length; i++)
        putc_unlocked("abcdefghijklmnopqrstuvwxyz"[i % 26], w.reply);
    fputs("\r\n", w.reply);
    row_end(&w);
}

static void make_pipeline(const char *name, int requests)
{
    struct writer w;
    row_begin(&w, KEPT, name, false);
    for (int i = 0; i < requests; i++) {
        fprintf(w.request, "PING %06d\r\n", i);
        fprintf(w.reply, "$6\r\n%06d\r\n", i);
    }
    row_end(&w);
}

/* `filler` bytes between two texts, and one reply. */
static void make_filled(const char *name, enum scenario_end end, const char *before, size_t filler,
                        const char *after, const char *reply)
{
    struct writer w;
    row_begin(&w, end, name, false);
    fputs(before, w.request);
    repeat(w.request, '1', filler);
    fputs(after, w.request);
    fputs(reply, w.reply);
    row_end(&w);
}

static void make_set(const char *name, size_t length)
{
    struct writer w;
    row_begin(&w, KEPT, name, false);
    fprintf(w.request, "*3\r\n$3\r\nSET\r\n$1\r\nl\r\n$%zu\r\n", length);
    put_bytes(w.request, length);
    fputs("\r\n", w.request);
    fputs("+OK\r\n", w.reply);
    row_end(&w);
}

static void make_rows(void)
{
    const size_t line = 64 << 10;
    make_echo("ECHO of all bytes", KEPT, 256);
    make_echo("ECHO of 64 KiB", KEPT, line);
    make_echo("ECHO of 1 MiB", KEPT, 1 << 20);
    make_echo("ECHO of 8 MiB", KEPT, 8 << 20);
    make_echo("half-close behind ECHO of 1 MiB", HALF_CLOSED, 1 << 20);
    make_sum("SUM of 500", 500);
    make_sum("SUM of more than 1024", 3000);
    make_blob("BLOB of 1 MiB", 1 << 20);
    make_set("SET of 1 MiB", 1 << 20);
    make_pipeline("pipeline of 1000", 1000);
    make_pipeline("pipeline of 50000", 50000);
    make_filled("64 KiB without LF: waits", HALF_CLOSED, "", line, "", "");
    make_filled("64 KiB and an LF", KEPT, "", line, "\n", UNKNOWN(ONES_128, ""));
    make_filled("more than 64 KiB without LF", CLOSED, "", line + 1, "",
                PROTOCOL_ERROR("too big inline request"));
    make_filled("count line over 64 KiB", CLOSED, "*", line + 100, "",
                PROTOCOL_ERROR("too big mbulk count string"));
    make_filled("length line over 64 KiB", CLOSED, "*1\r\n$", line + 100, "",
                PROTOCOL_ERROR("too big bulk count string"));
}

const struct scenario *scenarios(size_t *count)
{
    if (row_count == 0) {
        memcpy(rows, fixed_rows, sizeof fixed_rows);
        row_count = FIXED_ROWS;
        make_rows();
    }
    *count = row_count;
    return rows;
}
