/* columns.h
 * How does a column of the packet list get another text than dcerpc gave it?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_COLUMNS_H
#define CMRP_COLUMNS_H

#include "base/wireshark_compat.h"

/** Replaces all that the Info column of a frame says. `tree`: the frame's, or NULL. The text is copied. */
void columns_set_info(packet_info *pinfo, proto_tree *tree, const char *text);

/** The same of the Protocol column: the protocol of a version of the interface. */
void columns_set_protocol(packet_info *pinfo, proto_tree *tree, unsigned version);

#endif
