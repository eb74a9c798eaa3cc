/* changes.h
 * May the cluster have changed since a moment of the capture?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_CHANGES_H
#define CMRP_CHANGES_H

#include "state/call.h"

/** Forgets everything: to be called when a capture file is closed or opened. */
void changes_reset(void);

/** A request asks for a change of the cluster. */
void changes_note(const cmrp_context *context);

/**
 * True if nobody was seen to ask for a change that some server may have carried out between a frame and the PDU, and no
 * call went by meanwhile that could not be read.
 */
bool changes_none_since(const cmrp_context *context, uint32_t frame);

#endif
