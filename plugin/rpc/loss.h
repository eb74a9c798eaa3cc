/* loss.h
 * Does the capture hold everything that an association said?
 *
 * Some rules can only be decided by who saw every call: that nobody registered a key, that nobody
 * unblocked a port. Captures begin late, drop frames, and hold PDUs that cannot be decrypted or read.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_LOSS_H
#define CMRP_LOSS_H

#include "rpc/association.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void loss_reset(void);

/** The frame shows that a PDU of the association was missed, in it or before. */
void loss_note(cmrp_association *association, uint32_t frame);

/**
 * Looks for gaps before a PDU that the plugin is handed, and for a frame that was cut. To be called on the
 * first visit, before anything is concluded from the PDU.
 */
void loss_look_handed(const cmrp_context *context);

/**
 * Looks for gaps in TCP, and for a segment that was cut. `unread`: it holds calls that dcerpc did not hand on, sealed
 * ones without a key, or responses without a request. To be called on the first visit to every segment of a connection.
 */
void loss_look(packet_info *pinfo, cmrp_connection *connection, bool unread);

/** True if TCP missed a segment before this frame, of its sender or of its receiver. */
bool loss_is_before(packet_info *pinfo, cmrp_connection *connection);

/** The same for every datagram of dcerpc of which the plugin was handed nothing. */
void loss_look_at_datagram(const packet_info *pinfo);

/**
 * True if the association began in the capture, nothing of it was missed so far, and time did not go back since: what
 * was not seen did not happen.
 */
bool loss_none_in(const cmrp_association *association);

/** True if it was noted of any association, in the frame or behind it, that something was missed. */
bool loss_is_noted_since(uint32_t frame);

/** True if the segments of the connection are counted, so that what is missed of it is noticed: not those of PDUs that were exported. */
bool loss_is_noticed(const cmrp_connection *connection);

/** True if nothing that may be the association's was missed behind a frame. */
bool loss_none_since(const cmrp_association *association, uint32_t frame);

#endif
