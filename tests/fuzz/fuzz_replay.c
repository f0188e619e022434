/* Runs a fuzz target over given files, and over the files of given folders, without libFuzzer: the
 * seeds in every build, or an input that was found once. Exit status 0: every claim held. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static int run_file(const char *path)
{
    static uint8_t data[FUZZ_INPUT_BYTES + 1];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    size_t size = fread(data, 1, sizeof data, file);
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed || size == sizeof data) {
        fprintf(stderr, "%s: %s\n", path, failed ? "cannot be read" : "is too long");
        return -1;
    }
    fprintf(stderr, "%s\n", path); /* the last line before a crash tells which */
    LLVMFuzzerTestOneInput(data, size);
    return 1;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* How many files were run, or -1. */
static int run(const char *path)
{
    struct dirent **entries;
    int n = scandir(path, &entries, is_visible, alphasort), done = 0;
    if (n < 0)
        return run_file(path);
    for (int i = 0; i < n; i++) {
        char file[4096];
        snprintf(file, sizeof file, "%s/%s", path, entries[i]->d_name);
        free(entries[i]);
        int more = done < 0 ? 0 : run_file(file);
        done = more < 0 ? -1 : done + more;
    }
    free(entries);
    return done;
}

int main(int argc, char **argv)
{
    int done = 0;
    for (int i = 1; i < argc; i++) {
        int more = run(argv[i]);
        if (more < 0)
            return 1;
        done += more;
    }
    printf("%d inputs\n", done);
    if (done == 0)
        fprintf(stderr, "usage: %s FILE|FOLDER...\n", argv[0]);
    return done > 0 ? 0 : 2;
}
