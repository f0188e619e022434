/* The list of --source: what is read, in which order it is used, how each mistake is told. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "source.h"

static struct source_list parse(const char *text)
{
    struct source_list s;
    char error[SOURCE_ERROR_BYTES] = "";
    cr_assert(source_parse(&s, text, error), "%s: %s", text, error);
    return s;
}

/* The hosts of a list, as source_of gives them, with blanks between. */
static void expect_hosts(const char *text, const char *expected)
{
    struct source_list s = parse(text);
    char hosts[2048], *end = hosts;
    for (uint64_t i = 0; i < s.count; i++) {
        char host[NET_TEXT_BYTES];
        cr_expect_eq(net_port(source_of(&s, i)), 0);
        end += sprintf(end, "%s%s", i > 0 ? " " : "", net_host_text(source_of(&s, i), host));
    }
    cr_expect_str_eq(hosts, expected, "%s", text);
    source_free(&s);
}

Test(source, lists_are_read)
{
    expect_hosts("127.0.0.1", "127.0.0.1");
    expect_hosts("::1", "::1");
    expect_hosts("10.1.2.3,127.0.0.9", "10.1.2.3 127.0.0.9");
    expect_hosts("127.0.0.2-127.0.0.4", "127.0.0.2 127.0.0.3 127.0.0.4");
    expect_hosts("127.0.0.2-127.0.0.2", "127.0.0.2");
    expect_hosts("10.0.0.255-10.0.1.1", "10.0.0.255 10.0.1.0 10.0.1.1");
    expect_hosts("::1,127.0.0.8-127.0.0.9,fd00::2", "::1 127.0.0.8 127.0.0.9 fd00::2");
    expect_hosts("127.0.0.1,127.0.0.1", "127.0.0.1 127.0.0.1");
    expect_hosts("223.255.255.254-223.255.255.255", "223.255.255.254 223.255.255.255");
    expect_hosts("2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1");
    expect_hosts("::ffff:127.0.0.1", "::ffff:127.0.0.1");
    expect_hosts("fe80::1%1", "fe80::1%lo");
}

Test(source, each_in_turn)
{
    struct source_list s = parse("127.0.0.2-127.0.0.4");
    cr_assert_eq(s.count, 3);
    for (uint64_t i = 0; i < 9; i++)
        cr_expect_eq(source_of(&s, i), &s.addresses[i % 3]);
    cr_expect_eq(source_of(&s, UINT64_MAX), &s.addresses[UINT64_MAX % 3]);
    source_free(&s);
    cr_expect_null(source_of(&s, 0), "an empty list leaves the choice to the system");
    cr_expect_null(source_of(&s, 7));
    source_free(&s);
}

static void expect_refused(const char *text, const char *reason)
{
    struct source_list s;
    char error[SOURCE_ERROR_BYTES] = "";
    cr_assert_not(source_parse(&s, text, error), "\"%s\"", text);
    cr_expect_eq(strncmp(error, "must be ", 8), 0, "%s", error);
    cr_expect_not_null(strstr(error, reason), "\"%s\": %s", text, error);
    cr_expect(s.count == 0 && s.addresses == NULL);
}

