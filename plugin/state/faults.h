/* faults.h
 * Which calls did a fault answer?
 *
 * dcerpc does not hand faults on. What the first visit finds out is kept by frame, for later visits: a frame may hold
 * several.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FAULTS_H
#define CMRP_FAULTS_H

#include "rpc/in_flight.h"
#include "state/call.h"

/** A fault, or over UDP a reject, that answers a call of the interface. File scope. */
typedef struct cmrp_fault {
    struct cmrp_fault *next; /**< of the same frame, in a ring: the last one's is the first */
    struct cmrp_in_flight
        request; /**< the call that it answers; its frame is 0 if nobody knows it */
    uint32_t status;
    bool again; /**< a copy of one that was seen before */
} cmrp_fault;

/** Forgets everything: to be called when a capture file is closed or opened. */
void faults_reset(void);

/** A fault of this frame answers a call. To be called on the first visit, in the order of the frame. */
void faults_learn(const packet_info *pinfo, const struct cmrp_in_flight *request, uint32_t status);

/** The same of a copy of the fault of this number that stands in an earlier frame. It may be no known one's. */
void faults_repeat(const packet_info *pinfo, uint32_t frame, uint32_t number);

/** The last of those that a frame holds, at any visit; NULL if it has none. */
const cmrp_fault *faults_of(const packet_info *pinfo);

#endif
