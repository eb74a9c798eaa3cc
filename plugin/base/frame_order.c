/* frame_order.c
 * How far does the order of frames tell the order of events?
 *
 * Model. Marks hold the time stamps of some frames: of every STRIDE-th, and of both where time goes back. Between
 * two marks time does not go back, so that the mark behind a frame tells the latest time that it can have. A look-up
 * is a binary search, and only findings ask.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "base/frame_order.h"

#include "base/bounds.h"

/** Frames that share a mark: so that marks cost two bytes for each. */
#define STRIDE 8

typedef struct {
    uint32_t frame;
    nstime_t time;
} mark;

static wmem_array_t *marks; /* in the order of the file */
static mark newest;         /* the last frame that was noted; 0: none yet */
static unsigned unmarked;   /* frames since the last mark */
static uint32_t back_in;  /* last frame whose time is before that of the frame before it; 0: none */
static nstime_t disorder; /* the longest step back that is no jump */

void frame_order_reset(void)
{
    marks = wmem_array_new(wmem_file_scope(), sizeof(mark));
    newest = (mark){ 0 };
    unmarked = 0;
    back_in = 0;
    nstime_set_zero(&disorder);
}

static void set_mark(const mark *m)
{
    wmem_array_append_one(marks, *m);
    unmarked = 0;
}

/** nstime_cmp() for stamps that are set, as part of its caller: this is asked of every frame. */
static bool is_earlier(const nstime_t *a, const nstime_t *b)
{
    return a->secs != b->secs ? a->secs < b->secs : a->nsecs < b->nsecs;
}

/** Time goes back from the newest frame to this one. */
static void note_step_back(const mark *here)
{
    nstime_t step;

    if (unmarked > 0)
        set_mark(&newest);
    set_mark(here);
    back_in = here->frame;
    nstime_delta(&step, &newest.time, &here->time);
    /* What goes back further was not mixed up on its way: files were joined, or a clock was set. */
    if (nstime_to_sec(&step) <= CMRP_MAX_DISORDER && nstime_cmp(&step, &disorder) > 0)
        disorder = step;
}

void frame_order_note(const packet_info *pinfo)
{
    const mark here = { pinfo->num, pinfo->abs_ts };

    if (here.frame == newest.frame)
        return;
    if (newest.frame != 0 && is_earlier(&here.time, &newest.time))
        note_step_back(&here);
    else if (++unmarked == STRIDE || newest.frame == 0)
        set_mark(&here);
    newest = here;
}

/** The latest time that a frame can have: that of the first mark not before it. */
static const nstime_t *latest_time(uint32_t frame)
{
    unsigned from = 0, to = wmem_array_get_count(marks);

    while (from < to) {
        const unsigned middle = from + (to - from) / 2;

        if (((const mark *)wmem_array_index(marks, middle))->frame < frame)
            from = middle + 1;
        else
            to = middle;
    }
    return from < wmem_array_get_count(marks) ? &((const mark *)wmem_array_index(marks, from))->time
                                              : &newest.time;
}

bool frame_order_is_certain(uint32_t earlier, const packet_info *pinfo)
{
    nstime_t between;

    if (earlier == 0 || back_in == 0)
        return true;
    nstime_delta(&between, &pinfo->abs_ts, latest_time(earlier));
    if (nstime_is_zero(&disorder))
        return between.secs > 0 || (between.secs == 0 && between.nsecs >= 0);
    return nstime_cmp(&between, &disorder) > 0;
}

bool frame_order_is_kept_since(uint32_t since)
{
    return back_in <= since;
}

double frame_order_seconds_since(const packet_info *pinfo, const nstime_t *earlier)
{
    nstime_t since;

    nstime_delta(&since, &pinfo->abs_ts, earlier);
    return nstime_to_sec(&since);
}