Test(source, what_is_no_list)
{
    static const char *const texts[] = {"",
                                        ",",
                                        "127.0.0.1,",
                                        ",127.0.0.1",
                                        "127.0.0.1,,127.0.0.2",
                                        " 127.0.0.1",
                                        "127.0.0.1 ",
                                        "127.0.0.1, 127.0.0.2",
                                        "127.0.0.1\n",
                                        "localhost",
                                        "127.0.0",
                                        "127.1",
                                        "2130706433",
                                        "0x7f000001",
                                        "127.0.0.256",
                                        "127.0.0.-1",
                                        "127.0.0.1.1",
                                        "+127.0.0.1",
                                        "127.0.0.1:80",
                                        "127.0.0.1/8",
                                        "-",
                                        "-127.0.0.1",
                                        "127.0.0.1-",
                                        "127.0.0.1--127.0.0.2",
                                        "127.0.0.1-127.0.0.2-127.0.0.3",
                                        "127.0.0.9-127.0.0.2",
                                        "127.0.0.2-9",
                                        "127.0.0.1-::1",
                                        "::1-::4",
                                        ":",
                                        ":::",
                                        "::1::",
                                        "[::1]",
                                        "::g",
                                        "::1%",
                                        "fe80::1%no-such-zone",
                                        "1:2:3:4:5:6:7:8:9",
                                        "a:b",
                                        "%s%n",
                                        "\xff\xfe"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_refused(texts[i], "is neither");
    expect_refused("127.0.0.1,127.0.0.x-127.0.0.9", "'127.0.0.x-127.0.0.9' is neither");
}

Test(source, long_texts)
{
    enum { LONG = 100000 };
    static char text[LONG];
    memset(text, '1', LONG - 1);
    expect_refused(text, "is neither");
    memset(text, ':', LONG - 1);
    expect_refused(text, "is neither");
    memset(text, '-', LONG - 1);
    expect_refused(text, "is neither");
    memset(text, '0', LONG - 1);
    memcpy(text, "127.0.0.1,", 10);
    expect_refused(text, "is neither");
    memset(text, ',', LONG - 1);
    expect_refused(text, "is neither");
}

Test(source, addresses_that_nothing_comes_from)
{
    expect_refused("0.0.0.0", "0.0.0.0 can never be");
    expect_refused("::", ":: can never be");
    expect_refused("224.0.0.1", "224.0.0.1 can never be");
    expect_refused("255.255.255.255", "255.255.255.255 can never be");
    expect_refused("255.255.255.250-255.255.255.255", "can never be");
    expect_refused("ff02::1", "ff02::1 can never be");
    expect_refused("223.255.255.255-224.0.0.0", "224.0.0.0 can never be");
    expect_refused("127.0.0.1,0.0.0.0", "0.0.0.0 can never be");
}

Test(source, not_more_than_1024)
{
    struct source_list s = parse("127.0.0.1-127.0.4.0");
    cr_expect_eq(s.count, SOURCE_MOST);
    source_free(&s);
    expect_refused("127.0.0.1-127.0.4.1", "1024 addresses at most");
    expect_refused("127.0.0.1-127.0.4.0,127.0.0.1", "1024 addresses at most");
    expect_refused("1.0.0.0-255.255.255.255", "1024 addresses at most");
}

static void expect_unfit(const char *sources, const char *target, const char *expected)
{
    struct source_list s = parse(sources), targets = parse(target);
    char error[SOURCE_ERROR_BYTES] = "";
    cr_expect_not(source_fits(&s, source_of(&targets, 0), error));
    cr_expect_str_eq(error, expected);
    source_free(&s);
    source_free(&targets);
}

Test(source, the_family_of_the_target)
{
    struct source_list in4 = parse("127.0.0.2-127.0.0.9"), in6 = parse("::1,fd00::1");
    struct source_list none = {0};
    char error[SOURCE_ERROR_BYTES];
    cr_expect(source_fits(&in4, source_of(&in4, 0), error));
    cr_expect(source_fits(&in6, source_of(&in6, 0), error));
    cr_expect(source_fits(&none, source_of(&in4, 0), error));
    cr_expect(source_fits(&none, source_of(&in6, 0), error));
    source_free(&in4);
    source_free(&in6);
    expect_unfit("127.0.0.2,::1", "127.0.0.1",
                 "must be IPv4 addresses, as the server's 127.0.0.1 is: ::1 is not");
    expect_unfit("::1,127.0.0.2", "::1",
                 "must be IPv6 addresses, as the server's ::1 is: 127.0.0.2 is not");
    expect_unfit("::ffff:127.0.0.1", "127.0.0.1",
                 "must be IPv4 addresses, as the server's 127.0.0.1 is: ::ffff:127.0.0.1 is not");
}
