/* mix: the requests of a load, of which each has its share.
 *
 * Each kind of request is a command with a weight. Which kind a request is of is a pure function of
 * its draw_point, as all else about it is, so it too is computed again when the reply comes.
 *
 * A mix never changes after mix_new: any number of threads may share it. */
#ifndef MIX_H
#define MIX_H

#include <stddef.h>
#include <stdint.h>

#include "draw.h"
#include "request.h"

enum { MIX_MOST = 64, MIX_WEIGHT_MAX = 1000000 };

/* The draw that decides on the kind; none of an argument has this number. */
#define MIX_SLOT (UINT64_C(1) << 63)

struct mix_part {
    char *name;
    int64_t weight; /* 1 to MIX_WEIGHT_MAX */
    int argc;       /* at least 1 */
    char **argv;
};

struct mix_kind;

struct mix {
    uint32_t count;
    struct mix_kind *kinds;
};

/* A mix of 1 to MIX_MOST parts, of which nothing is needed afterwards. NULL: error holds one line
 * that names the word which is no template; or memory was short. */
struct mix *mix_new(const struct mix_part *parts, size_t count, char error[REQUEST_ERROR_BYTES]);
void mix_free(struct mix *m);

/* For people and for JSON, to be freed: a single part as the words of its command, several as their
 * names and shares. Other bytes than those of printable ASCII stand there as \xHH. NULL: memory was
 * short. */
char *mix_text(const struct mix_part *parts, size_t count);

/* Kinds are numbered from 0 in the order of the parts. Names and requests belong to the mix. */
static inline uint32_t mix_count(const struct mix *m)
{
    return m->count;
}

const char *mix_name(const struct mix *m, uint32_t kind);
double mix_weight_share(const struct mix *m, uint32_t kind); /* of 1 */
const struct request *mix_request(const struct mix *m, uint32_t kind);

/* The key that INCR counts up in this mix, if it is the only thing that the mix changes; else NULL,
 * for then nothing is known of its replies. */
const char *mix_counter(const struct mix *m);

/* The kind of the request of that point, of a mix of several. */
uint32_t mix_draw_kind(const struct mix *m, struct draw_point at);

/* The same of any mix. */
static inline uint32_t mix_kind(const struct mix *m, struct draw_point at)
{
    return m->count == 1 ? 0 : mix_draw_kind(m, at);
}

#endif
