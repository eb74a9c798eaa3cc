/* cost.h
 * Does reading an input take longer than its length allows?
 *
 * Three questions, for three kinds of lists that grow with PDUs and are walked by PDUs: does one input take longer than
 * any should, do inputs take longer the later they come in a capture, and does the second half of an input that is
 * played again and again take longer than the first? Processor time is what counts, for a machine is shared.
 * Whatever does ends the program.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_COST_H
#define CMRP_FUZZ_COST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "session.h"

/** What had been spent and read before an input. */
typedef struct {
    uint64_t nanoseconds;
    uint64_t bytes;
} cost_mark;

/** Before an input. */
cost_mark cost_begin(const session *s);

/**
 * After an input with these options, the later one in the capture if `late`: remembers what it cost. False if that
 * is too much, which may be somebody else's fault; cost_judge() tells.
 */
bool cost_end(const session *s, cost_mark begun, unsigned options, bool late);

/** Ends the program if the input takes too long in captures of its own as well. None may be open. */
void cost_judge(const uint8_t *data, size_t size);

/** One input of some thousands, always the same ones, is played again and again. Is it this one? */
bool cost_is_due(const uint8_t *data, size_t size);

/** Ends the program if the plugin's share grows with the length of the capture. None may be open. */
void cost_grow(const uint8_t *data, size_t size);

#endif
