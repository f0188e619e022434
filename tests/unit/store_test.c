/* The store: what goes in comes out; where it lives; what it says when it cannot. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_folder.h"

TestSuite(store, .init = store_folder_begin, .fini = store_folder_end, .timeout = 60);

struct taken {
    int times;
    size_t length;
    char bytes[64];
};

static void take(void *context, struct store_bytes value)
{
    struct taken *taken = context;
    taken->times++;
    taken->length = value.length;
    memcpy(taken->bytes, value.bytes,
           value.length < sizeof taken->bytes ? value.length : sizeof taken->bytes);
}

static void expect_value(struct store *store, struct store_bytes key, struct store_bytes value)
{
    struct taken taken = {0};
    cr_expect_eq(store_get(store, key, take, &taken), STORE_OK);
    cr_expect(taken.times == 1 && taken.length == value.length &&
                  memcmp(taken.bytes, value.bytes, value.length) == 0,
              "\"%.*s\" is \"%.*s\"", (int)key.length, (const char *)key.bytes, (int)taken.length,
              taken.bytes);
}

static void expect_no_value(struct store *store, struct store_bytes key)
{
    struct taken taken = {0};
    cr_expect_eq(store_get(store, key, take, &taken), STORE_MISSING);
    cr_expect_eq(taken.times, 0);
}

/* ---- values ---- */

Test(store, keeps_any_bytes)
{
    static const struct store_bytes texts[] = {{"", 0},     {"a", 1},        {"\0", 1}, {"a\0b", 3},
                                               {"\r\n", 2}, {"\xff\xfe", 2}, {":", 1},  {"::", 2}};
    enum { TEXTS = sizeof texts / sizeof *texts };
    struct store *store = store_with(0);
    for (size_t i = 0; i < TEXTS; i++)
        cr_expect_eq(store_set(store, texts[i], texts[TEXTS - 1 - i], STORE_ALWAYS, NULL, NULL),
                     STORE_OK);
    for (size_t i = 0; i < TEXTS; i++)
        expect_value(store, texts[i], texts[TEXTS - 1 - i]);
    expect_no_value(store, bytes_of("b"));
    store_destroy(store);
}

static struct store_bytes long_key(const void *context, size_t i)
{
    (void)i;
    return (struct store_bytes){context, STORE_KEY_BYTES + 1};
}

Test(store, limits_are_limits)
{
    char *many = calloc(1, STORE_VALUE_BYTES + 1);
    struct store_bytes longest_key = {many, STORE_KEY_BYTES}, longest = {many, STORE_VALUE_BYTES};
    struct store_bytes too_long_key = long_key(many, 0), too_long = {many, STORE_VALUE_BYTES + 1};
    struct taken taken = {0};
    int64_t number;
    struct store *store = store_with(0);
    cr_expect_eq(store_set(store, longest_key, longest, STORE_ALWAYS, NULL, NULL), STORE_OK);
    cr_expect_eq(store_get(store, longest_key, take, &taken), STORE_OK);
    cr_expect_eq(taken.length, STORE_VALUE_BYTES);
    cr_expect_eq(store_set(store, longest_key, too_long, STORE_ALWAYS, NULL, NULL),
                 STORE_VALUE_TOO_LONG);
    cr_expect_eq(store_set(store, too_long_key, longest, STORE_ALWAYS, NULL, NULL),
                 STORE_KEY_TOO_LONG);
    cr_expect_eq(store_get(store, too_long_key, take, &taken), STORE_KEY_TOO_LONG);
    cr_expect_eq(store_increment(store, too_long_key, 1, &number), STORE_KEY_TOO_LONG);
    cr_expect_eq(store_delete(store, long_key, many, 1, &number), STORE_KEY_TOO_LONG);
    cr_expect_eq(store_exists(store, long_key, many, 1, &number), STORE_KEY_TOO_LONG);
    cr_expect_eq(store_size(store, &number), STORE_OK);
    cr_expect_eq(number, 1);
    store_destroy(store);
    free(many);
}

Test(store, sets_under_a_condition)
{
    struct store *store = store_with(0);
    struct taken taken = {0};
    struct store_bytes k = bytes_of("k"), v = bytes_of("v"), w = bytes_of("w");
    cr_expect_eq(store_set(store, k, v, STORE_IF_PRESENT, take, &taken), STORE_REFUSED);
    expect_no_value(store, k);
    cr_expect_eq(store_set(store, k, v, STORE_IF_MISSING, take, &taken), STORE_OK);
    cr_expect_eq(taken.times, 0);
    cr_expect_eq(store_set(store, k, w, STORE_IF_MISSING, take, &taken), STORE_REFUSED);
    cr_expect(taken.times == 1 && taken.length == 1 && *taken.bytes == 'v');
    expect_value(store, k, v);
    cr_expect_eq(store_set(store, k, w, STORE_IF_PRESENT, take, &taken), STORE_OK);
    cr_expect(taken.times == 2 && *taken.bytes == 'v');
    cr_expect_eq(store_set(store, k, v, STORE_ALWAYS, take, &taken), STORE_OK);
    cr_expect(taken.times == 3 && *taken.bytes == 'w');
    expect_value(store, k, v);
    store_destroy(store);
}

