/* untold.h
 * What is known of requests and responses that dcerpc does not hand on?
 *
 * Those are sealed: without a key dcerpc hands on nothing, and with one no stub of no bytes. But the method of a request
 * stands in the clear, its number says which response answers it, and time stamps how long that took.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNTOLD_H
#define CMRP_UNTOLD_H

#include "rpc/auth.h"
#include "state/call.h"

/** A request or response of the interface that was not handed on. File scope. */
typedef struct cmrp_untold {
    struct cmrp_untold *next;  /**< of the same frame, in a ring: the last one's is the first */
    const cmrp_method *method; /**< NULL: of a response whose request was not seen */
    cmrp_call *call;           /**< NULL likewise */
    const cmrp_association *association;
    uint32_t number;        /**< call id */
    uint32_t request_frame; /**< of a response; 0: not known, nor the time */
    nstime_t request_time;
    uint16_t place;  /**< how many requests and responses of the interface stand before it */
    uint8_t version; /**< of the interface: 2 or 3 */
    bool response;
    bool sealed; /**< false: it has no parameters, so that nothing of it is hidden */
    bool again;  /**< a copy of what was seen before */
    bool pieces; /**< it came in fragments, of which this frame holds the last one */
} cmrp_untold;

/** Forgets everything: to be called when a capture file is closed or opened. */
void untold_reset(void);

/**
 * Learns from a request or response that ends in this frame and was not handed on, `length` bytes as they were sent:
 * the last fragment, if there are several. `auth` says how it was protected, `version` is that of the interface, and
 * `place` the number of its PDUs before it. To be called on the first visit. NULL if it is of no method.
 */
const cmrp_untold *untold_learn(packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                                uint32_t length, const cmrp_auth *auth, uint16_t version,
                                unsigned place);

/** The last of those that a frame holds: first visits have learnt them. NULL if it has none. */
const cmrp_untold *untold_of(const packet_info *pinfo);

/** The record of a request that began in a frame and was not handed on; NULL if it is not known. */
cmrp_call *untold_call(const cmrp_connection *connection, uint32_t number, uint32_t frame);

#endif
