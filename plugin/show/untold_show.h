/* untold_show.h
 * How do requests and responses look that dcerpc does not hand on?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNTOLD_SHOW_H
#define CMRP_UNTOLD_SHOW_H

#include "state/untold.h"

/**
 * To be called once, at hand-off, with the protocol of version 2.0: Wireshark finds no protocol by its name that was
 * registered in name only.
 */
void untold_show_start(int proto);

/** Shows those of a frame in its tree, which may be NULL, and in its columns. To be called at its end, at every visit. */
void untold_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
