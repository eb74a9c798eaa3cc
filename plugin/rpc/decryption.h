/* decryption.h
 * Is a stub what the sender wrote, or was it decrypted wrongly?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DECRYPTION_H
#define CMRP_DECRYPTION_H

#include "rpc/association.h"

/** Preference: help Wireshark to keep its place in the key stream of NTLM inside SPNEGO. */
extern cmrp_boolean decryption_keeps_place;

/** To be called once, at hand-off. */
void decryption_start(void);

/** A bind or alter_context brought a message of NTLM: its key streams begin anew, for this auth context id. */
void decryption_agreed(cmrp_connection *connection, uint32_t auth_context);

/** A side signed the agreement itself, with the first signature of its direction. */
void decryption_signed(cmrp_connection *connection, bool answer);

/**
 * Follows the key stream behind a PDU of the connection, and helps Wireshark to do so. To be called on the first visit for
 * every PDU that is no bind and no answer to one, in their order, after the frame was dissected; `tvb` is the frame's.
 */
void decryption_follow(tvbuff_t *tvb, packet_info *pinfo, cmrp_connection *connection,
                       const uint8_t *pdu, uint32_t length);

/** True if what Wireshark makes of the sealed stub may be wrong: NTLM has sealed it. */
bool decryption_may_fail(const cmrp_context *context);

/**
 * True if a PDU that was read from a stub of `length` bytes, and of which decryption_may_fail(), is what its sender
 * meant. To be asked once, on the first visit.
 */
bool decryption_is_trusted(const cmrp_context *context, uint32_t length);

/** The same of a PDU about which nothing can be kept: does it tell so by itself? */
bool decryption_makes_sense(const cmrp_context *context, uint32_t length);

#endif
