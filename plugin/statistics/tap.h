/* tap.h
 * What do statistics get to see of a PDU? The tap "cmrp".
 *
 * Listeners (stat_*.c, statistics/stat_flow.c) get a cmrp_tap for each request and response, read or not, and for each
 * fault that answers a call. They get one without a method for a frame that ends an association, for a request whose
 * interface nobody knows, for a sealed response whose request was not seen, and for findings that belong to no PDU. What they get does not depend on which visit to the
 * frame it is.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_TAP_H
#define CMRP_TAP_H

#include "rpc/unbound.h"
#include "rules/findings.h"
#include "state/call.h"

/** Handles of one PDU: those of the request, and the one that the response opened. */
#define CMRP_TAP_LIVES (CMRP_MAX_HANDLES + 1)

/** Packet scope. What it points to lives as long as the capture file, rules longer. */
typedef struct {
    const cmrp_method *
        method; /**< NULL: an association ended, or what follows, or a sealed response of nobody knows which
                     method, or there are findings of no PDU */
    const cmrp_unbound
        *unbound; /**< a request of a context whose bind is not in the capture, or NULL */
    bool ended;   /**< `association` ended in this frame */
    const cmrp_association *association;
    const cmrp_call *call; /**< NULL if the request was never seen */
    cmrp_when when;        /**< for what is known of the objects of `lives` */
    bool response;
    bool fault; /**< the response is a fault: `fault_status` is all that it says */
    uint32_t fault_status;
    bool
        sealed; /**< the PDU is encrypted, and was not opened: all that follows but the time is unknown */
    bool whole;    /**< the PDU was read to its end */
    bool doubtful; /**< it may have been decrypted wrongly, and was not read */
    bool unfit; /**< the user said that it is one of the interface, and it does not read as one */
    bool cut_short; /**< the capture does not hold all of it */
    bool has_status;
    uint32_t status;
    uint32_t request_frame; /**< 0 if it was not seen */
    bool has_elapsed;
    nstime_t elapsed;                       /**< time since the request */
    nstime_t request_time;                  /**< valid if has_elapsed */
    const cmrp_life *lives[CMRP_TAP_LIVES]; /**< in wire order */
    unsigned life_count;
    const cmrp_finding *findings;
    const cmrp_life *const
        *about; /**< for each finding the handle that it is about, or NULL; NULL: of none known */
    unsigned finding_count;
} cmrp_tap;

/** Why the stub of a PDU is not read. */
typedef enum {
    CMRP_UNREAD_UNSETTLED, /**< nobody knows its transfer syntax, or its fragments are mixed up */
    CMRP_UNREAD_CUT,       /**< fragments of it are missing */
    CMRP_UNREAD_DOUBTFUL   /**< it may have been decrypted wrongly */
} cmrp_unread;

/** Registers the tap. */
void tap_register(void);

/** Tells listeners, if there are any, of a PDU that is no copy. To be called when everything about it is known. */
void tap_pdu(const cmrp_context *context);

/** The same of a PDU that the plugin was handed, but whose stub nobody reads. */
void tap_unread(const cmrp_context *context, cmrp_unread why);

/**
 * An association ended in this frame. To be called on the first visit, with listeners and without: every
 * visit to the frame tells them.
 */
void tap_association_ended(const packet_info *pinfo, const cmrp_association *association);

/**
 * How many requests and responses of this frame the plugin knows, whether listeners were told of them or not. To be
 * asked when the frame was dissected.
 */
unsigned tap_known(const packet_info *pinfo);

/** Tells listeners what is left to tell of a frame. To be called at its end, at every visit. */
void tap_frame_over(packet_info *pinfo);

/**
 * Calls `watcher` for everything that listeners may be told of, before their display filters are asked.
 * It does not make the plugin tell anything: somebody must listen as well.
 */
typedef void (*cmrp_watcher)(packet_info *pinfo, const cmrp_tap *t);
void tap_watch(cmrp_watcher watcher);
void tap_unwatch(cmrp_watcher watcher);

/** Forgets everything: to be called when a capture file is closed or opened. */
void tap_reset(void);

#endif
