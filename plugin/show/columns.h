/* columns.h
 * How are the columns of the packet list read and written? The only file that does.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_COLUMNS_H
#define CMRP_COLUMNS_H

#include "base/wireshark_compat.h"

/** Whether anybody looks at the Info column, so that it is worth a text. */
bool columns_info_is_wanted(packet_info *pinfo);

/** What the Info column of a frame says so far, or NULL. Until it is written. */
const char *columns_info(packet_info *pinfo);

/** Adds to it. The text is copied. */
void columns_append_info(packet_info *pinfo, const char *text);

/** Replaces all that the Info column of a frame says. `tree`: the frame's, or NULL. The text is copied. */
void columns_set_info(packet_info *pinfo, proto_tree *tree, const char *text);

/** The same of the Protocol column: the protocol of a version of the interface. */
void columns_set_protocol(packet_info *pinfo, proto_tree *tree, unsigned version);

#endif
