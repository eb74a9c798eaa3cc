/* call.h
 * What was learnt from one call: its request and its response?
 *
 * A record of this hangs at dcerpc's own record of the call (se_data) from the first visit to the
 * request on. It is kept small: a capture has millions of calls. A request and its copies, of which
 * dcerpc makes calls of their own, share one record. An answer that differs from the first one has a
 * record of its own, so that each is judged by itself.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CALL_H
#define CMRP_CALL_H

#include "ndr/pdu.h"
#include "rpc/association.h"
#include "state/facts.h"
#include "state/handles.h"
#include "state/objects.h"

enum {
    CMRP_REQUEST_LEARNT = 1 << 0,  /**< the request was read whole */
    CMRP_RESPONSE_LEARNT = 1 << 1, /**< the response was read whole */
    CMRP_CALL_STALE = 1 << 2,      /**< a copy of a request that came late: nobody learns from it */
    CMRP_REQUEST_BROKEN = 1 << 3,  /**< the request breaks the consistency of NDR */
    CMRP_FAULTED = 1 << 4,         /**< a fault answered the request */
    CMRP_CALL_NDR = 1 << 5,        /**< the transfer syntax, where dcerpc may be wrong; */
    CMRP_CALL_NDR64 = 1 << 6,      /**< both: nobody knows which */
    CMRP_ANSWERED = 1 << 7,        /**< a response was seen */
    CMRP_SENT_AGAIN = 1 << 8,      /**< there are copies of a PDU, or answers that differ */
    CMRP_FOUND = 1 << 9,           /**< a PDU of it has findings */
    CMRP_REQUEST_MUDDLED = 1 << 10, /**< dcerpc put a fragment into the stub twice */
    CMRP_RESPONSE_MUDDLED = 1 << 11,
    CMRP_REQUEST_UNTOLD = 1 << 12,  /**< nobody saw the request, and the answer tells all of it */
    CMRP_REQUEST_DOUBTED = 1 << 13, /**< it may have been decrypted wrongly */
    CMRP_RESPONSE_DOUBTED = 1 << 14,
    CMRP_CALL_GUESSED = 1 << 15 /**< nobody saw the bind: it was taken for ours */
};

struct cmrp_port_call;

/** Frames between which a server said that it is paused; 0: it did not. */
typedef struct {
    uint32_t changed_in; /**< a change that it carried out before; the call itself is one behind */
    uint32_t paused_in;
} cmrp_pause;

/** What only some calls need. File scope. */
typedef struct {
    uint32_t control_code;   /**< dwControlCode of the request */
    uint64_t *numbers;       /**< of the request, by parameter; until the response is learnt */
    struct call_note *notes; /**< what call_leave() left; likewise */
    cmrp_absence absence;    /**< of the object that the response tells of */
    uint32_t listed_in;      /**< frame that listed what the response says is not there, or 0 */
    cmrp_pause pause;        /**< of the server that answers (state/service.h) */
    struct cmrp_port_call *port_call; /**< of a method on a notification port (notify/notify.h) */
} cmrp_call_extra;

/** File scope. */
struct cmrp_call {
    const cmrp_string *name;       /**< object that the request names, or NULL */
    cmrp_call_extra *extra;        /**< NULL for most calls */
    uint32_t in[CMRP_MAX_HANDLES]; /**< lives of the request's handles, in wire order; 0: none */
    uint32_t out;                  /**< life that the response began; 0: none */
    uint32_t opnum : 12;
    uint32_t version : 4;
    uint32_t flags : 16; /**< CMRP_REQUEST_LEARNT and so on */
};

/** Forgets everything: to be called when a capture file is closed or opened. */
void call_reset(void);

/** A record for a request of this method. File scope. */
cmrp_call *call_new(const cmrp_method *method);

/** The call's extra facts, made when they are first asked for. */
cmrp_call_extra *call_extra(cmrp_call *call);

/**
 * Learns the handles and names of a PDU. Does so once for each request and each response, on the
 * first visit, and only if the PDU was read whole. True if it learnt.
 */
bool call_learn(const cmrp_context *context);

/** A request of the method was seen, and not read: what it asks for may be carried out on any object. */
void call_unread(const cmrp_method *method);

/** A fault answers the request, in a frame. `method`: of the call. */
void call_faulted(cmrp_call *call, const cmrp_method *method, uint32_t frame);

/** A PDU of which the plugin learnt nothing, seen for the first time: was it a copy, or is it missed? */
void call_missed(const cmrp_context *context);

/**
 * Leaves a number to those who look at the response. It is theirs who give the same `by`, any address that
 * nobody else gives; what they left before is overwritten.
 */
void call_leave(cmrp_call *call, const void *by, uint32_t number);

/** What was left under `by`; false if nothing was. */
bool call_left(const cmrp_call *call, const void *by, uint32_t *number);

/** The call is over and judged: what only its response needed is freed. */
void call_forget(cmrp_call *call);

/**
 * The life of the handle in parameter `index` of the PDU, or NULL. Learns nothing: what the first visit
 * found is the answer at every visit.
 */
const cmrp_life *call_handle(const cmrp_context *context, unsigned index);

/** The moment of the capture at which a PDU stands: what is known there is known when it is shown. */
static inline cmrp_when call_when(const cmrp_context *context)
{
    return (cmrp_when){ context->pinfo->num, context->pdu->response ? context->call : NULL };
}

/** The method's own result. False if the PDU has none. */
bool call_status(const cmrp_pdu *pdu, uint32_t *status);

#endif
