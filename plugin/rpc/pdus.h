/* pdus.h
 * Which PDUs of a connection stand in a frame?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_PDUS_H
#define CMRP_PDUS_H

#include "rpc/association.h"

/** Called for a PDU all of whose bytes are there: at least a header, and `length` as it says. */
typedef void (*pdus_visitor)(packet_info *pinfo, const uint8_t *pdu, uint32_t length, void *data);

/**
 * Visits the PDUs that end in this frame, over TCP or in a named pipe, in their order, also those that TCP or SMB put
 * together of several frames. `connection` is the frame's, NULL if it is not known; on first visits it remembers
 * where the next PDU begins.
 */
void pdus_visit(packet_info *pinfo, cmrp_connection *connection, pdus_visitor visit, void *data);

/**
 * The PDU of this frame whose stub dcerpc handed on, as it was sent: of several fragments the last one. NULL if it is
 * not found.
 */
const uint8_t *pdus_of_stub(const cmrp_context *context, uint32_t *length);

#endif
