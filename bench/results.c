#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kinds_table.h"
#include "points_csv.h"
#include "reason.h"
#include "results_json.h"
#include "table.h"
#include "table_csv.h"

#define fail(error, ...) reason_give(error, RESULTS_ERROR_BYTES, __VA_ARGS__)

static const char default_place[] = BENCH_FOLDER "/results";

static bool join(char path[RESULTS_PATH_BYTES], const char *folder, const char *name)
{
    return (size_t)snprintf(path, RESULTS_PATH_BYTES, "%s/%s", folder, name) < RESULTS_PATH_BYTES;
}

/* ---- the folder ---- */

/* mkdir -p. False with errno. */
static bool make_folders(const char *path)
{
    char part[RESULTS_PATH_BYTES];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = part + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return false;
        *slash = '/';
    }
    return mkdir(part, 0777) == 0 || errno == EEXIST;
}

/* bench/results/2031-05-17T09-30-00Z, with a number behind it if that second is taken. */
static bool make_default_folder(struct results *r, const char *started_at,
                                char error[RESULTS_ERROR_BYTES])
{
    char name[64];
    if (!make_folders(default_place))
        return fail(error, "cannot make %s: %s", default_place, strerror(errno));
    for (int n = 1; n < 100; n++) {
        int length = snprintf(name, sizeof name - 8, "%s", started_at);
        if (n > 1)
            snprintf(name + length, sizeof name - (size_t)length, "-%d", n);
        for (char *colon = name; (colon = strchr(colon, ':')) != NULL;)
            *colon = '-'; /* a colon in a file name is a nuisance to scp and Windows */
        if (!join(r->folder, default_place, name))
            return fail(error, "%s: the path is too long", default_place);
        if (mkdir(r->folder, 0777) == 0)
            return true;
        if (errno != EEXIST)
            break;
    }
    return fail(error, "cannot make %s: %s", r->folder, strerror(errno));
}

/* A lock on the folder, which ends with this program, however it ends. */
static bool lock_folder(struct results *r, char error[RESULTS_ERROR_BYTES])
{
    r->lockfd = open(r->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->lockfd >= 0 && flock(r->lockfd, LOCK_EX | LOCK_NB) == 0)
        return true;
    fail(error, "%s: %s", r->folder,
         errno == EWOULDBLOCK ? "another suite is writing there" : strerror(errno));
    results_close(r);
    return false;
}

void results_close(struct results *r)
{
    if (r->lockfd >= 0)
        close(r->lockfd);
    r->lockfd = -1;
}

/* Results that are there, and whether files can be written, of a folder that is locked: in that of
 * another suite nothing may be touched. */
static bool check_files(struct results *r, bool wanted, char error[RESULTS_ERROR_BYTES])
{
    char existing[RESULTS_PATH_BYTES];
    if (!join(existing, r->folder, "results.json") || !join(r->scratch, r->folder, "run.json.part"))
        return fail(error, "%s: the path is too long", r->folder);
    if (!wanted && access(existing, F_OK) == 0)
        return fail(error, "%s is there already: choose another folder", existing);
    FILE *file = fopen(r->scratch, "we");
    if (file == NULL)
        return fail(error, "cannot write to %s: %s", r->folder, strerror(errno));
    fclose(file);
    unlink(r->scratch);
    return true;
}

static bool check_folder(struct results *r, bool wanted, char error[RESULTS_ERROR_BYTES])
{
    if (!lock_folder(r, error))
        return false;
    if (check_files(r, wanted, error))
        return true;
    results_close(r);
    return false;
}

bool results_open(struct results *r, const char *out, const char *started_at,
                  char error[RESULTS_ERROR_BYTES])
{
    *r = (struct results){.is_default_place = out == NULL, .lockfd = -1};
    if (out == NULL)
        return make_default_folder(r, started_at, error) && check_folder(r, false, error);
    if (*out == '\0' ||
        (size_t)snprintf(r->folder, sizeof r->folder, "%s", out) >= sizeof r->folder)
        return fail(error, "--out: the path is empty or too long");
    if (!make_folders(r->folder))
        return fail(error, "cannot make %s: %s", r->folder, strerror(errno));
    return check_folder(r, false, error);
}

/* The folder lies where those without --out are made. */
static bool is_default(const char *folder)
{
    char place[PATH_MAX], path[PATH_MAX];
    if (realpath(default_place, place) == NULL || realpath(folder, path) == NULL)
        return false;
    size_t length = strlen(place);
    return strncmp(path, place, length) == 0 && path[length] == '/' &&
           strchr(path + length + 1, '/') == NULL;
}

