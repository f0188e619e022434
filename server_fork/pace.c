#include "pace.h"

#include "clock.h"

bool pace_allows(struct pace *pace, int64_t now_ns)
{
    if (pace->pause_ns > 0 && now_ns >= pace->trial_end_ns)
        *pace = (struct pace){0};
    return now_ns >= pace->due_ns;
}

void pace_note_made(struct pace *pace, int64_t now_ns)
{
    pace->failed = false;
    if (pace->pause_ns == 0)
        return;
    pace->due_ns = now_ns + pace->pause_ns;
    if (pace->trial_end_ns == INT64_MAX)
        pace->trial_end_ns = now_ns + PACE_TRIAL_MS * CLOCK_MS;
}

void pace_note_failure(struct pace *pace, int64_t now_ns)
{
    /* Children that were made together fail together: one failure. */
    if (!pace->failed) {
        pace->pause_ns *= 2;
        if (pace->pause_ns == 0)
            pace->pause_ns = PACE_FIRST_PAUSE_MS * CLOCK_MS;
        if (pace->pause_ns > PACE_LONGEST_PAUSE_MS * CLOCK_MS)
            pace->pause_ns = PACE_LONGEST_PAUSE_MS * CLOCK_MS;
    }
    pace->failed = true;
    pace->due_ns = now_ns + pace->pause_ns;
    pace->trial_end_ns = INT64_MAX;
}
