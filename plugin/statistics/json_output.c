/* json_output.c
 * How does a line get to whoever waits for it?
 *
 * A capture that comes through a pipe may be silent for hours after a finding, which must not wait so long. To flush
 * each line takes a fifth of the time of a capture with many. So a thread of its own, which is there once something was
 * written, flushes what a moment brought.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "statistics/json_output.h"

#include "base/wireshark_compat.h"

#include <stdio.h>

#include <epan/packet.h>

/** What nobody notices, in microseconds. */
#define MOMENT 50000

static GThread *flusher;
static GMutex lock; /* of what follows */
static GCond changed;
static bool written; /* since it was flushed last */
static bool ended;

static void wait_a_moment(void)
{
    const gint64 until = g_get_monotonic_time() + MOMENT;

    while (!ended && g_cond_wait_until(&changed, &lock, until))
        ;
}

static void flush_unlocked(void)
{
    g_mutex_unlock(&lock);
    (void)fflush(stdout);
    g_mutex_lock(&lock);
}

static gpointer flush_by_and_by(gpointer data _U_)
{
    g_mutex_lock(&lock);
    while (!ended) {
        if (!written) {
            g_cond_wait(&changed, &lock);
            continue;
        }
        wait_a_moment();
        written = false;
        flush_unlocked();
    }
    g_mutex_unlock(&lock);
    return NULL;
}

/** Wireshark unloads the plugin, and with it the thread's code. */
static void end(void)
{
    if (flusher == NULL)
        return;
    g_mutex_lock(&lock);
    ended = true;
    g_cond_signal(&changed);
    g_mutex_unlock(&lock);
    g_thread_join(flusher);
    flusher = NULL;
}

static void start(void)
{
    flusher = g_thread_try_new("cmrp,json", flush_by_and_by, NULL, NULL);
    if (flusher)
        register_shutdown_routine(end);
}

static void note_written(void)
{
    g_mutex_lock(&lock);
    if (!written)
        g_cond_signal(&changed);
    written = true;
    g_mutex_unlock(&lock);
}

void json_output_write(const char *bytes, size_t length)
{
    (void)fwrite(bytes, 1, length, stdout);
    if (flusher == NULL)
        start();
    if (flusher)
        note_written();
    else
        (void)fflush(stdout);
}
