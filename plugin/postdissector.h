/* postdissector.h
 * What do frames say that dcerpc does not hand on? Association groups, faults, ends of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_POSTDISSECTOR_H
#define CMRP_POSTDISSECTOR_H

#include "base/wireshark_compat.h"

/**
 * Sets up the watch over frames; to be called once, at hand-off. `proto` is a protocol in name only:
 * Wireshark keeps no books about those, which is what a call costs most.
 */
void postdissector_watch(int proto);

/** The plugin was handed a PDU of this frame: there is nothing left to find out about it. */
void postdissector_handed(const packet_info *pinfo, uint32_t stub_length);

/** Forgets everything: to be called when a capture file is closed or opened. */
void postdissector_reset(void);

#endif
