#include "suite_run.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char server_script[] =
    "#!/bin/sh\n"
    "if [ \"$1\" = --list-models ]; then printf '%s-model\\tof a test\\n' \"${0##*/}\"; exit; fi\n"
    "ready=\"ready server=fake port=${FAKE_PORT:-1} pid=$$\"\n"
    "served='served connections=1 commands=1000'\n"
    "status=0\n"
    "case $FAKE_SERVER in\n"
    "refuses) echo 'fake: no luck today' >&2; exit 1 ;;\n"
    "silent) exec sleep 300 ;;\n"
    "babbles) ready='hello port=1' ;;\n"
    "portless) ready='ready port=65536' ;;\n"
    "endless) exec head -c 100000 /dev/zero ;;\n"
    "dies) echo \"$ready\"; kill -SEGV $$ ;;\n"
    "leaves-early) echo \"$ready\"; echo \"$served\"; exit 0 ;;\n"
    "stuck) trap '' TERM; echo \"$ready\"; exec sleep 300 ;;\n"
    "mute) served= ;;\n"
    "fails) status=3 ;;\n"
    "prepares) i=0; while [ $i -lt 100000 ]; do i=$((i + 1)); done ;;\n"
    "esac\n"
    "setsid sleep 300 & sleeper=$!\n" /* in a session of its own, as far away as it can get */
    "echo $sleeper >sleeper\n"
    "trap 'kill $sleeper; wait $sleeper; echo \"$served\"; exit $status' TERM\n"
    "[ \"$FAKE_SERVER\" = litters ] && trap 'echo \"$served\"; exit 0' TERM\n"
    "echo \"$ready\"\n"
    "wait $sleeper\n";

static const char client_script[] =
    "#!/bin/sh\n"
    "for argument; do case $argument in --json=*) json=${argument#--json=} ;; esac; done\n"
    "case $FAKE_CLIENT in\n"
    "fails) echo 'fake: nobody there' >&2; exit 1 ;;\n"
    "crashes) kill -ABRT $$ ;;\n"
    "garbles) echo '{\"verdict\": \"VALID\", ' >\"$json\"; exit ;;\n"
    "empties) : >\"$json\"; exit ;;\n"
    "lists) echo '[]' >\"$json\"; exit ;;\n"
    "omits) echo '{\"verdict\": \"VALID\"}' >\"$json\"; exit ;;\n"
    "silent) exit ;;\n"
    "hangs) exec sleep 300 ;;\n"
    "doubts) status=1 ;;\n"
    "varies) read -r n <turn; echo $((n + 1)) >turn; rps=$((1000 + n * 37 % 7 * 20)) ;;\n"
    "hangs-later) [ -e one-is-done ] && { echo $$ >fifo; exec sleep 300; }; : >one-is-done ;;\n"
    "esac\n"
    "echo '{\"verdict\": \"'${FAKE_VERDICT:-VALID}'\", \"throughput_rps\": '${rps:-1000}',' "
    ">\"$json\"\n"
    "echo ' \"verdict_text\": \"too few; who knows\",' >>\"$json\"\n"
    "echo ' \"latency_us\": {\"response\": {\"p50\": 50, \"p99\": 990}}}' >>\"$json\"\n"
    "exit ${status:-0}\n";

static char folder[] = "/tmp/bench_test.XXXXXX";
char suite_output[SUITE_OUTPUT_BYTES];
char suite_results[SUITE_RESULTS_BYTES];
rlim_t suite_file_bytes = RLIM_INFINITY;

/* ---- the folder ---- */

void suite_write_script(const char *name, const char *text)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
    cr_assert(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
}

void suite_wrap_client(const char *script)
{
    cr_assert_eq(rename("bin/client", "bin/load"), 0);
    suite_write_script("bin/client", script);
}

void suite_make_folder(void)
{
    cr_assert_not_null(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    cr_assert_eq(mkdir("bin", 0700), 0);
    suite_write_script("bin/server_iterative", server_script);
    suite_write_script("bin/server_threads", server_script);
    suite_write_script("bin/server_fork", server_script);
    suite_write_script("bin/client", client_script);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *at)
{
    (void)info, (void)type, (void)at;
    return remove(path);
}

void suite_remove_folder(void)
{
    nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void suite_read_file(const char *path, char *text, size_t bytes)
{
    FILE *file = fopen(path, "re");
    cr_assert_not_null(file, "%s: %s", path, strerror(errno));
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

/* ---- the suite ---- */

static pid_t start(const char *words, const char *options)
{
    pid_t pid = fork();
    if (pid != 0)
        return pid;
    char command[1024];
    snprintf(command, sizeof command, "exec " SUITE_FILE " >output 2>&1 %s %s", words, options);
    struct rlimit limit = {suite_file_bytes, suite_file_bytes};
    setrlimit(RLIMIT_FSIZE, &limit);
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(99);
}

pid_t suite_start(const char *options)
{
    return start("--out out --seconds 0.2 --blocks 1", options);
}

int suite_await(pid_t pid)
{
    int status;
    cr_assert_eq(waitpid(pid, &status, 0), pid);
    cr_assert(WIFEXITED(status), "the suite was killed by signal %d", WTERMSIG(status));
    suite_read_file("output", suite_output, sizeof suite_output);
    return WEXITSTATUS(status);
}

int suite_run(const char *options)
{
    return suite_await(suite_start(options));
}

pid_t suite_start_plain(const char *options)
{
    return start("", options);
}

pid_t suite_start_again(const char *results, const char *options)
{
    char words[256];
    snprintf(words, sizeof words, "--bin bin --resume %s", results);
    return start(words, options);
}

int suite_resume(const char *results, const char *options)
{
    return suite_await(suite_start_again(results, options));
}

int suite_run_once(const char *server, const char *client)
{
    setenv("FAKE_SERVER", server, 1);
    setenv("FAKE_CLIENT", client, 1);
    int status = suite_run("--bin bin --models server_threads-model --workloads hold");
    suite_read_file("out/results.json", suite_results, sizeof suite_results);
    return status;
}

/* ---- what is in a text ---- */

void suite_expect_in(const char *text, const char *wanted)
{
    cr_expect(strstr(text, wanted) != NULL, "\"%s\" is missing in:\n%s", wanted, text);
}

size_t suite_count_in(const char *text, const char *part)
{
    size_t count = 0;
    while ((text = strstr(text, part)) != NULL) {
        text += strlen(part);
        count++;
    }
    return count;
}
