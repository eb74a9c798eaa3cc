/* key_stream.h
 * Was Wireshark given all that NTLM sealed, one PDU after the other?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_KEY_STREAM_H
#define CMRP_KEY_STREAM_H

#include "rpc/association.h"

/**
 * Notes the number in the signature of a PDU of `length` bytes, all of which are there. To be called for every PDU of a
 * connection on the first visit to its frame, in the order of the capture, after dcerpc has seen the frame.
 */
void key_stream_note(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu,
                     uint32_t length);

/**
 * True if a PDU was missed before this one, so that Wireshark decrypts it with another part of the key stream. To be
 * asked at every visit, the first time in the order of the capture. `context` needs no call.
 */
bool key_stream_is_lost(const cmrp_context *context);

#endif
