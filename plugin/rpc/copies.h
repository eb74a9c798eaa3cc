/* copies.h
 * Was a PDU sent, or captured, before?
 *
 * Wireshark tells copies of TCP segments only if it is to analyse sequence numbers, and nothing of copies of datagrams.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_COPIES_H
#define CMRP_COPIES_H

#include "rpc/association.h"

/** What of a PDU says whether it is the same as another one. */
typedef struct {
    uint32_t number;   /**< call id; over UDP the sequence number */
    uint32_t position; /**< copies_position() of a request or fault; 0 of a response */
    uint32_t contents; /**< copies_hash() of it */
    uint8_t type;      /**< WIRE_REQUEST and so on */
} cmrp_print;

/** Added to the type of a PDU that dcerpc does not hand on: a fault, a fragment that is not the last. */
#define COPIES_UNTOLD 0x80

/** A PDU that was seen. */
typedef struct {
    cmrp_print print;
    uint32_t frame;
    nstime_t time;
    cmrp_call *call; /**< NULL of one that dcerpc does not hand on */
} cmrp_seen;

/** Where on its connection these bytes of a frame were sent: the same for a copy of the segment; 0 over UDP. */
uint32_t copies_position(const packet_info *pinfo, const uint8_t *bytes);

/** A hash of a PDU's bytes. */
uint32_t copies_hash(const uint8_t *bytes, uint32_t length);

/** What says whether a request or response of a connection is one that was handed on. */
cmrp_print copies_print(const packet_info *pinfo, const uint8_t *pdu, uint32_t length);

/**
 * The same PDU, if it is among the last ones of the connection; or NULL. `call`: it belongs to this one; NULL: to any.
 * Valid until the next copies_note().
 */
const cmrp_seen *copies_find(const cmrp_connection *connection, const cmrp_print *print,
                             const cmrp_call *call);

/** The last PDUs of the connection: the newest one of this type and call, or NULL. Valid until the next copies_note(). */
const cmrp_seen *copies_of_call(const cmrp_connection *connection, uint8_t type,
                                const cmrp_call *call);

/** True if a request stands so far back that it may be a copy of one that is forgotten. */
bool copies_is_stale(const cmrp_connection *connection, const cmrp_print *print);

/** A PDU was seen that is no copy. */
void copies_note(cmrp_connection *connection, const packet_info *pinfo, const cmrp_print *print,
                 cmrp_call *call);

#endif
