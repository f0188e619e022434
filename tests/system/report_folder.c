#include "report_folder.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/report_test.XXXXXX";

void report_make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

void report_remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *report_folder(void)
{
    return folder;
}

const char *report_path(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

void report_write(const char *name, const char *text)
{
    FILE *file = fopen(report_path(name), "we");
    cr_assert(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t bytes = 0;
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "cannot open %s", path);
    cr_assert_gt(getdelim(&text, &bytes, '\0', file), 0);
    fclose(file);
    return text;
}

char *report_read(const char *name)
{
    return read_file(report_path(name));
}

void report_copy_sample(void)
{
    char *text = read_file(REPORT_SAMPLE);
    report_write("results.json", text);
    free(text);
}
