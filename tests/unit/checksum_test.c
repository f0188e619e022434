#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "checksum.h"

/* Vectors of the authors of FNV. */
static void expect_checksum(const char *bytes, const char *wanted)
{
    char path[] = "/tmp/checksum_test.XXXXXX", text[CHECKSUM_BYTES];
    int fd = mkstemp(path);
    cr_assert(fd >= 0 && write(fd, bytes, strlen(bytes)) == (ssize_t)strlen(bytes));
    close(fd);
    cr_expect(checksum_of_file(text, path));
    cr_expect_str_eq(text, wanted);
    unlink(path);
}

Test(checksum, of_files)
{
    expect_checksum("", "cbf29ce484222325");
    expect_checksum("a", "af63dc4c8601ec8c");
    expect_checksum("foobar", "85944171f73967e8");
}

Test(checksum, of_what_cannot_be_read)
{
    char text[CHECKSUM_BYTES] = "old";
    cr_expect_not(checksum_of_file(text, "/nonexistent/file"));
    cr_expect_eq(errno, ENOENT);
    cr_expect_str_empty(text);
    cr_expect_not(checksum_of_file(text, "/tmp"), "a folder is no file");
    cr_expect_str_empty(text);
}
