/* handles_label.h
 * What is a context handle called in a line of text?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_HANDLES_LABEL_H
#define CMRP_HANDLES_LABEL_H

#include "state/call.h"

/** "HGROUP": the type of a life, short enough for a line of text. Static storage. */
const char *handles_short_type(const cmrp_life *life);

/**
 * What the life's object is called at a moment: the name that it was opened by or, if nobody knows that,
 * the name that was learnt. NULL if there is none, or if it says no more than the life's label: a port's
 * number does not.
 */
const char *handles_name_at(const cmrp_life *life, const cmrp_when *when);

/**
 * ` #3 "Cluster Group"`: what tells a life from others of its type. Never NULL. File scope if it will always be
 * called that, else packet scope.
 */
const cmrp_label *handles_label(const cmrp_context *context, const cmrp_life *life);

#endif
