/* context.h
 * What does a dissector function know about the PDU it is in?
 *
 * Every layer is handed the same record, and looks only at what stands to its left: what the members point to
 * is defined by the layer that owns it.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONTEXT_H
#define CMRP_CONTEXT_H

#include "base/wireshark_compat.h"

typedef struct cmrp_pdu cmrp_pdu;                 /* ndr/pdu.h */
typedef struct cmrp_connection cmrp_connection;   /* rpc/association.h */
typedef struct cmrp_association cmrp_association; /* rpc/association.h */
typedef struct cmrp_call cmrp_call;               /* state/call.h */
typedef struct cmrp_auth cmrp_auth;               /* rpc/auth.h */

/** On the stack of the dissector function: nothing keeps it. */
typedef struct {
    packet_info *pinfo;
    dcerpc_info *di; /**< NULL in faults and binds, which dcerpc does not hand on */
    cmrp_connection *connection;
    cmrp_association *association;
    cmrp_call *call;        /**< NULL if the request was never seen */
    bool guessed;           /**< the user named the connection, and no bind its interface */
    bool again;             /**< the PDU is a copy: it was learnt, judged and counted before */
    uint32_t request_frame; /**< of the call's first request; 0 if it was never seen */
    nstime_t request_time;
    cmrp_pdu *pdu; /**< NULL in faults and binds */
    const uint8_t
        *sent; /**< the PDU as it was sent, over a connection (rpc/pdus.h); NULL: not found */
    uint32_t sent_length; /**< its bytes that were captured */
    uint32_t order; /**< over a connection: the first stub that the frame hands on, the second … */
    bool bare; /**< it is one fragment without a security trailer, and was handed on as it is */
    const cmrp_auth *auth; /**< how the PDU was protected; NULL: nobody knows, or a fault or bind */
} cmrp_context;

#endif
