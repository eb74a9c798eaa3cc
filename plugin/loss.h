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

#include "call.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void loss_reset(void);

/** Calls go to this TCP port. */
void loss_note_server(uint16_t port);

/** A PDU of the association was missed. */
void loss_note(cmrp_association *association);

/** A PDU of which the plugin learnt nothing, seen for the first time: was it a copy, or is it missed? */
void loss_note_unlearnt(const cmrp_moment *moment);

/**
 * Looks for gaps in TCP, and for PDUs that dcerpc did not hand on: sealed ones without a key, responses
 * without a request. To be called for every TCP frame on the first visit. `handed`: the conversation of
 * a PDU of it that the plugin was handed, or NULL.
 */
void loss_look(packet_info *pinfo, conversation_t *handed);

/** True if the association began in the capture and nothing of it was missed so far. */
bool loss_none_in(const cmrp_association *association);

/** True if nothing was missed so far of any association. */
bool loss_none(void);

#endif
