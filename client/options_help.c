#include "options_help.h"

const struct argp_option options_offered[] = {
    {0, 0, 0, 0, "Whom and what to ask:", 1},
    {"host", 'H', "ADDRESS", 0, "Host of the server (127.0.0.1)", 0},
    {"port", 'p', "PORT", 0, "Port of the server (31470)", 0},
    {"workload", KEY_WORKLOAD, "FILE", 0,
     "Read what to ask and how much load from an INI file; what the command line says counts more",
     0},
    {0, 0, 0, 0, "How much load:", 2},
    {"connections", 'c', "N", 0,
     "Connections, each with one request at a time; with --rate at most so many (50)", 0},
    {"threads", 't', "N", 0, "Threads that share the connections evenly (1)", 0},
    {"requests-per-connection", 'k', "N", 0,
     "Close a connection after N requests and open a new one; 0: never (0)", 0},
    {"pipeline", 'P', "N", 0,
     "Send N requests in one go; the next go begins when all N replies have come (1)", 0},
    {"think", 'z', "TIME", 0, "Pause of a connection between a reply and its next request (0)", 0},
    {"rate", 'r', "PER_SECOND", 0,
     "Requests fall due at this rate, whatever the server does (open loop); with -k 2 and more as "
     "sessions of so many; 0: each connection asks when it has its answer (closed loop) (0)",
     0},
    {"arrivals", 'a', "LAW", 0,
     "How they fall due: poisson, constant, or uniform: gaps evenly up to twice the mean (poisson)",
     0},
    {"source", KEY_SOURCE, "ADDRESS,...", 0,
     "Spread the connections over these addresses, as in 127.0.0.1-127.0.0.8, each of which has "
     "ports of its own",
     0},
    {"close", KEY_CLOSE, "HOW", 0,
     "End connections by fin, as clients do, or by rst, which leaves no port in TIME_WAIT (fin)",
     0},
    {"share", KEY_SHARE, "I/N", 0,
     "This is client I of N that make the load together: a part of its connections, rate and "
     "requests, and other random arguments (1/1)",
     0},
    {0, 0, 0, 0, "How long:", 3},
    {"duration", 'd', "S", 0, "Seconds to measure (10)", 0},
    {"requests", 'n', "N", 0, "Measure N requests instead of a duration", 0},
    {"warmup", 'W', "S", 0, "Seconds of load before, which do not count (1, with -n 0)", 0},
    {"timeout", KEY_TIMEOUT, "TIME", 0, "Give a request up after this time (10s)", 0},
    {"start-at", KEY_START_AT, "TIME", 0,
     "Begin the warm-up at this moment, in seconds since 1970 with a fraction, at most an hour "
     "from "
     "now: for clients on several hosts (at once)",
     0},
    {0, 0, 0, 0, "What to do with replies and results:", 4},
    {"no-verify", KEY_NO_VERIFY, 0, 0, "Only look where a reply ends, not what it says", 0},
    {"seed", KEY_SEED, "N", 0, "Another number, another course of random arguments (1)", 0},
    {"kernel-stamps", KEY_KERNEL_STAMPS, 0, 0,
     "Tell this client's error too: compare the kernel's time stamps of about 1 % of the requests "
     "with its own",
     0},
    {"json", KEY_JSON, "FILE", 0, "Write the result as JSON", 0},
    {"csv", KEY_CSV, "FILE", 0, "Write the main figures as a line of CSV below its header", 0},
    {"hdr-log", KEY_HDR_LOG, "FILE", 0,
     "Write the histograms, interval by interval, as an HdrHistogram log", 0},
    {"interval", KEY_INTERVAL, "TIME", 0,
     "Length of the intervals of --hdr-log and of the series in --json, from 1ms (1s)", 0},
    {"counter-values", KEY_COUNTER_VALUES, "FILE", 0,
     "Write which values INCR was told, for join_results to compare with those of other clients",
     0},
    {"percentiles", KEY_PERCENTILES, 0, 0, "Print ever finer percentiles of the response times", 0},
    {"announce-window", KEY_ANNOUNCE_WINDOW, 0, 0,
     "Print a line when the measured time begins and one when it ends, for a program that keeps "
     "accounts of the same time",
     0},
    {"quiet", KEY_QUIET, 0, 0, "Print no summary and no progress", 0},
    {0, 0, 0, 0, "Instead of a load:", 5},
    {"check", KEY_CHECK, 0, 0, "Only look whether options and workload file are sound", 0},
    {"once", KEY_ONCE, 0, 0, "Ask once, print the reply, and end", 0},
    {"merge", KEY_MERGE, 0, 0,
     "The arguments are HdrHistogram logs: add up their counts and print what they say together",
     0},
    {"self-test", KEY_SELF_TEST, 0, 0,
     "Measure a server of known latency, which this starts, and print how far off the figures are",
     0},
    {0},
};

const char options_usage[] = "[COMMAND ARG...]\n--merge FILE...\n--self-test";

const char options_documentation[] =
    "Asks a RESP server (ours, Redis, ...) again and again, checks every reply, and tells how many "
    "came and how long they took."
    "\v"
    "The command is PING unless one is given; options stand before it. Its words may hold "
    "{payload:64} (bytes), {payload:16-64}, {seq} (number of the request on its connection), "
    "{rand:1000} (0 to 999), {zipf:1000} (the same, small ones more often), {exp:500} "
    "(exponential, this mean), {key:1000} (key:000000000042); {times:500} repeats the next word; "
    "{{ is a brace. Numbers take k, m, g; times take ns, us, ms, s, m, h, and without a unit are "
    "seconds.\n"
    "\n"
    "Exit status: 0 good replies came and none was wrong, 1 otherwise, 2 wrong use.\n"
    "\n"
    "Examples:\n"
    "\n"
    "Ask once, as the first client of a lecture does:\n"
    "  client --once ECHO Bonjour\n"
    "Load the server on the default port for 10 seconds:\n"
    "  client\n"
    "What does a connection for each request cost?\n"
    "  client -k 1 PING\n"
    "200 clients who look at each answer for 100 ms, from 2 threads, the result in a file:\n"
    "  client -c 200 -t 2 -z 100ms --json=result.json ECHO {payload:64}\n"
    "Exactly 100000 requests, 16 at a time, to a Redis server:\n"
    "  client -p 6379 -n 100000 -P 16 SET {key:1000} {payload:32}\n"
    "What do users see if 1000 requests come in each second, as they please?\n"
    "  client -r 1000 -c 200 ECHO {payload:64}\n"
    "The same, and each user makes a connection, on which 5 requests follow each other:\n"
    "  client -r 1000 -c 500 -k 5 -z 10ms ECHO {payload:64}\n"
    "What the bench runs as its workload one-shot:\n"
    "  client --workload=bench/workloads/one-shot.ini\n"
    "The second of four clients, on as many hosts, who all start at one moment:\n"
    "  client --start-at=1764112500.25 --share=2/4 -c 2000 --hdr-log=2.hlog\n"
    "What two runs, or two hosts, say together:\n"
    "  client --merge a.hlog b.hlog\n"
    "How accurate is all this, on this machine?\n"
    "  client --self-test";
