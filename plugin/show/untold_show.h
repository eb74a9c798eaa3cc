/* untold_show.h
 * How do requests and responses look that dcerpc does not hand on?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNTOLD_SHOW_H
#define CMRP_UNTOLD_SHOW_H

#include "state/untold.h"

/** Looks for the plugin's protocols; to be called once, at hand-off. */
void untold_show_start(void);

/** Shows those of a frame in its tree, which may be NULL, and in its columns. To be called at its end, at every visit. */
void untold_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
