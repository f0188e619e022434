#include "framing.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void framing_note(struct framing_events *events, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(events->text + events->length, sizeof events->text - events->length, format,
                      args);
    va_end(args);
    events->length += (size_t)n;
    cr_assert_lt(events->length, sizeof events->text, "the events outgrew their space");
}

void framing_note_text(struct framing_events *events, const char *text, size_t length)
{
    framing_note(events, "(");
    for (size_t i = 0; i < length; i++) {
        bool plain = text[i] >= ' ' && text[i] <= '~' && strchr("()\\", text[i]) == NULL;
        framing_note(events, plain ? "%c" : "\\x%02x", (unsigned char)text[i]);
    }
    framing_note(events, ")");
}

char *framing_guard(void)
{
    static char *guard;
    if (guard == NULL) {
        size_t page = (size_t)sysconf(_SC_PAGESIZE);
        char *memory = mmap(NULL, FRAMING_BYTES + page, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        cr_assert_neq(memory, MAP_FAILED);
        guard = memory + FRAMING_BYTES;
        cr_assert_eq(mprotect(guard, page, PROT_NONE), 0);
    }
    return guard;
}

char *framing_place(const char *bytes, size_t length)
{
    cr_assert_leq(length, FRAMING_BYTES);
    return memcpy(framing_guard() - length, bytes, length);
}

/* Shows the first `shown` bytes of the wire, from *taken on, as far as messages end there. */
static bool framing_show(const struct framer *framer, const char *wire, size_t shown, size_t *taken,
                         struct framing_events *events)
{
    for (;;) {
        size_t message_bytes = 0;
        char *bytes = framing_place(wire + *taken, shown - *taken);
        enum resp_status status = framer->step(bytes, shown - *taken, events, &message_bytes);
        if (status != RESP_COMPLETE)
            return status == RESP_INCOMPLETE;
        cr_assert_gt(message_bytes, 0);
        *taken += message_bytes;
        cr_assert_leq(*taken, shown, "more was taken than is there");
        if (*taken == shown)
            return true;
    }
}

void framing_run(const struct framer *framer, const char *wire, size_t length, size_t first,
                 size_t piece, struct framing_events *events)
{
    *events = (struct framing_events){.length = 0};
    framer->start();
    size_t taken = 0, shown = first;
    bool good = shown == 0 || framing_show(framer, wire, shown, &taken, events);
    while (good && shown < length) {
        shown += piece == 0 || length - shown < piece ? length - shown : piece;
        good = framing_show(framer, wire, shown, &taken, events);
    }
    if (good && taken < length)
        framing_note(events, "~");
}

void framing_expect(const struct framer *framer, const char *wire, size_t length,
                    const char *expected)
{
    static struct framing_events events;
    framing_run(framer, wire, length, length, 0, &events);
    cr_assert_str_eq(events.text, expected, "whole: %s, not %s", events.text, expected);
    for (size_t cut = 1; cut < length; cut++) {
        framing_run(framer, wire, length, cut, 0, &events);
        cr_assert_str_eq(events.text, expected, "cut at %zu: %s, not %s", cut, events.text,
                         expected);
    }
    framing_run(framer, wire, length, 0, 1, &events);
    cr_assert_str_eq(events.text, expected, "byte by byte: %s, not %s", events.text, expected);
}

void framing_expect_twice(const struct framer *framer, const char *wire, size_t length,
                          const char *expected)
{
    framing_expect(framer, wire, length, expected);
    char doubled[4096], expected_doubled[8192];
    cr_assert_leq(2 * length, sizeof doubled);
    memcpy(doubled, wire, length);
    memcpy(doubled + length, wire, length);
    snprintf(expected_doubled, sizeof expected_doubled, "%s%s", expected, expected);
    framing_expect(framer, doubled, 2 * length, expected_doubled);
}

/* The last line of the events: empty when every byte was part of a complete message. */
static const char *framing_last(const struct framing_events *events)
{
    const char *end = memrchr(events->text, '\n', events->length);
    return end != NULL ? end + 1 : events->text;
}

void framing_expect_broken(const struct framer *framer, const char *wire, size_t length,
                           const char *error)
{
    static struct framing_events events;
    char expected[RESP_ERROR_BYTES + 2];
    snprintf(expected, sizeof expected, "!%s", error);
    framing_run(framer, wire, length - 1, 0, 1, &events);
    cr_expect(strchr("~", *framing_last(&events)) != NULL, "before the last byte: %s", events.text);
    for (size_t cut = 1; cut <= length; cut++) {
        framing_run(framer, wire, length, cut, 0, &events);
        cr_expect_str_eq(framing_last(&events), expected, "cut at %zu: %s, not %s", cut,
                         events.text, expected);
    }
    size_t taken;
    events = (struct framing_events){.length = 0};
    char more[] = "PING\r\n+OK\r\n";
    cr_expect_eq(framer->step(more, sizeof more - 1, &events, &taken), RESP_BROKEN);
    cr_expect_str_eq(events.text, expected, "afterwards: %s", events.text);
}

size_t framing_random_wire(unsigned *seed, const char *const *pieces, size_t n, char *wire,
                           size_t room)
{
    size_t length = 0;
    for (int left = 1 + rand_r(seed) % 12; left > 0; left--) {
        const char *piece = pieces[(size_t)rand_r(seed) % n];
        if (length + strlen(piece) > room)
            break;
        memcpy(wire + length, piece, strlen(piece));
        length += strlen(piece);
    }
    return length;
}
