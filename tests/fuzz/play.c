/* play.c
 * How is an input of the fuzzer of conversations dissected?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "play.h"

#include "script.h"

#define START 1000000000000000U
#define SECOND 1000000U

network play_hosts(session *s)
{
    const network hosts = { .capture = s,
                            .number = (uint16_t)session_inputs(s),
                            .time = MAX(session_time(s), START) + SECOND };

    return hosts;
}

void play(session *s, const uint8_t *data, size_t size)
{
    network hosts = play_hosts(s);
    script_player *player = script_begin(&hosts);

    session_begin(s, data[0]);
    script_play(player, data + 1, size - 1);
    session_end(s);
    script_end(player);
    network_free(&hosts);
}
