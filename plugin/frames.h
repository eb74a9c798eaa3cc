/* frames.h
 * What do frames say that dcerpc does not hand on? Association groups, faults, ends of connections.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FRAMES_H
#define CMRP_FRAMES_H

#include "wireshark_compat.h"

/** Sets up the watch over frames; to be called once, at hand-off. */
void frames_watch(void);

/** The plugin was handed a PDU of this frame: there is nothing left to find out about it. */
void frames_handed(packet_info *pinfo);

/** Forgets everything: to be called when a capture file is closed or opened. */
void frames_reset(void);

#endif
