/* call_find.h
 * Which call does a PDU belong to, and was the PDU seen before?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CALL_FIND_H
#define CMRP_CALL_FIND_H

#include "state/call.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void call_find_reset(void);

/**
 * True if the PDU was not handed on at the first visit to its frame: dcerpc opens some, or guesses their interface, by
 * what comes later in the capture. Nothing was learnt of it, and nothing is known about it but what it says.
 */
bool call_is_new(const cmrp_context *context);

/**
 * The method of a PDU, or NULL if there is none of its version and opnum. What the first visit said holds: later binds may give
 * another version to the context.
 */
const cmrp_method *call_method(const cmrp_context *context);

/**
 * Finds the record of the call that a PDU belongs to, and whether the PDU is a copy: fills the context from its call on.
 * Makes the record on the first visit to a request; there is none if that was never seen, and a response must do
 * without. `length` is that of the stub.
 */
void call_find(cmrp_context *context, uint32_t length);

/** True if the stub is not what was sent, as dcerpc put a copy of a fragment into it. Of a context that was found. */
bool call_is_muddled(const cmrp_context *context);

#endif
