/* cost.c
 * Does reading an input take longer than its length allows?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
/* For clock_gettime(). */
#define _GNU_SOURCE

#include "cost.h"

#include <time.h>

#include "base/wireshark_compat.h"

#include <epan/proto.h>

#include "host.h"
#include "play.h"
#include "script.h"

/*
 * Sanitizers make everything slower. With them each block of a pool is a block of its own, in a list that Wireshark
 * walks, so only the build without them can tell whether cost grows.
 */
#define SLOWNESS (CMRP_FUZZ_SANITIZED ? 8 : 1)

/* What no input may take: ten times what the slowest does whose tree is shown twice. */
#define MOST_NANOSECONDS (20000000U * SLOWNESS)
#define MOST_NANOSECONDS_A_BYTE (10000U * SLOWNESS)
/* Hosts are shared: what took too long is tried again as often. */
#define TRIALS 3

/* Inputs after which early and late ones are compared, and how much dearer late ones may be. */
#define ENOUGH 50000
#define LATE_PERCENT 150

/* One input in so many is played again and again. */
#define ONE_IN 16384
/* Frames that an input is played to. */
#define GROWN 8192
/* Records that are played once, at most, before those that are played again and again. */
#define MAX_SKIPPED 12
/* How much the second half may exceed the first, in percent: a square comes to 300. */
#define GROWTH_SUSPECT 160
#define GROWTH_PROVEN 220
/* What a capture is that is longer. */
#define LONGER 4

static const unsigned closely = SESSION_TREE_AT_ONCE | SESSION_FILTERED | SESSION_STATISTICS |
                                SESSION_CLICKED | SESSION_COLUMNS;

/* Of inputs that are not looked at closely: what early and late ones cost. */
static struct {
    uint64_t inputs, nanoseconds, bytes;
} halves[2];

static uint64_t now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* ---------------------------------------------------------------- one input */

static void compare_halves(void)
{
    const double early = (double)halves[0].nanoseconds / (double)halves[0].bytes;
    const double late = (double)halves[1].nanoseconds / (double)halves[1].bytes;

    if (late * 100 > early * LATE_PERCENT)
        g_error("Cost: a byte takes %.0f ns early in a capture, %.0f ns late in it.", early, late);
    memset(halves, 0, sizeof(halves));
}

static void remember(uint64_t nanoseconds, uint64_t bytes, bool late)
{
    halves[late].inputs++;
    halves[late].nanoseconds += nanoseconds;
    halves[late].bytes += bytes;
    if (halves[0].inputs >= ENOUGH && halves[1].inputs >= ENOUGH)
        compare_halves();
}

cost_mark cost_begin(const session *s)
{
    const cost_mark mark = { now(), session_bytes(s) };

    return mark;
}

bool cost_end(const session *s, cost_mark begun, unsigned options, bool late)
{
    const uint64_t nanoseconds = now() - begun.nanoseconds;
    const uint64_t bytes = session_bytes(s) - begun.bytes;

    if (nanoseconds > MOST_NANOSECONDS + MOST_NANOSECONDS_A_BYTE * bytes)
        return false;
    if (!CMRP_FUZZ_SANITIZED && (options & closely) == 0)
        remember(nanoseconds, bytes, late);
    return true;
}

static bool is_dear(const uint8_t *data, size_t size)
{
    session *s = session_open();
    const cost_mark begun = cost_begin(s);
    bool ok;

    play(s, data, size);
    ok = cost_end(s, begun, data[0] | SESSION_CLICKED, false);
    session_close(s);
    return !ok;
}

void cost_judge(const uint8_t *data, size_t size)
{
    unsigned dear = 0;

    while (dear < TRIALS && is_dear(data, size))
        dear++;
    if (dear == TRIALS)
        g_error("Cost: the input takes longer than its length allows.");
}

/* ---------------------------------------------------------------- one input again and again */

/** What is played again and again: records of an input, after those before them were played once. */
typedef struct {
    const uint8_t *data;
    size_t size;
    size_t start; /* of the first record that is played again */
    unsigned options;
} refrain;

typedef struct {
    double first, second; /* nanoseconds that a byte of each half took */
} measured;

static uint32_t hash_of(const uint8_t *data, size_t size)
{
    uint32_t hash = 2166136261U; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ data[i]) * 16777619U;
    return hash;
}

bool cost_is_due(const uint8_t *data, size_t size)
{
    return !CMRP_FUZZ_SANITIZED &&
           (hash_of(data, size) % ONE_IN == 0 || g_getenv("CMRP_FUZZ_GROW"));
}

