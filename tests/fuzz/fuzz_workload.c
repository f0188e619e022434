/* Workload files: what is read is within its ranges and makes requests that a server can parse;
 * what is refused leaves nothing behind, and one line that names the file. The input is the file;
 * it has no head. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "buf.h"
#include "fuzz.h"
#include "mix.h"
#include "resp.h"
#include "workload.h"

static const char *file_with(const uint8_t *data, size_t size)
{
    static char path[40];
    static int fd = -1;
    if (fd < 0) {
        fd = memfd_create("workload", MFD_CLOEXEC);
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    fuzz_claim(fd >= 0);
    fuzz_claim(pwrite(fd, data, size, 0) == (ssize_t)size);
    fuzz_claim(ftruncate(fd, (off_t)size) == 0);
    return path;
}

/* A file may ask for a request of any size: {times:1m}, {payload:64m}, BLOB 1000000. That is its
 * right and would be our end: a number of over three digits, or with a unit, behind one of these
 * words. */
static bool asks_for_much(const uint8_t *data, size_t size)
{
    static const char *const words[] = {"times", "payload", "blob"};
    char text[FUZZ_INPUT_BYTES + 1];
    for (size_t i = 0; i < size; i++)
        text[i] = data[i] == '\0' ? ' ' : (char)data[i];
    text[size] = '\0';
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++)
        for (const char *at = text; (at = strcasestr(at, words[w])) != NULL; at++) {
            const char *number = at + strcspn(at, "0123456789\n");
            size_t digits = strspn(number, "0123456789");
            size_t more = strcspn(number, "\n}");
            if (digits > 3 || strcspn(number, "kKmMgG") < more ||
                strspn(number + digits, "-0123456789") > 4)
                return true;
        }
    return false;
}

static bool within(int64_t number, struct option_range range)
{
    return number >= range.min && number <= range.max;
}

static void check_part(const struct mix_part *part)
{
    fuzz_claim(part->name != NULL && part->weight >= 1 && part->weight <= MIX_WEIGHT_MAX);
    fuzz_claim(part->argc >= 1 && part->argv[part->argc] == NULL);
    for (int i = 0; i < part->argc; i++)
        fuzz_claim(part->argv[i] != NULL);
}

static void check_workload(const struct workload *w)
{
    fuzz_claim(within(w->connections, workload_connections));
    fuzz_claim(within(w->requests_per_connection, workload_requests_per_connection));
    fuzz_claim(within(w->pipeline, workload_pipeline));
    fuzz_claim(within(w->think_ns, workload_think_ns));
    fuzz_claim(w->rate_micro == 0 ||
               (w->rate_micro >= 1000 && w->rate_micro <= INT64_C(10000000000000)));
    fuzz_claim(w->requests_count >= 1 && w->requests_count <= MIX_MOST);
    for (size_t i = 0; i < w->requests_count; i++)
        check_part(&w->requests[i]);
}

/* Request `sequence` is one that a server can parse, and none of its own makes a reply right that
 * is an error but for SUM. */
static void check_request(const struct mix *mix, uint64_t sequence)
{
    static struct buf word, out;
    static struct resp_request parsed;
    struct draw_point at = {.seed = 7, .connection = 3, .sequence = sequence};
    uint32_t kind = mix_kind(mix, at);
    fuzz_claim(kind < mix_count(mix));
    const struct request *request = mix_request(mix, kind);
    const struct buf *literal = request_literal(request);
    out.start = out.end = 0;
    if (literal == NULL)
        request_encode(request, at, &word, &out);
    else
        fuzz_claim(buf_append(&out, buf_head(literal), buf_length(literal)));
    fuzz_claim(!word.failed && !out.failed && buf_length(&word) == 0);
    resp_request_free(&parsed);
    resp_request_init(&parsed, &resp_default_limits);
    fuzz_claim(resp_request_parse(&parsed, buf_head(&out), buf_length(&out)) == RESP_COMPLETE);
    fuzz_claim(parsed.count >= 1 && parsed.bytes == buf_length(&out));
}

static void check_mix(const struct workload *w)
{
    char error[REQUEST_ERROR_BYTES];
    struct mix *mix = mix_new(w->requests, w->requests_count, error);
    fuzz_claim(mix != NULL); /* workload_read has compiled its requests */
    for (uint64_t sequence = 0; sequence < 3; sequence++)
        check_request(mix, sequence);
    mix_free(mix);
}

static void check_error(const char *error, const char *path)
{
    size_t length = strnlen(error, WORKLOAD_ERROR_BYTES);
    fuzz_claim(length < WORKLOAD_ERROR_BYTES);
    fuzz_claim(strncmp(error, path, strlen(path)) == 0 && error[strlen(path)] == ':');
    for (size_t i = 0; i < length; i++)
        fuzz_claim(error[i] == '\t' || !iscntrl((unsigned char)error[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct workload w;
    char error[WORKLOAD_ERROR_BYTES] = "";
    if (size > FUZZ_INPUT_BYTES || asks_for_much(data, size))
        return 0;
    const char *path = file_with(data, size);
    if (workload_read(&w, path, error)) {
        fuzz_claim(error[0] == '\0');
        check_workload(&w);
        check_mix(&w);
    } else {
        check_error(error, path);
        fuzz_claim(w.question == NULL && w.requests == NULL && w.requests_count == 0);
    }
    workload_free(&w);
    return 0;
}
