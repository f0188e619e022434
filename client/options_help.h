/* options_help: what the client offers on its command line, as argp wants it described. */
#ifndef OPTIONS_HELP_H
#define OPTIONS_HELP_H

#include <argp.h>

/* Options without a short form. */
enum {
    KEY_TIMEOUT = 256,
    KEY_WORKLOAD,
    KEY_SEED,
    KEY_JSON,
    KEY_CSV,
    KEY_HDR_LOG,
    KEY_INTERVAL,
    KEY_PERCENTILES,
    KEY_MERGE,
    KEY_SOURCE,
    KEY_CLOSE,
    KEY_ANNOUNCE_WINDOW,
    KEY_QUIET,
    KEY_ONCE,
    KEY_NO_VERIFY,
    KEY_KERNEL_STAMPS,
    KEY_SELF_TEST,
    KEY_START_AT,
    KEY_SHARE,
    KEY_CHECK,
    KEY_COUNTER_VALUES,
    KEYS,
};

extern const struct argp_option options_offered[];
extern const char options_usage[], options_documentation[];

#endif
