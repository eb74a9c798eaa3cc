/* unbound_tree.h
 * How is a call shown whose bind the capture does not hold?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_UNBOUND_TREE_H
#define CMRP_UNBOUND_TREE_H

#include "base/context.h"

/** Adds to the tree of a frame, which may be NULL, what is known of such calls in it. To be called at every visit. */
void unbound_tree_show(tvbuff_t *tvb, packet_info *pinfo, proto_tree *tree);

/** Adds to the tree of a PDU, which may be NULL, that its connection was named by the user and its stub does not read. */
void unbound_tree_show_unread(const cmrp_context *context, proto_tree *tree);

#endif
