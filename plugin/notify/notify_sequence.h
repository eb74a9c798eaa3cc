/* notify_sequence.h
 * Which state sequences did a server tell, and may a client give one back?
 *
 * Nodes, groups, resources, networks and network interfaces have a number that grows with each change
 * of their state. A client learns it when it registers and from events, and gives it back when it
 * registers again (3.1.4.2.59 to .66, .90, .91, .99, .100). Objects are given as in cmrp_asked.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_NOTIFY_SEQUENCE_H
#define CMRP_NOTIFY_SEQUENCE_H

#include "state/call.h"

/** In what a server told a sequence. */
typedef enum {
    CMRP_TOLD_REGISTERED,  /**< the object's own number at that moment */
    CMRP_TOLD_STATE_EVENT, /**< the number when the event was queued */
    CMRP_TOLD_OTHER_EVENT  /**< perhaps no number at all */
} cmrp_told_in;

typedef enum {
    CMRP_SEQUENCE_UNDECIDED,
    CMRP_SEQUENCE_FITS,
    CMRP_SEQUENCE_INVENTED, /**< nobody told it to anybody */
    CMRP_SEQUENCE_OUTDATED  /**< a later event told the same association a newer one */
} cmrp_sequence_verdict;

/** Forgets everything: to be called when a capture file is closed or opened. */
void sequences_reset(void);

/** The response tells the sequence of an object. */
void sequences_told(const cmrp_context *context, uint64_t object, uint32_t sequence,
                    cmrp_told_in in);

/** May the request give this sequence back? `evidence` gets the frames that say no. */
cmrp_sequence_verdict sequences_judge(const cmrp_context *context, uint64_t object,
                                      uint32_t sequence, uint32_t evidence[2]);

/** True if any server told any sequence of the object so far. */
bool sequences_know(uint64_t object);

/**
 * The frame, not before `since`, in which the server of the moment told a sequence of the object above
 * this one; 0 if there is none.
 */
uint32_t sequences_told_newer(const cmrp_context *context, uint64_t object, uint32_t sequence,
                              uint32_t since);

#endif
