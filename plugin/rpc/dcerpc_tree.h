/* dcerpc_tree.h
 * Where in the tree of a frame stands DCE/RPC?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_DCERPC_TREE_H
#define CMRP_DCERPC_TREE_H

#include "base/wireshark_compat.h"

/**
 * Its last item in the tree of a frame; the tree if there is none. What is said of PDUs that are no request or response
 * of ours stands there: an item of the protocol would not do, as the filter cmrp is for requests and responses alone.
 */
proto_tree *dcerpc_tree(proto_tree *tree);

/**
 * The next of its items, `*layer` or one behind it, that shows a PDU of a connection of this type and call id; `*layer` is then the
 * item behind. NULL if there is none, or nobody sees the tree: then none is looked for again.
 */
proto_tree *dcerpc_tree_of(proto_node **layer, uint8_t type, uint32_t call);

#endif
