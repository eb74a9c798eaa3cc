/* listed.h
 * Was an object listed just before the server did not find it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_LISTED_H
#define CMRP_LISTED_H

#include "state/call.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void listed_reset(void);

/** A request: who asks for something else than handles has done with what was listed. */
void listed_note_request(const cmrp_context *context);

/** The answer lists an object of a type by its name, which may be NULL. */
void listed_note(const cmrp_context *context, cmrp_handle_type type, const cmrp_string *name);

/**
 * The frame of the list that had the name a moment before the request of the call was sent, if its association did
 * nothing since but open and close, and nobody was seen to ask for a change since that list was asked for; 0 if there is
 * none. `name` may be NULL.
 */
uint32_t listed_before(const cmrp_context *context, cmrp_handle_type type, const cmrp_string *name);

#endif