/** Returns how long a byte took. A refrain may make more of them each time: what waits travels with what comes. */
static double play_rounds(const session *s, script_player *player, const refrain *r,
                          unsigned rounds)
{
    const cost_mark begun = cost_begin(s);

    for (unsigned i = 0; i < rounds; i++)
        script_play(player, r->data + r->start, r->size - r->start);
    return (double)(now() - begun.nanoseconds) / (double)MAX(session_bytes(s) - begun.bytes, 1);
}

/** Plays the refrain in twice as many rounds. Returns what it cost, and the frames in `frames`. */
static measured play_grown(const refrain *r, unsigned rounds, unsigned *frames)
{
    session *s = session_open();
    network hosts = play_hosts(s);
    script_player *player = script_begin(&hosts);
    measured m;

    session_begin(s, r->options);
    script_play(player, r->data + 1, r->start - 1);
    *frames = session_frames(s);
    m.first = play_rounds(s, player, r, rounds);
    m.second = play_rounds(s, player, r, rounds);
    *frames = session_frames(s) - *frames;
    session_end(s);
    script_end(player);
    network_free(&hosts);
    session_close(s);
    return m;
}

static measured play_without_plugin(const refrain *r, unsigned rounds)
{
    const int protocol = proto_get_id_by_filter_name("cmrp");
    unsigned frames;
    measured m;

    proto_set_decoding(protocol, FALSE);
    m = play_grown(r, rounds, &frames);
    proto_set_decoding(protocol, TRUE);
    return m;
}

static bool exceeds(measured m, int percent)
{
    return m.second * 100 > m.first * percent;
}

/** What the plugin adds is what counts. Where Wireshark's share grows as well, nobody can tell. */
static bool plugin_grows(measured with, measured without)
{
    const measured own = { with.first - without.first, with.second - without.second };

    return exceeds(with, GROWTH_PROVEN) && !exceeds(without, GROWTH_SUSPECT) &&
           own.second * 4 > with.second && exceeds(own, GROWTH_PROVEN);
}

/** Asked again, as machines are shared. What it cost at last is in *with and *without. */
static bool grows_always(const refrain *r, unsigned rounds, measured *with, measured *without)
{
    unsigned frames, proofs = 0;

    do {
        *with = play_grown(r, rounds, &frames);
        *without = play_without_plugin(r, rounds);
    } while (plugin_grows(*with, *without) && ++proofs < TRIALS);
    return proofs == TRIALS;
}

/**
 * A PDU of many frames costs nothing until its last one comes, which may be in the second half. In a longer capture
 * such PDUs are in both halves, and a list that is walked has grown on.
 */
static void prove_growth(const refrain *r, unsigned rounds)
{
    measured with, without;

    if (grows_always(r, rounds, &with, &without) &&
        grows_always(r, rounds * LONGER, &with, &without))
        g_error("Cost: a byte from %zu on takes %.0f ns in %u rounds, %.0f ns in as many more; "
                "%.0f and %.0f ns "
                "without the plugin.",
                r->start, with.first, rounds * LONGER, with.second, without.first, without.second);
}

static void try_refrain(const refrain *r)
{
    unsigned frames, rounds;
    measured m;

    play_grown(r, 1, &frames);
    rounds = GROWN / 2 / MAX(frames, 1);
    m = play_grown(r, MAX(rounds, 1), &frames);
    /* What little does not show beside what grows in proportion does so in a longer capture. */
    if (exceeds(m, GROWTH_SUSPECT))
        prove_growth(r, exceeds(m, GROWTH_PROVEN) ? rounds : rounds * LONGER);
}

void cost_grow(const uint8_t *data, size_t size)
{
    refrain r = { data, size, 1, data[0] & (SESSION_TREE_AT_ONCE | SESSION_FILTERED) };
    const bool all = g_getenv("CMRP_FUZZ_GROW") != NULL;
    unsigned skipped = hash_of(data, size) / ONE_IN % MAX_SKIPPED;
    script_record record;
    size_t taken;

    /* Otherwise Wireshark walks a list of all that nobody acknowledged. */
    host_set("tcp.analyze_sequence_numbers", "FALSE");
    while ((taken = script_read(data + r.start, size - r.start, &record)) != 0) {
        if (all || skipped-- == 0)
            try_refrain(&r);
        r.start += taken;
    }
    host_set("tcp.analyze_sequence_numbers", "TRUE");
}
