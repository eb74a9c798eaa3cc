/* handles_tree.h
 * How does the life of a context handle appear in the tree?
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef CMRP_HANDLES_TREE_H
#define CMRP_HANDLES_TREE_H

#include "state/call.h"

/**
 * Adds the life of every handle of the PDU below the handle's item, and, to a response, the handles
 * of its request. Does nothing without a tree.
 */
void handles_tree_show(const cmrp_context *context, proto_tree *tree);

#endif
