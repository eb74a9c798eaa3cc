/* contexts.h
 * In which presentation contexts of a connection is the interface called, and in which transfer syntax?
 *
 * A client offers, and the server's answer decides (C706 12.6.3.1): of the syntaxes of a context it names one, or it
 * refuses the context.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CONTEXTS_H
#define CMRP_CONTEXTS_H

#include "rpc/association.h"

/** What the answer says to it. */
typedef struct {
    uint32_t accepted;
    uint32_t refused; /**< because of the transfer syntax */
    uint32_t ndr;     /**< accepted in this one */
    uint32_t ndr64;
} cmrp_answer;

/** What is known of the syntax of a context. */
typedef enum {
    CMRP_CONTEXT_PLAIN, /**< no choice was offered: it is what dcerpc says */
    CMRP_CONTEXT_NDR,   /**< the answer names it */
    CMRP_CONTEXT_NDR64,
    CMRP_CONTEXT_OPEN /**< there was a choice, and no answer was seen */
} cmrp_context_syntax;

/** A client offered the interface. The offer is copied. */
void contexts_offered(cmrp_connection *connection, const cmrp_offer *offer);

/** A context was not seen to be offered: its syntax is open, and the version is a guess. */
void contexts_open(cmrp_connection *connection, uint16_t id, uint16_t major);

/** True if that was the last that was noted of a context. */
bool contexts_is_guess(const cmrp_connection *connection, uint16_t id);

/**
 * A server answers: takes the offer off the list, and notes what was accepted of it. False if the offer was not seen,
 * or was not of this interface.
 */
bool contexts_answered(cmrp_connection *connection, uint32_t call, const cmrp_answer *answer,
                       cmrp_offer *offer);

/** True if an offer of the connection was not answered yet. */
bool contexts_wait(const cmrp_connection *connection);

/** True if a context of the connection left the server a choice, so that dcerpc may be wrong. */
bool contexts_leave_choice(const cmrp_connection *connection);

/**
 * The major version of the interface that a context calls, as far as the binds that were seen tell: 0 if they tell none,
 * or the context is of another interface.
 */
uint16_t contexts_version(const cmrp_connection *connection, uint16_t id);

/**
 * The syntax of a context, and the version of the interface in it, 0 if it is not known. For a connection that leaves
 * a choice.
 */
cmrp_context_syntax contexts_syntax(const cmrp_connection *connection, uint16_t id,
                                    uint16_t *major);

#endif
