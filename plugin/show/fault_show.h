/* fault_show.h
 * How does a fault look that answers a call?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_FAULT_SHOW_H
#define CMRP_FAULT_SHOW_H

#include "state/faults.h"

/** Shows the faults of a frame in its tree, which may be NULL, and in its columns. To be called at its end, at every visit. */
void fault_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

#endif
