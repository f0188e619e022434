/* suite_run: the suite driver as a process, in a folder of its own, with servers and a client that
 * do as told: the shell scripts bin/server_* and bin/client, which the environment variables
 * FAKE_SERVER and FAKE_CLIENT tell how to misbehave.
 *
 * The folder, a new one for each test, is the current one. The functions fail the running test when
 * the system fails them. The state is that of the one test that runs in this process. */
#ifndef SUITE_RUN_H
#define SUITE_RUN_H

#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { SUITE_OUTPUT_BYTES = 64 << 10, SUITE_RESULTS_BYTES = 1 << 20 };

extern char suite_output[SUITE_OUTPUT_BYTES];   /* what the suite printed, both streams */
extern char suite_results[SUITE_RESULTS_BYTES]; /* its results.json, once that was read */
extern rlim_t suite_file_bytes;                 /* what it may write to one file: no limit */

/* For .init and .fini of a test. */
void suite_make_folder(void);
void suite_remove_folder(void);

void suite_write_script(const char *name, const char *text);
/* Puts a script in the client's place, which finds that as bin/load. */
void suite_wrap_client(const char *script);

void suite_read_file(const char *path, char *text, size_t bytes);

/* Starts the suite with the words of `options` behind those every test has: one block of 0.2 s,
 * results in the folder out. */
pid_t suite_start(const char *options);

/* The same with these words only. */
pid_t suite_start_plain(const char *options);

/* Its exit status; what it printed is then in suite_output. */
int suite_await(pid_t pid);
int suite_run(const char *options); /* both */

/* Goes on with the suite in that folder, with the programs in bin. */
pid_t suite_start_again(const char *results, const char *options);
int suite_resume(const char *results, const char *options);

/* One run of one model under one workload, the programs behaving as told: "good" for well; its
 * results are then in suite_results. */
int suite_run_once(const char *server, const char *client);

/* Expects a text in another, which is shown if it is missing there. */
void suite_expect_in(const char *text, const char *wanted);

/* How often it is there. */
size_t suite_count_in(const char *text, const char *part);

#endif
