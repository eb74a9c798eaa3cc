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
 * Finds the PDU of this frame whose stub dcerpc handed on over a connection, as it was sent: of several fragments the
 * last one. To be called once for each, in their order. Sets `sent`, `sent_length`, `bare` and
 * `order` of the context.
 */
void pdus_find_sent(cmrp_context *context);

/** To be called at the end of each visit to a frame: the next stub is the first one. */
void pdus_frame_over(void);

/**
 * For speed, in the place of a visit: true if the bare PDU `sent`, which dcerpc handed on, is all that the frame holds.
 * The connection remembers where the next one begins, as it does when PDUs are visited.
 */
bool pdus_is_all(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *sent);

#endif