bool results_reopen(struct results *r, const char *folder, char error[RESULTS_ERROR_BYTES])
{
    *r = (struct results){.is_default_place = is_default(folder), .lockfd = -1};
    if ((size_t)snprintf(r->folder, sizeof r->folder, "%s", folder) >= sizeof r->folder)
        return fail(error, "--resume: the path is too long");
    for (size_t end = strlen(r->folder); end > 1 && r->folder[end - 1] == '/'; end--)
        r->folder[end - 1] = '\0';
    return check_folder(r, true, error);
}

/* ---- the files ---- */

/* Writes name in the folder by way of a temporary file, which takes its place when all is written.
 */
static bool write_file(const struct results *r, const char *name, const struct suite *suite,
                       const struct summary *summaries,
                       bool (*write)(FILE *, const struct suite *, const struct summary *),
                       char error[RESULTS_ERROR_BYTES])
{
    char path[RESULTS_PATH_BYTES], part[RESULTS_PATH_BYTES];
    if (!join(path, r->folder, name) ||
        (size_t)snprintf(part, sizeof part, "%s.part", path) >= sizeof part)
        return fail(error, "%s: the path is too long", r->folder);
    FILE *file = fopen(part, "we");
    if (file == NULL)
        return fail(error, "cannot write %s: %s", path, strerror(errno));
    errno = ENOMEM; /* the one reason that leaves errno alone */
    bool written = write(file, suite, summaries) && fflush(file) == 0 && !ferror(file);
    int write_errno = errno;
    fclose(file);
    if (written && rename(part, path) == 0)
        return true;
    if (written)
        write_errno = errno;
    unlink(part);
    return fail(error, "cannot write %s: %s", path, strerror(write_errno));
}

static bool write_json(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    return results_write_json(to, suite, summaries);
}

static bool write_text(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    table_write(to, suite, summaries, false);
    if (suite->experiments_text != NULL)
        fputs(suite->experiments_text, to);
    return true;
}

static bool write_csv(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    table_write_csv(to, suite, summaries);
    return true;
}

static bool write_kinds(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    kinds_table_write_csv(to, suite, summaries);
    return true;
}

static bool write_points(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    (void)summaries;
    points_csv_write(to, suite);
    return true;
}

static bool write_claims(FILE *to, const struct suite *suite, const struct summary *summaries)
{
    (void)summaries;
    points_csv_write_claims(to, suite);
    return true;
}

/* A link is replaced by renaming a new one over it: at no moment is there none. */
static bool point_latest(const struct results *r, char error[RESULTS_ERROR_BYTES])
{
    char path[PATH_MAX], latest[RESULTS_PATH_BYTES], part[RESULTS_PATH_BYTES];
    if (realpath(r->folder, path) == NULL) /* it may have been named by a link, "latest" itself */
        return fail(error, "%s: %s", r->folder, strerror(errno));
    const char *name = strrchr(path, '/') + 1;
    if (!join(latest, default_place, "latest") || !join(part, r->folder, "latest.part"))
        return fail(error, "%s: the path is too long", r->folder);
    if (symlink(name, part) == 0 && rename(part, latest) == 0)
        return true;
    fail(error, "cannot point %s at %s: %s", latest, name, strerror(errno));
    unlink(part);
    return false;
}

bool results_keep(const struct results *r, const struct suite *suite,
                  const struct summary *summaries, char error[RESULTS_ERROR_BYTES])
{
    return write_file(r, "results.json", suite, summaries, write_json, error);
}

bool results_write(const struct results *r, const struct suite *suite,
                   const struct summary *summaries, char error[RESULTS_ERROR_BYTES])
{
    return write_file(r, "results.json", suite, summaries, write_json, error) &&
           write_file(r, "summary.txt", suite, summaries, write_text, error) &&
           write_file(r, "summary.csv", suite, summaries, write_csv, error) &&
           write_file(r, "kinds.csv", suite, summaries, write_kinds, error) &&
           (!points_csv_has_points(suite) ||
            write_file(r, "points.csv", suite, summaries, write_points, error)) &&
           (!points_csv_has_claims(suite) ||
            write_file(r, "claims.csv", suite, summaries, write_claims, error)) &&
           (!r->is_default_place || point_latest(r, error));
}
