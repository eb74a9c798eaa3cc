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

#endif
