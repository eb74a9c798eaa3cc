/* notify_sequence.h
 * Which state sequences did a server tell, and may a client give one back?
 *
 * Nodes, groups, resources, networks and network interfaces have a number that grows with each change
 * of their state. A client learns it when it registers and from events, and gives it back when it
 * registers again (3.1.4.2.59 to .66, .90, .91, .99, .100). They belong to the object, whatever it is called; from one
 * server to another its name alone leads.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_SEQUENCE_H
#define CMRP_NOTIFY_SEQUENCE_H

#include "notify/notify_read.h"

/** In what a server told a sequence. */
typedef enum {
    CMRP_TOLD_REGISTERED,  /**< the object's own number at that moment */
    CMRP_TOLD_STATE_EVENT, /**< the number when the event was queued */
    CMRP_TOLD_OTHER_EVENT  /**< perhaps no number at all */
} cmrp_told_in;

/** Of which object is a sequence told? */
typedef struct {
    uint32_t object; /**< its number at the server; 0: unknown */
    uint64_t named;  /**< what the client or the server calls it, as in cmrp_asked; 0: nothing */
} cmrp_sequence_of;

typedef enum {
    CMRP_SEQUENCE_UNDECIDED,
    CMRP_SEQUENCE_FITS,
    CMRP_SEQUENCE_INVENTED, /**< nobody told it to anybody */
    CMRP_SEQUENCE_OUTDATED  /**< a later event told the same association a newer one */
} cmrp_sequence_verdict;

/** Forgets everything: to be called when a capture file is closed or opened. */
void sequences_reset(void);

/** The response tells the sequence of an object. */
void sequences_told(const cmrp_context *context, cmrp_sequence_of of, uint32_t sequence,
                    cmrp_told_in in);

/** The same if it is not certain which object is meant: the number was told, and that is all. */
void sequences_heard(const cmrp_context *context, cmrp_sequence_of of, uint32_t sequence);

/**
 * The response to a request that registers what the handle of a life means tells its sequence: the frame that told a
 * higher one before the request was sent, to one by the same handle; 0 if there is none.
 */
uint32_t sequences_fell(const cmrp_context *context, const cmrp_life *life, uint32_t sequence);

/** May a request give this sequence back for what it registers? `evidence` gets the frames that say no. */
cmrp_sequence_verdict sequences_judge(const cmrp_context *context, const cmrp_asked *asked,
                                      uint32_t sequence, uint32_t evidence[2]);

/** True if any server told any sequence of what a request registers so far. */
bool sequences_know(const cmrp_asked *asked);

/**
 * The frame, not before `since` unless it told this association, in which the server of the moment told that the
 * object's own sequence is another than the one that a request gives back; 0 if there is none. One above all that were
 * told is another only if nobody told it.
 */
uint32_t sequences_told_other(const cmrp_context *context, const cmrp_asked *asked,
                              uint32_t sequence, uint32_t since);

#endif
