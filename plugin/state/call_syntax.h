/* call_syntax.h
 * In which version and transfer syntax is a call written?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CALL_SYNTAX_H
#define CMRP_CALL_SYNTAX_H

#include "state/call.h"

/** The version of the interface that is called. The context needs its connection, and the stub in its PDU. */
unsigned call_version(const cmrp_context *context);

/** True if the user named the context that the PDU names, and no bind offered it. */
bool call_is_guessed(const cmrp_context *context);

/**
 * Sets the transfer syntax of the PDU, whose stub has `length` bytes. To be called at every visit. False if nobody can
 * tell: a client left the server a choice, and its answer is not in the capture.
 */
bool call_settle_syntax(const cmrp_context *context, uint32_t length);

#endif
