/* fuzz: what the fuzz targets share: input with its cuts, parsers shown the same bytes in different
 * pieces, events to compare, and claims that must hold.
 *
 * A target is one LLVMFuzzerTestOneInput: linked with libFuzzer in the fuzz preset, and with
 * fuzz_replay.c, which runs it over given files, in every other build. Its input:
 *
 *     1 byte      the head: its bits 0 to 2 are the number n of piece sizes; bits 3 and 4 are
 *                 options of the target
 *     n bytes     the piece sizes: the lower six bits of each, 0 for 64; they are used in turn
 *     the rest    what is parsed
 *
 * So as text: "0" cuts byte by byte, "1A" too, "3ABC" after 1, 3, 6, 7, 9, ... bytes, "1@" after
 * each 64; and "8" to "?" are the same with bit 3 set, "P" to "W" with bit 4.
 *
 * One thread; nothing is given back. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "resp_common.h"

/* Longer inputs are ignored. The cost of an execution is quadratic in it where it is cut finely. */
enum { FUZZ_INPUT_BYTES = 4096, FUZZ_EVENT_BYTES = 1 << 17 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process by SIGABRT with a line that says what does not hold. */
#define fuzz_claim(holds) ((holds) ? (void)0 : fuzz_refute(#holds, __FILE__, __LINE__))
_Noreturn void fuzz_refute(const char *claim, const char *file, int line);

struct fuzz_input {
    bool option[2]; /* bits 3 and 4 of the head */
    const uint8_t *sizes;
    size_t sizes_count;
    const char *wire; /* in memory of its own, which ends at an inaccessible page */
    size_t length;
};

/* False: there is no head, or fewer piece sizes than it says, or too much of all. */
bool fuzz_take_input(struct fuzz_input *input, const uint8_t *data, size_t size);

/* The size of piece i, at least 1. */
size_t fuzz_piece(const struct fuzz_input *input, size_t i);

/* Moves the bytes, which may stand there already, so that they end where an inaccessible page
 * begins: whoever reads one byte too many or keeps a pointer crashes or sees other bytes. */
char *fuzz_place(const char *bytes, size_t length);

/* What has come out of a parser, as bytes that can be compared. */
struct fuzz_events {
    size_t length;
    char bytes[FUZZ_EVENT_BYTES];
};

void fuzz_note(struct fuzz_events *events, const void *bytes, size_t length);
void fuzz_note_number(struct fuzz_events *events, int64_t number);
bool fuzz_events_equal(const struct fuzz_events *a, const struct fuzz_events *b);

/* One look at the unread bytes. */
struct fuzz_step {
    enum resp_status status;
    size_t taken;      /* COMPLETE */
    size_t missing;    /* INCOMPLETE */
    const char *error; /* BROKEN */
};

struct fuzz_parser {
    const struct resp_limits *limits;
    void (*start)(void);
    /* Parses once, and notes what is COMPLETE; the next message is next. */
    struct fuzz_step (*step)(char *bytes, size_t length, struct fuzz_events *events);
};

/* Shows the wire to a fresh parser, whole (input NULL) or in the input's pieces, and holds it to
 * its contract: what it takes is there; it never asks for more than is missing; no more is kept
 * than its limits say; after an error, of printable ASCII, nothing follows. */
void fuzz_parse(const struct fuzz_parser *parser, const struct fuzz_input *input, bool in_pieces,
                struct fuzz_events *events);

/* Only printable ASCII; of several lines with tabs, if those are allowed. */
bool fuzz_is_plain(const char *text, size_t length, bool lines_allowed);

/* Limits that short inputs reach. */
extern const struct resp_limits fuzz_small_limits;

#endif
