/* unbound.h
 * Which calls name an interface that nobody can know, because the capture begins after their bind, and may they be
 * ours?
 *
 * The header of a request names a presentation context, and only the bind says what interface that is. A request of
 * a context of which no bind, and no alter_context, was seen may be one of any service. What tells, beside the user:
 * - The server's address and port. Where ClusAPI was spoken it is spoken, and where the capture shows another service
 *   that Wireshark knows, but not ClusAPI, that one is. At the endpoint mapper's port is the endpoint mapper.
 * - The calls themselves. ClusAPI has no more opnums than it has, names no object, and a stub that came unsealed reads
 *   from its first to its last byte. One that does not may be a breach: where more do than do not, all is open.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNBOUND_H
#define CMRP_UNBOUND_H

#include "rpc/association.h"
#include "rpc/binds.h"

/** What is known of the service that is called. */
typedef enum {
    CMRP_UNBOUND_OPEN,  /**< nothing: it may be any */
    CMRP_UNBOUND_OURS,  /**< its server spoke ClusAPI there on other connections */
    CMRP_UNBOUND_OTHER, /**< it is another one */
} cmrp_unbound_service;

/** Calls that are waited for by a context: their answers tell more than requests. */
#define UNBOUND_PENDING 8

/** A context of a connection whose bind is not in the capture. File scope. */
typedef struct cmrp_unbound {
    struct cmrp_unbound *next;     /**< in the order in which they were met */
    struct cmrp_unbound *next_own; /**< of the same connection */
    cmrp_link link;                /**< its version is not known: unbound_link() */
    bool pipe;                     /**< a named pipe, which cannot be named */
    uint32_t requests;
    uint32_t sealed; /**< of these */
    uint32_t responses;
    uint32_t fits;     /**< unsealed PDUs that read as ours */
    uint32_t misfits;  /**< PDUs that cannot be ours */
    uint32_t reads[2]; /**< answers that read in one version only: 2.0, 3.0 */
    struct {
        uint32_t call;
        uint16_t opnum;
    } pending[UNBOUND_PENDING];
} cmrp_unbound;

/** A call of such a context in a frame. File scope. */
typedef struct cmrp_unbound_call {
    struct cmrp_unbound_call *next; /**< in the same frame */
    const cmrp_unbound *of;
    bool response;
} cmrp_unbound_call;

/** Forgets everything: to be called when a capture file is closed or opened. */
void unbound_reset(void);

/** A bind or alter_context: what it offers is known from now on. */
void unbound_offered(packet_info *pinfo, const cmrp_bind *bind);

/**
 * A request or response of a frame of which dcerpc handed on nothing. To be called on the first visit. `conversation`:
 * that of the frame, or NULL if it has none.
 */
void unbound_look(packet_info *pinfo, const conversation_t *conversation, const uint8_t *pdu,
                  uint32_t length);

/**
 * The connection of a PDU that was handed on: contexts that the user named, and no bind offered since, are read as
 * what they turn out to be. To be called on the first visit, before the call is looked at.
 */
void unbound_meet(const cmrp_context *context);

/**
 * The same for a frame of which dcerpc handed on nothing, and of whose connection nothing is known: the connection, or
 * NULL if nothing of it was named.
 */
cmrp_connection *unbound_named(packet_info *pinfo);

/** The calls of such contexts in a frame, or NULL. */
const cmrp_unbound_call *unbound_calls(uint32_t frame);

/** The first of all such contexts, or NULL. */
const cmrp_unbound *unbound_first(void);

/** The last frame with a call that may be ours, of such a context; 0 if there is none. */
uint32_t unbound_last_in(void);

/** True if such a context was met on a connection with the server at this TCP endpoint. */
bool unbound_serves(const cmrp_end *server);

/** What is known of its service by now. */
cmrp_unbound_service unbound_service(const cmrp_unbound *unbound);

/** "unknown", "clusapi", "other": the same as a word. Static storage. */
const char *unbound_service_name(const cmrp_unbound *unbound);

/** As a user would name it, with the version in which it is to be read. */
cmrp_link unbound_link(const cmrp_unbound *unbound);

#endif