static void expect_sum(struct store *store, int64_t by, int64_t sum)
{
    int64_t result = 0;
    cr_expect_eq(store_increment(store, bytes_of("n"), by, &result), STORE_OK);
    cr_expect_eq(result, sum);
    cr_expect_eq(store_number(store, "n"), sum);
}

Test(store, adds_integers)
{
    struct store *store = store_with(0);
    int64_t result = 7;
    expect_sum(store, 5, 5);
    expect_sum(store, -7, -2);
    expect_sum(store, INT64_MAX, INT64_MAX - 2);
    expect_sum(store, 2, INT64_MAX);
    cr_expect_eq(store_increment(store, bytes_of("n"), 1, &result), STORE_OVERFLOW);
    expect_value(store, bytes_of("n"), bytes_of("9223372036854775807"));
    expect_sum(store, INT64_MIN, -1);
    expect_sum(store, -INT64_MAX, INT64_MIN);
    cr_expect_eq(store_increment(store, bytes_of("n"), -1, &result), STORE_OVERFLOW);
    expect_value(store, bytes_of("n"), bytes_of("-9223372036854775808"));
    cr_expect_eq(store_put(store, "n", "1 "), STORE_OK);
    cr_expect_eq(store_increment(store, bytes_of("n"), 1, &result), STORE_NOT_INTEGER);
    expect_value(store, bytes_of("n"), bytes_of("1 "));
    cr_expect_eq(result, 7);
    store_destroy(store);
}

static struct store_bytes word_at(const void *context, size_t i)
{
    return bytes_of(((const char *const *)context)[i]);
}

Test(store, deletes_and_counts)
{
    static const char *const words[] = {"a", "b", "nosuch", "a", ""};
    struct store *store = store_with(0);
    int64_t count;
    for (size_t i = 0; i < 5; i++)
        if (i != 2)
            cr_expect_eq(store_put(store, words[i], "x"), STORE_OK);
    cr_expect(store_size(store, &count) == STORE_OK && count == 3, "%d keys", (int)count);
    cr_expect(store_exists(store, word_at, words, 5, &count) == STORE_OK && count == 4);
    cr_expect(store_delete(store, word_at, words + 2, 2, &count) == STORE_OK && count == 1);
    cr_expect(store_delete(store, word_at, words, 1, &count) == STORE_OK && count == 0);
    cr_expect(store_size(store, &count) == STORE_OK && count == 2);
    cr_expect_eq(store_clear(store), STORE_OK);
    cr_expect(store_size(store, &count) == STORE_OK && count == 0);
    cr_expect(store_put(store, "a", "y") == STORE_OK);
    expect_value(store, bytes_of("a"), bytes_of("y"));
    store_destroy(store);
}

/* ---- its folder ---- */

Test(store, is_kept_in_a_folder_that_was_named)
{
    struct stat stat_of;
    struct store_options options = {
        .folder = store_folder_path("kept"), .readers = 1, .durability = STORE_SURVIVES_POWER_CUT};
    for (int run = 1; run <= 3; run++) {
        int64_t runs = 0;
        struct store *store = store_create(&options);
        cr_assert_not_null(store);
        cr_expect_eq(store_increment(store, bytes_of("runs"), 1, &runs), STORE_OK);
        cr_expect_eq(runs, run);
        store_destroy(store);
    }
    cr_expect(stat(options.folder, &stat_of) == 0 && (stat_of.st_mode & 0777) == 0700);
    store_folder_remove(options.folder);
}

static void expect_refusal(const char *folder, const char *complaint)
{
    struct store_options options = {.folder = folder, .readers = 1};
    char said[512] = "";
    int pipefd[2], saved = dup(STDERR_FILENO);
    cr_assert_eq(pipe(pipefd), 0);
    dup2(pipefd[1], STDERR_FILENO);
    struct store *store = store_create(&options);
    dup2(saved, STDERR_FILENO);
    close(pipefd[1]);
    cr_expect_gt(read(pipefd[0], said, sizeof said - 1), 0);
    close(pipefd[0]);
    close(saved);
    cr_expect_null(store);
    cr_expect(strstr(said, complaint) != NULL, "\"%s\" for %s", said, folder);
    char *end = strchr(said, '\n');
    cr_expect(end != NULL && end[1] == '\0', "not one line: %s", said);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
}

