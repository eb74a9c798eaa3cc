/* binds.h
 * What does a bind ask for, and what does its answer say?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_BINDS_H
#define CMRP_BINDS_H

#include "rpc/association.h"
#include "rpc/contexts.h"
#include "rpc/kerberos.h"

/** A bind, an alter_context or an answer to one of them. Packet scope. */
typedef struct {
    bool answer;
    bool alters; /**< alter_context or its answer */
    uint32_t call;
    uint32_t group; /**< association group */
    uint16_t major; /**< request: of the interface, in the last context that names it */
    uint16_t minor;
    uint16_t contexts[CMRP_MAX_OFFERS]; /**< request: all that it offers, of whatever interface */
    unsigned context_count;
    bool more_contexts; /**< and it offers more than that */
    bool names_other;   /**< request: it names another interface that Wireshark knows */
    cmrp_offer offer;   /**< request: what it offers; answer: what it answers, once that is known */
    cmrp_answer results; /**< answer: what it says to that */
    bool protected;      /**< there is a security trailer: */
    uint8_t auth_type;
    uint8_t auth_level;
    uint32_t auth_context;
    bool ntlm;       /**< the token holds a message of NTLM */
    bool ntlm_signs; /**< and a signature of NTLM, over the mechanisms of SPNEGO */
    bool has_ticket; /**< request: the token holds the AP-REQ of Kerberos: */
    cmrp_ticket ticket;
} cmrp_bind;

/** Reads the PDU, all of whose bytes are there. False if it is none of these, or malformed. */
bool bind_read(wmem_allocator_t *pool, const uint8_t *pdu, uint32_t length, cmrp_bind *bind);

#endif
