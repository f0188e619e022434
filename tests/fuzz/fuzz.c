#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

const struct resp_limits fuzz_small_limits = {
    .line_bytes = 48,
    .elements = 12,
    .arguments = 10,
    .bulk_bytes = 40,
    .message_bytes = 160,
};

/* For AddressSanitizer, if it is built in: to remember less of what was freed, and who asked for
 * it, doubles the speed. ASAN_OPTIONS in the environment have the last word. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "quarantine_size_mb=1:malloc_context_size=1";
}

void fuzz_refute(const char *claim, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, claim);
    abort();
}

/* The end of FUZZ_INPUT_BYTES of memory, where an inaccessible page begins. */
static char *new_guard(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *memory = mmap(NULL, FUZZ_INPUT_BYTES + page, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    fuzz_claim(memory != MAP_FAILED);
    char *guard = memory + FUZZ_INPUT_BYTES;
    fuzz_claim(mprotect(guard, page, PROT_NONE) == 0);
    return guard;
}

char *fuzz_place(const char *bytes, size_t length)
{
    static char *guard;
    if (guard == NULL)
        guard = new_guard();
    fuzz_claim(length <= FUZZ_INPUT_BYTES);
    return length > 0 ? memmove(guard - length, bytes, length) : guard;
}

bool fuzz_take_input(struct fuzz_input *input, const uint8_t *data, size_t size)
{
    static char *guard;
    if (guard == NULL)
        guard = new_guard();
    if (size == 0 || size > FUZZ_INPUT_BYTES)
        return false;
    size_t sizes_count = data[0] & 7;
    if (size < 1 + sizes_count)
        return false;
    size_t length = size - 1 - sizes_count;
    *input = (struct fuzz_input){
        .option = {(data[0] & 8) != 0, (data[0] & 16) != 0},
        .sizes = data + 1,
        .sizes_count = sizes_count,
        .wire = guard - length,
        .length = length,
    };
    memcpy(guard - length, data + 1 + sizes_count, length);
    return true;
}

size_t fuzz_piece(const struct fuzz_input *input, size_t i)
{
    if (input->sizes_count == 0)
        return 1;
    size_t size = input->sizes[i % input->sizes_count] & 63;
    return size > 0 ? size : 64;
}

void fuzz_note(struct fuzz_events *events, const void *bytes, size_t length)
{
    fuzz_claim(length <= sizeof events->bytes - events->length);
    if (length > 0)
        memcpy(events->bytes + events->length, bytes, length);
    events->length += length;
}

void fuzz_note_number(struct fuzz_events *events, int64_t number)
{
    fuzz_note(events, &number, sizeof number);
}

bool fuzz_events_equal(const struct fuzz_events *a, const struct fuzz_events *b)
{
    return a->length == b->length && memcmp(a->bytes, b->bytes, a->length) == 0;
}

bool fuzz_is_plain(const char *text, size_t length, bool lines_allowed)
{
    for (size_t i = 0; i < length; i++)
        if ((text[i] < ' ' || text[i] > '~') &&
            !(lines_allowed && (text[i] == '\n' || text[i] == '\t')))
            return false;
    return true;
}

/* An error is the end, whatever else is shown. */
static void check_broken(const struct fuzz_parser *parser, const char *error,
                         struct fuzz_events *events)
{
    char first[RESP_ERROR_BYTES], more[] = "+OK\r\nPING\r\n";
    size_t noted = events->length, length = strnlen(error, sizeof first);
    fuzz_claim(length > 0 && length < sizeof first);
    fuzz_claim(fuzz_is_plain(error, length, false));
    memcpy(first, error, length + 1);
    struct fuzz_step again = parser->step(fuzz_place(more, strlen(more)), strlen(more), events);
    fuzz_claim(again.status == RESP_BROKEN && strcmp(again.error, first) == 0);
    fuzz_claim(events->length == noted);
    fuzz_note(events, "!", 1);
    fuzz_note(events, first, length);
}

/* Shows the wire from *taken up to `shown`, as far as messages end there. `*due` is where the
 * message under way can end at the earliest. */
static bool show(const struct fuzz_parser *parser, const char *wire, size_t shown, size_t *taken,
                 size_t *due, struct fuzz_events *events)
{
    while (*taken < shown) {
        size_t unread = shown - *taken;
        struct fuzz_step step = parser->step(fuzz_place(wire + *taken, unread), unread, events);
        switch (step.status) {
        case RESP_COMPLETE:
            fuzz_claim(step.taken > 0 && step.taken <= unread);
            fuzz_claim(step.taken <= parser->limits->message_bytes);
            *taken += step.taken;
            fuzz_claim(*taken >= *due);
            *due = 0;
            break;
        case RESP_INCOMPLETE:
            fuzz_claim(step.missing > 0);
            fuzz_claim(unread <= parser->limits->message_bytes);
            fuzz_claim(step.missing <= parser->limits->message_bytes - unread + 1);
            *due = shown + step.missing;
            return true;
        case RESP_BROKEN:
            check_broken(parser, step.error, events);
            return false;
        }
    }
    return true;
}

void fuzz_parse(const struct fuzz_parser *parser, const struct fuzz_input *input, bool in_pieces,
                struct fuzz_events *events)
{
    size_t taken = 0, due = 0, shown = 0;
    bool good = true;
    events->length = 0;
    parser->start();
    for (size_t i = 0; good && shown < input->length; i++) {
        size_t rest = input->length - shown;
        size_t piece = in_pieces ? fuzz_piece(input, i) : rest;
        shown += piece < rest ? piece : rest;
        good = show(parser, input->wire, shown, &taken, &due, events);
    }
    if (good)
        fuzz_note_number(events, (int64_t)(input->length - taken));
}
