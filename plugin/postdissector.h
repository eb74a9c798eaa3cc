/* postdissector.h
 * What do frames say that dcerpc does not hand on? Association groups, faults, sealed calls, ends of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_POSTDISSECTOR_H
#define CMRP_POSTDISSECTOR_H

#include "base/context.h"

/**
 * Sets up the watch over frames; to be called once, at hand-off. `proto` is a protocol in name only:
 * Wireshark keeps no books about those, which is what a call costs most.
 */
void postdissector_watch(int proto);

/**
 * The plugin was handed a PDU of this frame: `context` knows its connection, if nothing else. To be called at every visit, before anything is concluded
 * from the PDU: if the connection's bind or its answer is in the frame as well, it is learnt from first.
 */
void postdissector_handed(const cmrp_context *context, uint32_t stub_length);

/** Forgets everything: to be called when a capture file is closed or opened. */
void postdissector_reset(void);

#endif
