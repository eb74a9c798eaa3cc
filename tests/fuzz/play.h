/* play.h
 * How is an input of the fuzzer of conversations dissected?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_PLAY_H
#define CMRP_FUZZ_PLAY_H

#include "network.h"

/** The hosts of the capture's next input: its addresses, and a second after the latest frame. */
network play_hosts(session *s);

/** Dissects an input (script.h) of at least a byte as the next one of the capture, as its options say. */
void play(session *s, const uint8_t *data, size_t size);

#endif
