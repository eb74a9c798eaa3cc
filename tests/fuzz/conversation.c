/* conversation.c
 * Can a conversation break the plugin? The fuzzer of whole captures, through libwireshark's DCE/RPC.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "cost.h"
#include "host.h"
#include "journal.h"
#include "play.h"

/** Inputs that share a capture. More make it no faster, and what depends on others harder to find. */
#define INPUTS 256

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static session *capture;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    host_start();
    journal_start();
    return 0;
}

static void close_capture(void)
{
    if (capture)
        session_close(capture);
    capture = NULL;
}

static void open_capture(void)
{
    capture = session_open();
    journal_begin();
}

/** Plays the input in a capture with others. False if that took too long. */
static bool play_among_others(const uint8_t *data, size_t size)
{
    cost_mark begun;

    if (capture && session_inputs(capture) == INPUTS)
        close_capture();
    if (capture == NULL)
        open_capture();
    journal_add(data, size);
    begun = cost_begin(capture);
    play(capture, data, size);
    return cost_end(capture, begun, data[0], session_inputs(capture) > INPUTS / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (!play_among_others(data, size)) {
        close_capture();
        cost_judge(data, size);
    }
    if (cost_is_due(data, size)) {
        close_capture();
        cost_grow(data, size);
    }
    return 0;
}