Test(store, says_why_it_cannot_live_there)
{
    char path[300];
    expect_refusal(store_folder_path("no/such"), "cannot make the folder ");
    expect_refusal("", "cannot make the folder ");
    write_file(store_folder_path("file"), "");
    expect_refusal(store_folder_path("file"), ": Not a directory");
    unlink(store_folder_path("file"));
    snprintf(path, sizeof path, "%s/data.mdb", store_folder_path("other"));
    cr_assert_eq(mkdir(store_folder_path("other"), 0700), 0);
    for (int i = 0; i < 2; i++) { /* a short file, and one of some pages */
        FILE *file = fopen(path, "w");
        cr_assert_not_null(file);
        fprintf(file, "%*s\n", i == 0 ? 10 : 20000, "not a data base");
        fclose(file);
        expect_refusal(store_folder_path("other"), "cannot keep data in ");
    }
    store_folder_remove(store_folder_path("other"));
    setenv("TMPDIR", store_folder_path("nosuch"), 1);
    expect_refusal(NULL, "cannot make a temporary folder in ");
}

/* ---- no room ---- */

/* A write that is cut short by a limit other than the disk's is taken for an I/O error. */
static enum store_outcome cut_short = STORE_FULL;

/* Values of `length` bytes for keys 0, 1, ... until there is no room; returns how many. */
static int fill(struct store *store, size_t length)
{
    char *value = calloc(1, length), key[16];
    enum store_outcome outcome;
    int n = 0;
    do {
        snprintf(key, sizeof key, "%d", n++);
        outcome = store_set(store, bytes_of(key), (struct store_bytes){value, length}, STORE_ALWAYS,
                            NULL, NULL);
    } while (outcome == STORE_OK);
    cr_expect(outcome == STORE_FULL || outcome == cut_short, "outcome %d", outcome);
    free(value);
    return n - 1;
}

/* Nothing is lost, half there, or kept from being read. */
static void expect_filled(struct store *store, int n, size_t length)
{
    char key[16];
    int64_t size;
    for (int i = 0; i < n; i++) {
        struct taken taken = {0};
        snprintf(key, sizeof key, "%d", i);
        cr_assert_eq(store_get(store, bytes_of(key), take, &taken), STORE_OK);
        cr_assert_eq(taken.length, length);
    }
    snprintf(key, sizeof key, "%d", n);
    expect_no_value(store, bytes_of(key));
    cr_expect(store_size(store, &size) == STORE_OK && size == n);
}

static void expect_recovery(size_t map_bytes, size_t length)
{
    struct store *store = store_with(map_bytes);
    int n = fill(store, length);
    cr_expect_gt((double)n * (double)length, 0.4 * (double)map_bytes);
    expect_filled(store, n, length);
    cr_expect_eq(store_clear(store), STORE_OK, "%zu bytes full of %zu", map_bytes, length);
    int64_t size;
    cr_expect(store_size(store, &size) == STORE_OK && size == 0);
    int again = fill(store, length);
    cr_expect_gt(again, n / 2, "%zu bytes: %d of %zu, then %d", map_bytes, n, length, again);
    store_destroy(store);
}

/* In the larger ones the list of the pages to be freed does not fit either. */
Test(store, a_full_map_can_be_read_and_cleared)
{
    expect_recovery(1 << 20, 100);
    expect_recovery(1 << 20, 100000);
    expect_recovery(32 << 20, 100);
    expect_recovery(32 << 20, 5000);
}

/* A disk that is full fails a write as this limit does. */
Test(store, a_full_disk_can_be_read)
{
    struct store *store = store_with(0);
    struct rlimit unlimited, limit;
    signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    limit = (struct rlimit){500000, unlimited.rlim_max};
    cr_assert_eq(store_put(store, "n", "5"), STORE_OK);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    cut_short = STORE_FAILED;
    int n = fill(store, 10000);
    cr_expect_gt(n, 10);
    cr_expect_eq(store_number(store, "n"), 5);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
    cr_expect_eq(store_put(store, "m", "6"), STORE_OK);
    cr_expect_eq(store_number(store, "m"), 6);
    struct taken taken = {0};
    for (int i = 0; i < n; i++) {
        char key[16];
        snprintf(key, sizeof key, "%d", i);
        cr_expect_eq(store_get(store, bytes_of(key), take, &taken), STORE_OK);
    }
    store_destroy(store);
}
