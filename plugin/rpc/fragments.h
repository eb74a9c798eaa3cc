/* fragments.h
 * Is a stub that was put together of fragments the one that was sent?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FRAGMENTS_H
#define CMRP_FRAGMENTS_H

#include "rpc/association.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void fragments_reset(void);

/**
 * Notes the first fragments of calls. `pdu` is any PDU of the connection, whose header is there; to be called on the
 * first visit to its frame, in the order of the capture.
 */
void fragments_note(const packet_info *pinfo, cmrp_connection *connection, const uint8_t *pdu);

/**
 * True if the stub of a PDU was put together of fragments between which something was missed: Wireshark puts behind each other
 * what it was given. The first visit decides, after loss_look_handed(). `context` needs no call.
 */
bool fragments_are_missing(const cmrp_context *context);

/**
 * The last fragment of a PDU came that dcerpc does not put together, as it is sealed: in which frame was the first, and
 * when? False if that was not seen. To be asked once, on the first visit, behind fragments_note().
 */
bool fragments_begun(cmrp_connection *connection, const uint8_t *pdu, uint32_t *frame,
                     nstime_t *time);

#endif
