#include <criterion/criterion.h>
#include <string.h>

#include "fields.h"

Test(fields, a_ready_line)
{
    json_t *f =
        fields_parse("ready server=server_fork model=fork-per-client address=::1 port=31470 "
                     "pid=4242",
                     "ready");
    cr_assert_not_null(f);
    cr_assert_eq(json_object_size(f), 5);
    cr_assert_str_eq(json_string_value(json_object_get(f, "address")), "::1");
    cr_assert_eq(fields_number(f, "port", 0), 31470);
    cr_assert_eq(fields_number(f, "model", -7), -7, "a text is no number");
    cr_assert_eq(fields_number(f, "absent", -7), -7);
    json_decref(f);
}

Test(fields, empty_values_and_blanks)
{
    json_t *f = fields_parse("served  a= b=-5\tc=x=y \r\n", "served");
    cr_assert_not_null(f);
    cr_assert_str_eq(json_string_value(json_object_get(f, "a")), "");
    cr_assert_eq(fields_number(f, "b", 0), -5);
    cr_assert_str_eq(json_string_value(json_object_get(f, "c")), "x=y");
    json_decref(f);
}

Test(fields, only_whole_numbers_in_range_are_numbers)
{
    json_t *f = fields_parse("served a=12us b=9223372036854775807 c=9223372036854775808 d=+1 e=-",
                             "served");
    cr_assert_str_eq(json_string_value(json_object_get(f, "a")), "12us");
    cr_assert_eq(fields_number(f, "b", 0), INT64_MAX);
    cr_assert(json_is_string(json_object_get(f, "c")));
    cr_assert(json_is_string(json_object_get(f, "d")));
    cr_assert(json_is_string(json_object_get(f, "e")));
    json_decref(f);
}

Test(fields, the_last_of_two_values_holds)
{
    json_t *f = fields_parse("ready a=1 a=2", "ready");
    cr_assert_eq(fields_number(f, "a", 0), 2);
    json_decref(f);
}

Test(fields, a_line_without_fields)
{
    json_t *f = fields_parse("served", "served");
    cr_assert_not_null(f);
    cr_assert_eq(json_object_size(f), 0);
    json_decref(f);
}

Test(fields, other_lines_are_refused)
{
    static const char *const lines[] = {
        "",           "read",     "readyport=1", "served port=1",    " ready a=1",
        "ready port", "ready =1", "ready a=1 b", "ready a=\xff\xfe", "ready \xff=1"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        cr_assert_null(fields_parse(lines[i], "ready"), "\"%s\"", lines[i]);
}

Test(fields, a_key_of_any_length_is_safe)
{
    char line[512] = "ready ";
    memset(line + 6, 'k', 400);
    memcpy(line + 406, "=1", 3);
    cr_assert_null(fields_parse(line, "ready"));
}

Test(fields, nothing_has_no_fields)
{
    cr_assert_eq(fields_number(NULL, "port", 3), 3);
}
