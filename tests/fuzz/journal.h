/* journal.h
 * Which inputs did a capture hold when the fuzzer ended? What breaks the plugin only after others is found with them.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_JOURNAL_H
#define CMRP_FUZZ_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

/**
 * Keeps the journal in the file that the environment's CMRP_FUZZ_JOURNAL names, of which every write survives the
 * program: the length of each input (4 bytes, of this machine), then the input; a length of 0 is the end. Without
 * the variable nothing is kept.
 */
void journal_start(void);

/** A capture begins: its inputs come instead of the last one's. */
void journal_begin(void);

/** The next input, before it is played. What has no room is left out. */
void journal_add(const uint8_t *data, size_t size);

#endif
