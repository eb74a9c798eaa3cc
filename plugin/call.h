/* call.h
 * What was learnt from one call: its request and its response?
 *
 * A record of this hangs at dcerpc's own record of the call (se_data) from the first visit to the
 * request on. It is kept small: a capture has millions of calls.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CALL_H
#define CMRP_CALL_H

#include "association.h"
#include "handles.h"
#include "pdu.h"

enum {
    CMRP_REQUEST_LEARNT = 1 << 0, /**< the request was read whole */
    CMRP_RESPONSE_LEARNT = 1 << 1 /**< the response was read whole */
};

struct cmrp_finding;

/** What only some calls need. File scope. */
typedef struct {
    uint32_t control_code;         /**< dwControlCode of the request */
    struct cmrp_finding *findings; /**< of request and response, in the order they were made */
    uint64_t *numbers;             /**< of the request, by parameter; until the response is learnt */
} cmrp_call_extra;

/** File scope. */
typedef struct {
    const char *name;              /**< object that the request names, UTF-8, or NULL */
    cmrp_call_extra *extra;        /**< NULL for most calls */
    uint32_t in[CMRP_MAX_HANDLES]; /**< lives of the request's handles, in wire order; 0: NULL handle */
    uint32_t out;                  /**< life that the response began; 0: none */
    uint16_t flags;                /**< CMRP_REQUEST_LEARNT and so on */
} cmrp_call;

/** What a dissector function knows about the PDU it is in. On its stack. */
typedef struct {
    packet_info *pinfo;
    dcerpc_info *di;
    cmrp_association *association;
    cmrp_call *call; /**< NULL if the request was never seen */
    cmrp_pdu *pdu;
} cmrp_moment;

/**
 * Finds the record of the call that a PDU belongs to; makes it on the first visit to a request. NULL
 * if there is none, and a response must do without.
 */
cmrp_call *call_of(packet_info *pinfo, dcerpc_info *di, bool request);

/** The call's extra facts, made when they are first asked for. */
cmrp_call_extra *call_extra(cmrp_call *call);

/**
 * Learns the handles and names of a PDU. Does so once for each request and each response, on the
 * first visit, and only if the PDU was read whole. True if it learnt.
 */
bool call_learn(const cmrp_moment *moment);

/** The call is over and judged: what only its response needed is freed. */
void call_forget(cmrp_call *call);

/** The life of the handle in parameter `index` of the PDU, or NULL. Learns nothing. */
const cmrp_life *call_handle(const cmrp_moment *moment, unsigned index);

/** The method's own result. False if the PDU has none. */
bool call_status(const cmrp_pdu *pdu, uint32_t *status);

#endif
