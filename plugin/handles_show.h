/* handles_show.h
 * How does the life of a context handle appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_HANDLES_SHOW_H
#define CMRP_HANDLES_SHOW_H

#include "call.h"

/**
 * Adds the life of every handle of the PDU below the handle's item, and, to a response, the handles
 * of its request. Does nothing without a tree.
 */
void handles_show(const cmrp_moment *moment, proto_tree *tree);

/** "HGROUP": the type of a life, short enough for a line of text. Static storage. */
const char *handles_short_type(const cmrp_life *life);

/**
 * What the life's object is called at a moment: the name that it was opened by or, if nobody knows that,
 * the name that was learnt. NULL if there is none, or if it says no more than the life's label: a port's
 * number does not.
 */
const char *handles_name_at(const cmrp_life *life, const cmrp_when *when);

#endif
