/* session.h
 * How does a fuzzer make libwireshark read frames? A capture that grows while it is read, without a file.
 *
 * One capture (a session of libwireshark) is made of many inputs, for to open and to close one takes longer than to
 * read an input's frames. Inputs do not meet as long as each has addresses of its own (network.h).
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FUZZ_SESSION_H
#define CMRP_FUZZ_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a user may have chosen, for the frames of one input. */
typedef enum {
    SESSION_TREE_AT_ONCE = 1 << 0, /**< the first visit builds a tree that is shown */
    SESSION_FILTERED = 1 << 1,     /**< the first visit builds one for a display filter */
    SESSION_BACKWARDS = 1 << 2,    /**< the last frame is clicked first, if they are clicked */
    SESSION_STATISTICS = 1 << 3,   /**< all statistics are gathered and drawn */
    SESSION_COLUMNS =
        1 << 4, /**< the first visit makes columns; if it is shown, it does in any case */
    SESSION_CLICKED = 1 << 5 /**< each frame is visited again, with a tree and columns */
} session_options;

typedef struct session session;

/** Opens a capture that has no frames yet. Only one may be open. host_start() comes before. */
session *session_open(void);

/** Inputs that were begun. */
unsigned session_inputs(const session *s);

/** Frames that were added. */
unsigned session_frames(const session *s);

/** Bytes of these that are in the capture. */
uint64_t session_bytes(const session *s);

/** The latest time of a frame, in microseconds; 0 before the first. */
uint64_t session_time(const session *s);

/** Frames of this input begin. `options` are session_options. */
void session_begin(session *s, unsigned options);

/**
 * One more Ethernet frame of `length` bytes, of which `captured` are in the capture. Copied. `time` is
 * in microseconds. The frame is visited for the first time.
 */
void session_add(session *s, const uint8_t *bytes, size_t captured, size_t length, uint64_t time);

/**
 * Shows a frame that is no part of the capture to the dissector of `encapsulation` (a WTAP_ENCAP_x),
 * with a tree or without one.
 */
void session_show(session *s, int encapsulation, const uint8_t *bytes, size_t length, bool tree);

/** The frames of this input end: visits them again as the options say, and forgets their bytes. */
void session_end(session *s);

/** Closes the capture. */
void session_close(session *s);

#endif
